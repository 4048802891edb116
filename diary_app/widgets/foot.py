"""What stands at the foot: what has been sent, in words, and whom to call."""

import flet as ft

from diary_app.core.times import local_date
from diary_app.state import DiaryState
from diary_app.sync.outcome import Standing
from diary_app.texts import Texts
from diary_app.widgets.buttons import quiet
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, small, unbroken

ALL_SENT = "Everything on this phone has been received by the study."
WAITING = "Not sent yet: {number}. It is sent by itself when there is a connection."
NEEDS_PIN = "Not sent yet: {number}. It is sent when you open the diary with your PIN."
OFFLINE = "No connection just now. Not sent yet: {number}. It is sent by itself when there is a connection."
TROUBLED = "Sending does not work just now. Your entries are safe on this phone. If it stays like this, call {phone}."


def sync_line(state: DiaryState) -> ft.Control:
    """The state of sending; a screen reader hears when it changes."""
    say, message = state.say, _message(state)
    troubled = message is TROUBLED
    words = small(say(message, phone=_phone(state), number=state.waiting), Colour.LATE if troubled else Colour.MUTED)
    sign = ft.Icons.CLOUD_DONE_OUTLINED if message is ALL_SENT else ft.Icons.CLOUD_UPLOAD_OUTLINED
    lines = ft.Column([announced(words), *_contact(state)], spacing=2)
    rows: list[ft.Control] = [_signed(sign, lines)]
    if troubled:
        rows.append(quiet(say("I have a new code"), state.enter_new_code, key="new-code"))
    if state.update_waiting:
        rows.append(quiet(say("A newer version is ready. Update now"), state.updating.take, key="update"))
    return ft.Column(rows, spacing=4)


def _message(state: DiaryState) -> str:
    standing = state.sync.standing if state.sync else None
    if standing is Standing.PROBLEM:
        return TROUBLED
    if not state.waiting:
        return ALL_SENT
    if state.needs_pin:
        return NEEDS_PIN
    return OFFLINE if standing is Standing.OFFLINE else WAITING


def _contact(state: DiaryState) -> list[ft.Control]:
    """When the study was last heard; nothing before the first time."""
    say, heard, today = state.say, state.last_contact, state.today
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
    hours = contact.hours.get(say.language, "") if contact else ""
    return say(
        "Nobody reads your answers straight away. Ill or worried: call {phone} ({hours}). Emergency: 112.",
        phone=_phone(state), hours=hours,
    )  # fmt: skip


def _signed(sign: ft.IconData, words: ft.Control) -> ft.Row:
    words.expand = True
    return ft.Row(
        [ft.Icon(sign, color=Colour.MUTED, size=22), words],
        spacing=12, vertical_alignment=ft.CrossAxisAlignment.START,
    )  # fmt: skip


def _phone(state: DiaryState) -> str:
    return unbroken(state.belonging.site.contact.phone) if state.belonging else ""
