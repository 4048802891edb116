"""Calling a participant: the number shown on demand, and what came of the call. Both are facts; neither says a number.

Who may do it is asked for in the transaction that writes it down.
"""

import re
from datetime import date, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import ContactField, Fact
from diary_app.core.staff_acts import ContactMade, ContactOutcome, ContactShown
from server.access.acting import Acting, role_of
from server.access.roles import Permission
from server.db import contact_details, staff_facts
from server.intake.held import Held, holding
from server.intake.known import append, fact_from_row
from server.intake.staff import refused
from server.services import Services

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST_SNOOZE = 14
#: For how many days somebody is left alone, where nobody says otherwise.
USUAL_SNOOZE = MappingProxyType({
    ContactOutcome.WILL_FILL_IN: 2,
    ContactOutcome.NEEDS_HELP: 1,
    ContactOutcome.WANTS_PAUSE: 7,
    ContactOutcome.NO_ANSWER: 1,
    ContactOutcome.LEFT_MESSAGE: 2,
    ContactOutcome.WRONG_NUMBER: 1,
    ContactOutcome.OTHER_AGREED: 7,
})  # fmt: skip


def show_number(connection: Connection, services: Services, participant: str, *, who: Acting, at: datetime) -> str:
    """The telephone number, empty where none is kept; the trail says who was shown it. Raises `RequestRefused`."""
    with holding(connection, participant) as held:
        role = role_of(connection, who, Permission.SEE_CONTACT_DETAILS, held.row.site)
        number = contact_details.of(connection, participant)[ContactField.PHONE]
        if number:
            detail = ContactShown(by_role=role, by_site=held.row.site, field=ContactField.PHONE.value)
            append(held, detail, author=who.author, at=at, id=services.environment.new_id())
        return number


def log_contact(
    connection: Connection,
    participant: str,
    outcome: ContactOutcome,
    *,
    id: str,
    today: date,
    days: int | None,
    who: Acting,
    at: datetime,
) -> Fact:
    """Keep what came of a call. Raises `RequestRefused`.

    `id`: made with the form, so that a form sent twice is one contact. `days`: how long they are left alone; None for
    as long as is usual after that outcome.
    """
    away = USUAL_SNOOZE[outcome] if days is None else days
    if not _ID.fullmatch(id) or not 0 <= away <= LONGEST_SNOOZE:
        raise refused("This contact cannot be kept as it was sent.", "Open the page again and repeat it.")
    with holding(connection, participant) as held:
        role = role_of(connection, who, Permission.LOG_CONTACT, held.row.site)
        if (known := _known(held, id)) is not None:
            return known
        until = today + timedelta(days=away) if away else None
        detail = ContactMade(by_role=role, by_site=held.row.site, outcome=outcome, snooze_until=until)
        return append(held, detail, author=who.author, at=at, id=id)


def _known(held: Held, id: str) -> Fact | None:
    row = staff_facts.one(held.connection, id)
    if row is None:
        return None
    if row.participant != held.id or row.kind != "contact_made":
        raise RequestRefused(Code.ALREADY_EXISTS, "This form was used before.", "Open the page again and repeat it.")
    return fact_from_row(row)
