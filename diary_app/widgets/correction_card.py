"""On Today: one quiet card that says that the study asks about a correction."""

import flet as ft

from diary_app.confirming import Confirming
from diary_app.state import DiaryState
from diary_app.widgets.buttons import secondary
from diary_app.widgets.frame import card
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, section


def correction_card(state: DiaryState, confirming: Confirming) -> list[ft.Control]:
    """Nothing while no correction waits for an answer."""
    if confirming.question is None:
        return []
    say = state.say
    rows: list[ft.Control] = [
        section(say("Your study nurse asks: is this right?")),
        body(say("It is about your diary for {day}.", day=say.day(confirming.question.asked.diary_day)), Colour.MUTED),
        secondary(say("Look at it"), confirming.show, key="correction-show"),
    ]
    return [card(rows, key="correction-card")]
