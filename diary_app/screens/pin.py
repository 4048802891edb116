"""The PIN: choosing it, changing it, opening the diary with it, and what to do when it is forgotten."""

from dataclasses import dataclass

import flet as ft

from diary_app.pin_entry import PinEntry, PinTrouble, Step
from diary_app.places import Place
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.buttons import primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_line, sync_line
from diary_app.widgets.frame import frame
from diary_app.widgets.header import header
from diary_app.widgets.pin_field import pin_field
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, title


@dataclass(frozen=True)
class Words:
    """Message ids of one step; a step without a label has no field."""

    title: str
    body: str
    label: str
    on: str


STEPS: dict[Step, Words] = {
    Step.ENTER: Words("Type your PIN", "It opens the diary on this phone.", "Your PIN", "Open the diary"),
    Step.FORGOTTEN: Words(
        "Have you forgotten your PIN?",
        "Call the study on {phone} and ask for a new code. With it you choose a new PIN. "
        "Your entries are safe and are still sent.",
        "", "I have a new code",
    ),
    Step.OLD: Words("Change your PIN", "First type the PIN you have used until now.", "PIN until now", "Next"),
    Step.NEW: Words(
        "Choose a PIN",
        "Four to six digits that only you know. They open the diary and never leave this phone.",
        "New PIN", "Next",
    ),
    Step.AGAIN: Words("Once more", "Type the same PIN again, so that it is the one you mean.", "New PIN again", "Next"),
}  # fmt: skip
FORGOTTEN = "I have forgotten my PIN"
TROUBLES: dict[PinTrouble, str] = {
    PinTrouble.WRONG: "That was not the PIN.",
    PinTrouble.EASY: "That PIN would be easy to guess. Choose digits that are not all alike, in a row or a repeated "
    "pattern.",
    PinTrouble.DIFFERENT: "The two were not the same. Choose your PIN again.",
    PinTrouble.NOT_OPENED: "The phone could not open the diary just now. Make some room on the phone, then try again.",
    PinTrouble.NOT_KEPT: "The phone could not keep the PIN. Make some room on the phone, then try again.",
}


@component
def pin_screen(entry: PinEntry) -> ft.Control:
    """One thing at a time. While the diary is locked, nothing of it is shown."""
    state = use_diary()
    step = entry.step
    ft.use_effect(entry.count_down, [step])
    say, words = state.say, STEPS.get(step, STEPS[Step.ENTER])
    content: list[ft.Control] = [
        title(say(words.title), shrunk=state.large_text),
        body(say(words.body, phone=state.phone_to_call)),
    ]
    if words.label:
        field = pin_field(say(words.label), entry.typed, entry.type_pin, entry.go_on, key=f"pin-{step}")
        content += [field, *_trouble(say, entry)]
    if state.place is Place.LOCKED:
        content += [sync_line(state), contact_line(state)]
    return frame(state.look, content, _actions(state, entry, say(words.on)), key=f"pin-screen-{step}",
                 above=header(state))  # fmt: skip


def _trouble(say: Texts, entry: PinEntry) -> list[ft.Control]:
    lines: list[ft.Control] = []
    if entry.trouble:
        lines.append(announced(body(say(TROUBLES[entry.trouble]), Colour.MISSED)))
    if entry.seconds_to_wait:
        lines.append(body(_wait(say, entry.seconds_to_wait), Colour.MUTED))
    return lines


def _wait(say: Texts, seconds: int) -> str:
    if seconds > 90:
        return say("You can try again in {minutes} minutes.", minutes=-(-seconds // 60))
    return say("You can try again in {seconds} seconds.", seconds=seconds)


def _actions(state: DiaryState, entry: PinEntry, on: str) -> list[ft.Control]:
    say = state.say
    match entry.step:
        case Step.FORGOTTEN:
            back = secondary(say("Back"), entry.remember, key="back")
            return [primary(on, state.enter_new_code, key="new-code-for-pin"), back]
        case Step.NEW | Step.AGAIN | Step.OLD if state.place is Place.DIARY:
            others: list[ft.Control] = [secondary(say("Back"), state.ways.back_from_pin, key="back")]
        case Step.AGAIN:
            others = [secondary(say("Back"), entry.begin_again, key="back")]
        case Step.NEW:
            others = []
        case _:
            others = [quiet(say(FORGOTTEN), entry.forget, key="forgotten")]
    return [primary(on, entry.go_on, key="pin-on", enabled=entry.may_go_on), *others]
