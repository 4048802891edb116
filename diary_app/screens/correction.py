"""A correction in words, old beside new: yes, no, or later."""

import flet as ft

from diary_app.confirming import Confirming
from diary_app.core.correction_facts import DayMove, ItemChange
from diary_app.correcting import Question
from diary_app.screens.context import use_diary
from diary_app.texts import Texts
from diary_app.widgets.buttons import primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import card, frame
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, question, section, small, strong

WHY = "You told the study that something should be different. It is changed only if you say that this is right."
VOIDED = "Everything you answered for this evening would no longer count. The study keeps it on record."


@component
def correction_screen(confirming: Confirming, about: Question) -> ft.Control:
    """Saying no is as good as saying yes."""
    state = use_diary()
    say = state.say
    day = section(say.day_alone(about.asked.diary_day))
    content = [question(say("Is this right?")), body(say(WHY), Colour.MUTED), card([day, *_change(say, about)])]
    actions: list[ft.Control] = [
        quiet(say("Decide later"), confirming.put_off, key="correction-later"),
        secondary(say("No, leave it as it was"), confirming.decline, key="correction-no"),
        primary(say("Yes, that is right"), confirming.confirm, key="correction-yes"),
    ]
    return frame(state.look, content, actions, key="correction")


def _change(say: Texts, about: Question) -> list[ft.Control]:
    asked, item = about.asked, about.item
    match asked.change:
        case ItemChange(old=old, new=new) if item:
            words = small(say.question(item, asked.diary_day))
            return [words, *_lines(say, say.answer(item, old), say.answer(item, new))]
        case DayMove(day=day):
            words = body(say("Your answers were saved for this evening. They would belong to another one."))
            return [words, *_lines(say, say.day_alone(asked.diary_day), say.day_alone(day))]
    return [body(say(VOIDED))]


def _lines(say: Texts, old: str, new: str) -> list[ft.Control]:
    return [body(say("Until now: {old}", old=old)), strong(say("Would become: {new}", new=new), Colour.ACCENT)]
