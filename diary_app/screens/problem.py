"""When the diary cannot be shown: what happened, what it means for the entries, what to do, one button."""

from dataclasses import dataclass

import flet as ft

from diary_app.places import Problem
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.widgets.buttons import Intent, primary
from diary_app.widgets.frame import card, frame
from diary_app.widgets.header import header
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, title, unbroken


@dataclass(frozen=True)
class Explanation:
    """Message ids. `{phone}` in the remedy is the department's number; no action, no button."""

    happened: str
    entries: str
    remedy: str
    action: str = ""


NEW_CODE = "I have a new code"
EXPLANATIONS: dict[Problem, Explanation] = {
    Problem.STORAGE: Explanation(
        "This phone could not save",
        "What you had saved before is still here.",
        "Make some room on the phone, then try again. If that does not help, call {phone}.",
        "Try again",
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
    ),
    Problem.HOME_SCREEN: Explanation(
        "First put the diary on your home screen",
        "Then your entries stay safe on this phone.",
        "Tap the Share button of the browser, then Add to Home Screen. Open the diary from there.",
    ),
}


@ft.component
def problem_screen() -> ft.Control:
    """One problem, calmly."""
    state = use_diary()
    say, text = state.say, EXPLANATIONS[state.problem or Problem.STORAGE]
    phone = unbroken(state.belonging.site.contact.phone) if state.belonging else say("your study nurse")
    content = [
        title(say(text.happened)),
        card([body(say(text.entries)), body(say(text.remedy, phone=phone), Colour.INK)]),
    ]
    action = [primary(say(text.action), _intent(state), key="remedy")] if text.action else []
    return frame(state.look, content, action, key="problem", above=header(state))


def _intent(state: DiaryState) -> Intent:
    match state.problem:
        case Problem.UPDATE:
            return state.take_update
        case Problem.LOCKED | Problem.REPLACED:
            return state.enter_new_code
        case _:
            return state.open_again
