"""What is left for the page's own PIN screen (`diary_app.front_door`), and when the page gives way to the app."""

import json

import flet as ft

from diary_app.front_door import FrontDoor
from diary_app.host import AtDoor
from diary_app.look import Appearance
from diary_app.pin_entry import PinEntry, Step
from diary_app.screens.context import use_diary
from diary_app.screens.pin import FORGOTTEN, STEPS
from diary_app.screens.start import OPENING
from diary_app.settings import Settings
from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES, Texts
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_words
from diary_app.widgets.frame import DEMONSTRATION
from diary_app.widgets.greeting import MOMENT

#: As in `web/shell/door.js`: a page of another version ignores what is left.
VERSION = 2


@component
def doorway(door: FrontDoor, pin: PinEntry, settings: Settings) -> ft.Control:
    """Shows nothing itself. `pin` is observed: after wrong tries there is no door until the wait is over."""
    state = use_diary()
    gives_way = not door.stands_before(state.place)
    waiting = pin.seconds_to_wait > 0
    ft.use_effect(
        lambda: door.leave(
            state.place, lambda asks: _left(asks, state, settings.appearance),
            is_new=state.belonging is None, waiting=waiting,
        )
    )  # fmt: skip
    ft.use_effect(lambda: door.open(state.say(OPENING)) if gives_way else None, [gives_way])
    return ft.Container(left=0, top=0)


def _left(asks: AtDoor, state: DiaryState, worn: Appearance) -> str:
    return json.dumps({
        "version": VERSION, "asks": asks, "language": state.say.language, "words": _spoken(asks, state),
        "percent": worn.text_size.percent, "brightness": worn.brightness, "contrast": worn.contrast,
    })  # fmt: skip


def _spoken(asks: AtDoor, state: DiaryState) -> dict[str, dict[str, object]]:
    """By language; the words of the greeting come with the page."""
    if asks is AtDoor.CODE:
        return {}
    languages = dict.fromkeys((state.say.language, *state.languages))  # the participant's own, offered or not
    return {language: _words(state, state.texts(language)) for language in languages}


def _words(state: DiaryState, say: Texts) -> dict[str, object]:
    asked = STEPS[Step.ENTER]
    return {
        "name": LANGUAGES.get(say.language, say.language),
        "banner": say(DEMONSTRATION) if state.is_demonstration else "",
        "title": say(asked.title), "lines": [say(asked.body)], "label": say(asked.label), "on": say(asked.on),
        "forgotten": say(FORGOTTEN), "moment": say(MOMENT), "contact": contact_words(state, say),
    }  # fmt: skip
