"""When the diary cannot be shown: what happened, what it means for the entries, what to do, one button."""

from dataclasses import dataclass

import flet as ft

from diary_app.places import Problem
from diary_app.screens.context import use_diary
from diary_app.settings import Settings, Told
from diary_app.state import DiaryState
from diary_app.updating import Updating
from diary_app.widgets.buttons import Intent, primary, quiet
from diary_app.widgets.drawing import whole_screen
from diary_app.widgets.frame import card, frame
from diary_app.widgets.header import header
from diary_app.widgets.theme import Colour
from diary_app.widgets.update_card import NONE_FOUND
from diary_app.widgets.writing import announced, body, title


@dataclass(frozen=True)
class Explanation:
    """Message ids. `{phone}` in the remedy is the department's number; no action, no button."""

    happened: str
    entries: str
    remedy: str
    action: str = ""
    otherwise: str = ""


NEW_CODE = "I have a new code"
EXPLANATIONS: dict[Problem, Explanation] = {
    Problem.STORAGE: Explanation(
        "This phone could not save",
        "What you had saved before is still here.",
        "Make some room on the phone, then try again. If that does not help, call {phone}.",
        "Try again",
    ),
    Problem.FULL: Explanation(
        "The phone is full",
        "What you had saved before is still here. What you have just tapped is still on the screen behind this page.",
        "Delete some photos or apps, then try again. If that does not help, call {phone}.",
        "Try again",
    ),
    Problem.TOO_NEW: Explanation(
        "A newer version of the diary was used here",
        "Your entries are safe on this phone.",
        "Close the diary and open it again while you are online, so that the newer version is fetched. "
        "If that does not help, call {phone}.",
        "Try again",
    ),
    Problem.CHANGED: Explanation(
        "The diary on this phone has been changed",
        "Something other than the diary has touched its file. What is in it is kept, and nothing is removed.",
        "Do not fill in the diary on this phone for now. Call {phone}: they can read what it holds.",
        "Try again",
    ),
    Problem.DAMAGED: Explanation(
        "The diary on this phone is damaged",
        "Its file can no longer be read in full. What the study has received is safe there.",
        "Do not fill in the diary on this phone for now. Call {phone}: they help you to go on.",
        "Try again",
        "Save a rescue file",
    ),
    Problem.UNEXPECTED: Explanation(
        "Something went wrong in the diary",
        "What you had saved before is still here.",
        "Try again. If that does not help, close the diary and open it again. If it stays, call {phone}.",
        "Try again",
        "Go to the first page",
    ),
    Problem.WITHDRAWN: Explanation(
        "You no longer take part in the study",
        "Thank you for the evenings you gave. What you saved before is still sent to the study.",
        "Nothing more is asked of you. If that is a mistake, call {phone}.",
    ),
    Problem.LOCKED: Explanation(
        "The diary is locked on this phone",
        "Your entries are safe. They are still sent to the study.",
        "The phone was reported lost. If you have it, call {phone}.",
        NEW_CODE,
    ),
    Problem.REPLACED: Explanation(
        "Your diary has moved to another phone",
        "What you saved here is still sent to the study.",
        "Use the other phone from now on. If that is a mistake, call {phone}.",
        NEW_CODE,
    ),
    Problem.UPDATE: Explanation(
        "The diary needs a newer version",
        "Your entries are safe on this phone. They are still sent to the study.",
        "Update now. It takes less than a minute.",
        "Update now",
        "Go on without updating for now",
    ),
    Problem.HOME_SCREEN: Explanation(
        "First put the diary on your home screen",
        "Then your entries stay safe on this phone.",
        "Tap the Share button of the browser, then Add to Home Screen. Open the diary from there. "
        "In the browser, what is not yet sent can be cleared after a week without use, and no reminders come.",
        "",
        "Go on in the browser all the same",
    ),
}


_OF_VERSIONS = frozenset({Problem.UPDATE, Problem.TOO_NEW})
#: What is about an open diary is offered where one was open.
_OF_A_DIARY = frozenset({Problem.UNEXPECTED, Problem.UPDATE})
RESCUED: dict[Told, str] = {
    Told.FILE_SAVED: "The rescue file is saved among your downloads. Give it to the study; only they can read it.",
    Told.NOT_SAVED: "The file could not be saved.",
}


@whole_screen
def problem_screen(updating: Updating, settings: Settings) -> ft.Control:
    """One problem, calmly."""
    state = use_diary()
    say, text = state.say, EXPLANATIONS[state.problem or Problem.STORAGE]
    none_found = updating.none_found and state.problem in _OF_VERSIONS
    lines = [body(say(text.entries))]
    if not (none_found and state.problem is Problem.UPDATE):  # to be told to update now would lead nowhere
        lines.append(body(say(text.remedy, phone=state.phone_to_call), Colour.INK))
    heading = title(say(text.happened), shrunk=state.large_text)
    # Large letters need the width that the edges of a card would take.
    content = [heading, *lines] if state.large_text else [heading, card(lines)]
    if none_found:
        content.append(announced(body(say(NONE_FOUND), Colour.LATE)))
    if state.problem is Problem.DAMAGED and settings.told in RESCUED:
        content.append(announced(body(say(RESCUED[settings.told]))))
    actions: list[ft.Control] = []
    if text.action:
        words = say("Just a moment …") if updating.looking else say(text.action)
        actions.append(primary(words, _intent(state), key="remedy", enabled=not updating.looking))
    if text.otherwise and (state.problem not in _OF_A_DIARY or state.belonging is not None):
        actions.append(quiet(say(text.otherwise), _otherwise(state), key="otherwise"))
    return frame(state.look, content, actions, key="problem", above=header(state))


def _intent(state: DiaryState) -> Intent:
    match state.problem:
        case Problem.UPDATE:
            return state.updating.look_and_take
        case Problem.TOO_NEW:
            return state.updating.look_again
        case Problem.LOCKED | Problem.REPLACED:
            return state.enter_new_code
        case _:
            return state.open_again


def _otherwise(state: DiaryState) -> Intent:
    match state.problem:
        case Problem.UPDATE:
            return state.updating.put_off
        case Problem.UNEXPECTED:
            return state.begin_at_home
        case Problem.DAMAGED:
            return state.settings.save_rescue_file
        case _:
            return state.stay_in_browser
