"""What this phone holds, in words."""

import flet as ft

from diary_app.reminding import Reminding
from diary_app.report import Device
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.buttons import at_left, quiet
from diary_app.widgets.foot import what_waits
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, section

KEPT: dict[bool | None, str] = {
    True: "This phone keeps the diary, also when it is short of room.",
    False: "The browser may clear the diary when the phone is short of room. Put the diary on your home screen.",
    None: "The browser has not said whether it keeps the diary when the phone is short of room.",
}


def device_lines(state: DiaryState, device: Device, reminding: Reminding) -> list[ft.Control]:
    """Counts, the last contact, whether the storage stays."""
    say, held, kept = state.say, device.holdings, reminding.kept
    lines: list[ft.Control] = [
        section(say("This phone")),
        body(_saved(say, held.days)),
        body(what_waits(say, device.sending)),
        body(_contact(say, state, device), Colour.MUTED),
        body(say(KEPT[kept]), Colour.MUTED if kept else Colour.INK),
    ]  # fmt: skip
    if not kept:
        lines.append(at_left(quiet(say("Ask the browser to keep it"), reminding.keep_storage, key="keep")))
    if reminding.can_install:
        lines.append(at_left(quiet(say("Put the diary on your home screen"), reminding.install, key="install")))
    return lines


def _saved(say: Texts, days: int) -> str:
    if not days:
        return say("No evening is saved here yet.")
    return say.count("Saved here: answers from one day.", "Saved here: answers from {number} days.", days)


def _contact(say: Texts, state: DiaryState, device: Device) -> str:
    contact = device.holdings.last_contact
    if contact is None or state.belonging is None:
        return say("The study has not been reached yet.")
    zone = state.belonging.site.zone
    return say("Last contact with the study: {day} at {time}.", day=say.day_of(contact, zone),
               time=say.time(contact, zone))  # fmt: skip
