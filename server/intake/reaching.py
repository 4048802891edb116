"""How a participant can be reached: contact data in its own erasable table, and in the trail only that it changed."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import ContactChange, ContactDetailChanged, ContactField
from server.backup import erasures
from server.backup.erasures import Erasure
from server.db import contact_details, participants
from server.intake.held import unknown_participant
from server.intake.staff import append_fact
from server.services import Services

_LONGEST = 254
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}")
_PHONE = re.compile(r"\+[1-9]\d{7,14}")
_SPACES = re.compile(r"[ ()-]")


def change_contact(
    connection: Connection,
    services: Services,
    participant: str,
    given: Mapping[ContactField, str],
    *,
    author: str,
    at: datetime,
) -> tuple[ContactDetailChanged, ...]:
    """Keep what is given and erase what is given empty; what that changed. Raises `RequestRefused`.

    An erasure is noted beside the backups before the database forgets it, and under the lock, where it is known to be
    one: what was noted for nothing would be done by a restore all the same.
    """
    if participants.lock(connection, participant) is None:
        raise unknown_participant(participant)
    wanted = {field: _read(field, text) for field, text in given.items()}
    before = contact_details.of(connection, participant)
    refused = contact_details.refused(connection, [participant]).get(participant, {})
    told = [(field, _change(before[field], new, field in refused)) for field, new in wanted.items()]
    details = tuple(ContactDetailChanged(field=field, change=change) for field, change in told if change)
    erased = [Erasure(at, participant, one.field) for one in details if one.change is ContactChange.ERASED]
    erasures.note(erasures.folder_of(services.settings), erased)
    if details:
        contact_details.save(connection, participant, {**before, **wanted})
    for detail in details:
        contact_details.note_refused(connection, participant, detail.field, None)
    for detail in details:
        append_fact(connection, services, participant, detail, author=author, at=at)
    return details


def _change(before: str, after: str, is_refused: bool) -> ContactChange | None:
    """One that was refused and is typed again as it is was asked about: it is tried again."""
    if before == after:
        return ContactChange.CONFIRMED if after and is_refused else None
    if not after:
        return ContactChange.ERASED
    return ContactChange.CHANGED if before else ContactChange.SET


def _read(field: ContactField, text: str) -> str:
    """As it is kept; a refusal never repeats what was typed. Raises `RequestRefused`."""
    typed = text.strip()
    match field:
        case ContactField.EMAIL:
            if typed and (len(typed) > _LONGEST or not _EMAIL.fullmatch(typed)):
                raise _refused("This is no e-mail address.", "Type it as name@example.org.")
        case ContactField.PHONE:
            typed = _SPACES.sub("", typed)
            if typed and not _PHONE.fullmatch(typed):
                raise _refused(
                    "This is no telephone number with a country code.",
                    "Type it with + and country, as +45 12 34 56 78.",
                )
    return typed


def email_from(text: str) -> str:
    """An e-mail address as it is kept. Raises `RequestRefused` (contact_invalid) without repeating it."""
    return _read(ContactField.EMAIL, text)


def phone_from(text: str) -> str:
    """A telephone number as it is kept. Raises `RequestRefused` (contact_invalid) without repeating it."""
    return _read(ContactField.PHONE, text)


def _refused(message: str, remedy: str) -> RequestRefused:
    return RequestRefused(Code.CONTACT_INVALID, message, remedy)
