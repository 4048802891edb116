"""What stands at the foot: what has been sent, in words, and whom to call."""

import flet as ft

from diary_app.core.times import local_date
from diary_app.sending import Sending
from diary_app.state import DiaryState
from diary_app.sync.outcome import Standing
from diary_app.sync.trouble import Hindrance
from diary_app.texts import Texts
from diary_app.widgets.buttons import at_left, quiet
from diary_app.widgets.greeting import NOBODY_READS
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, small, unbroken

ALL_SENT = "Everything on this phone has been received by the study."
SOMETHING = "Not everything has been sent yet. It is sent by itself when there is a connection."
SOMETHING_NEEDS_PIN = "Not everything has been sent yet. It is sent when you open the diary with your PIN."
SOMETHING_OFFLINE = (
    "No connection just now. Not everything has been sent yet. It is sent by itself when there is a connection."
)
HINDERED: dict[Hindrance, str] = {
    Hindrance.ANOTHER_ANSWERED: "Another page answers in place of the study. The network here may ask you to log in "
    "first: open your browser and log in there, or switch Wi-Fi off.",
    Hindrance.NOT_PROVEN: "The connection here is not safe, so nothing is sent. The network may ask you to log in "
    "first: open your browser and log in there, or switch Wi-Fi off. Check also that the phone's date and time are "
    "right.",
    Hindrance.NO_ANSWER: "The phone has a network, but the study is not reached through it. If the network is not "
    "your own, it may ask you to log in first: open another web page to see.",
}
SILENT_DAYS = 3
TROUBLED = "Sending does not work just now. Your entries are safe on this phone. If it stays like this, call {phone}."


def sync_line(state: DiaryState) -> ft.Control:
    """The state of sending; a screen reader hears when it changes."""
    say, standing = state.say, state.sync.standing if state.sync else None
    troubled = standing is Standing.PROBLEM
    waits = what_waits(say, state.sending, is_offline=standing is Standing.OFFLINE)
    said = say(TROUBLED, phone=_phone(state)) if troubled else waits
    words = small(said, Colour.LATE if troubled else Colour.MUTED)
    is_done = not (troubled or state.sending.records)
    sign = ft.Icons.CLOUD_DONE_OUTLINED if is_done else ft.Icons.CLOUD_UPLOAD_OUTLINED
    lines = ft.Column([announced(words), *_advice(state), *_contact(state)], spacing=2)
    rows: list[ft.Control] = [_signed(sign, lines)]
    if troubled:
        rows.append(at_left(quiet(say("I have a new code"), state.enter_new_code, key="new-code")))
    if state.update_waiting:
        newer = say("A newer version is ready. Update now")
        rows.append(at_left(quiet(newer, state.updating.take, key="update")))
    return ft.Column(rows, spacing=4)


def _advice(state: DiaryState) -> list[ft.Control]:
    """What the participant can do for what waits: about the network here, or after days without one."""
    say, sync, silent = state.say, state.sync, _days_silent(state)
    if sync is None or sync.standing is not Standing.OFFLINE or not state.sending.records:
        return []
    if sync.hindrance:
        return [announced(small(say(HINDERED[sync.hindrance]), Colour.LATE))]
    if silent < SILENT_DAYS:
        return []
    words = say(
        "The study has heard nothing from this phone for {number} days. Connect it to the internet, or call {phone}.",
        number=silent, phone=_phone(state),
    )  # fmt: skip
    return [announced(small(words, Colour.LATE))]


def _days_silent(state: DiaryState) -> int:
    """Whole days since the last contact."""
    heard, today = state.sending.last_contact, state.today
    return (today.now - heard).days if heard and today else 0


def what_waits(say: Texts, sending: Sending, *, is_offline: bool = False) -> str:
    """What the study has not received yet, by days; what is not of any day is only said to be there."""
    if not sending.records:
        return say(ALL_SENT)
    if sending.needs_pin:
        return _with_pin(say, sending.days)
    return _without_connection(say, sending.days) if is_offline else _by_itself(say, sending.days)


def _by_itself(say: Texts, days: int) -> str:
    if not days:
        return say(SOMETHING)
    return say.count(
        "Not sent yet: answers from one day. They are sent by themselves when there is a connection.",
        "Not sent yet: answers from {number} days. They are sent by themselves when there is a connection.",
        days,
    )


def _with_pin(say: Texts, days: int) -> str:
    if not days:
        return say(SOMETHING_NEEDS_PIN)
    return say.count(
        "Not sent yet: answers from one day. They are sent when you open the diary with your PIN.",
        "Not sent yet: answers from {number} days. They are sent when you open the diary with your PIN.",
        days,
    )


def _without_connection(say: Texts, days: int) -> str:
    if not days:
        return say(SOMETHING_OFFLINE)
    return say.count(
        "No connection just now. Not sent yet: answers from one day. They are sent by themselves when there is a"
        " connection.",
        "No connection just now. Not sent yet: answers from {number} days. They are sent by themselves when there is a"
        " connection.",
        days,
    )


def _contact(state: DiaryState) -> list[ft.Control]:
    """When the study was last heard; nothing before the first time."""
    say, heard, today = state.say, state.sending.last_contact, state.today
    if heard is None or today is None:
        return []
    at = say.time(heard, today.zone)
    if local_date(heard, today.zone) == local_date(today.now, today.zone):
        return [small(say("Last contact today at {time}.", time=at))]
    return [small(say("Last contact {day} at {time}.", day=say.day_of(heard, today.zone), time=at))]


def contact_line(state: DiaryState) -> ft.Control:
    """Always there, also offline."""
    return _signed(ft.Icons.PHONE_OUTLINED, small(contact_words(state, state.say)))


def contact_words(state: DiaryState, say: Texts) -> str:
    """Whom to call, in the language of `say`."""
    contact = state.belonging.site.contact if state.belonging else None
    if contact is None:
        return say(NOBODY_READS)
    return say(
        "Nobody reads your answers straight away. Ill or worried: call {phone} ({hours}). Emergency: {emergency}.",
        phone=_phone(state), hours=contact.hours.get(say.language, ""), emergency=contact.emergency,
    )  # fmt: skip


def _signed(sign: ft.IconData, words: ft.Control) -> ft.Row:
    words.expand = True
    return ft.Row(
        [ft.Icon(sign, color=Colour.MUTED, size=22), words],
        spacing=12, vertical_alignment=ft.CrossAxisAlignment.START,
    )  # fmt: skip


def _phone(state: DiaryState) -> str:
    return unbroken(state.belonging.site.contact.phone) if state.belonging else ""
