"""A mail that came back: the report of a mail server that it could not be delivered (RFC 3464), as it was received.

What names the reminder is its Message-ID, which nobody can make up who has not seen the message; so a forged report
stops nothing. The address in the report is neither needed nor read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.facts import Channel, ContactField
from server.db import contact_details, reminders
from server.db.reminders import Reminder
from server.reminders.delivery import marks_of
from server.reminders.people import People
from server.services import Services

#: A reminder is small. Anybody can write to the address, and some heads take the square of their length to be read.
MOST_BYTES = 256 * 1024
#: Mail servers try for five days before they give up.
_REMEMBERED = timedelta(days=14)
#: No such address or host, or a mailbox that is closed; not who sends, not a full mailbox, not a policy (RFC 3463).
_FOR_GOOD = re.compile(r"5\.(1\.(?![78]\b)\d{1,3}|2\.1|4\.4)")
_MARK = re.compile(r"<([0-9a-f]{32})@")


class Came(StrEnum):
    """What a report came to."""

    NOTED = "noted"
    KNOWN = "known"  # it was refused already
    CORRECTED = "corrected"  # the address was changed or confirmed since
    NOT_FOR_GOOD = "not_for_good"  # a delay, a full mailbox, a policy: nothing that is about the address
    NOT_OURS = "not_ours"  # no report, or of no reminder of these two weeks


@dataclass(frozen=True)
class Report:
    """What one message that came says: the marks of messages that it names, and whether one failed for good."""

    marks: frozenset[str] = frozenset()
    is_for_good: bool = False


def read(received: bytes) -> Report:
    """Nothing else of it is kept. Read before anything waits for the database; made to be unreadable, it says nothing.

    The library reads parts within parts until it is too deep, and stumbles over names of alphabets that are none.
    """
    try:
        parts = list(message_from_bytes(received[:MOST_BYTES]).walk())
        return Report(_marks(parts), any(map(_is_for_good, parts)))
    except (RecursionError, TypeError, ValueError, LookupError):
        return Report()


def take_in(connection: Connection, services: Services, report: Report, now: datetime) -> Came:
    """Nothing more is sent to the address that a reminder came back from."""
    found = _reminder(connection, services, report.marks, now)
    if found is None or found.sent_at is None:
        return Came.NOT_OURS
    if not report.is_for_good:
        return Came.NOT_FOR_GOOD
    who, field = found.participant, ContactField.EMAIL
    contact_details.hold(connection, [who])
    said = People(connection, [who]).said_of(who, field)
    if said is not None and said > found.sent_at:
        return Came.CORRECTED
    if field in contact_details.refused(connection, [who]).get(who, {}):
        return Came.KNOWN
    contact_details.note_refused(connection, who, field, now)
    return Came.NOTED


def _is_for_good(part: Message) -> bool:
    """Within a report each group of lines is a part of its own, one a recipient."""
    failed = str(part.get("Action", "")).strip().lower() == "failed"
    return failed and _FOR_GOOD.match(str(part.get("Status", "")).strip()) is not None


def _marks(parts: Sequence[Message]) -> frozenset[str]:
    """The ids of messages that it names: of the one enclosed, of its head alone, or as an answer to it."""
    told = [str(part.get(name, "")) for part in parts for name in ("Message-ID", "In-Reply-To", "References")]
    told += [str(part.get_payload()) for part in parts if part.get_content_type() == "text/rfc822-headers"]
    return frozenset(mark for text in told for mark in _MARK.findall(text))


def _reminder(connection: Connection, services: Services, marks: frozenset[str], now: datetime) -> Reminder | None:
    if not marks:
        return None
    sent = reminders.sent_by(connection, Channel.EMAIL, now - _REMEMBERED)
    return next((row for row in sent if not marks.isdisjoint(marks_of(services, row.key))), None)
