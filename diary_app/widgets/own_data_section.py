"""One's own entries as a file, where that is offered."""

import flet as ft

from diary_app.history import FileTold, History
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.buttons import secondary
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, section, small

TELLS: dict[FileTold, str] = {
    FileTold.SAVED: "The file is saved among your downloads.",
    FileTold.NOT_SAVED: "The file could not be saved. Your entries are safe on this phone. Call {phone}.",
}


def own_data_section(state: DiaryState, history: History) -> list[ft.Control]:
    """What is in it, that no PIN protects it, and how it went."""
    if not history.may_have_own_data:
        return []
    say = state.say
    lines: list[ft.Control] = [
        section(say("Your own entries")),
        body(say("A file for a spreadsheet with everything you have saved on this phone.")),
        small(say("Your PIN does not protect the file: whoever has it can read your answers.")),
        secondary(say("Save the file"), lambda: history.save_own_data(say), key="own-data"),
    ]
    if history.told:
        colour = Colour.LATE if history.told is FileTold.NOT_SAVED else Colour.DONE
        lines.append(announced(body(_told(say, history, state.phone_to_call), colour)))
    return lines


def _told(say: Texts, history: History, phone: str) -> str:
    words = say(TELLS[history.told or FileTold.SAVED], phone=phone)
    if not history.unreadable or history.told is not FileTold.SAVED:
        return words
    left_out = say.count(
        "{number} entry could not be opened and is not in it.",
        "{number} entries could not be opened and are not in it.",
        history.unreadable,
    )
    return f"{words} {left_out}"
