"""The ledger of reminders: what was sent when, and what the participant's own records show afterwards.

Whether a message was seen cannot be known and is not claimed. `opened`: the phone recorded that the app was opened from
a reminder; `started` is counted back from the saved entry by the time spent on its pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.records import REMINDER_OPENED, RecordKind, parse
from server.db import records, reminders
from server.db.records import StoredRecord
from server.db.reminders import Reminder, ReminderEvent
from server.db.stored_entries import version_of
from server.reminders.ledger import Standing, Step, rebuilt

_SAME_NIGHT = timedelta(hours=12)


@dataclass(frozen=True)
class Line:
    """One reminder. `code`: why it failed, was dropped or cancelled. The last three are the participant's doing."""

    reminder: Reminder
    claimed_at: datetime | None
    sent_at: datetime | None
    receipt: str
    code: str
    opened_at: datetime | None
    started_at: datetime | None
    saved_at: datetime | None


def ledger(
    connection: Connection, *, participant: str | None = None, first: date | None = None, last: date | None = None
) -> list[Line]:
    """Every reminder of a span of diary days, by day, participant and number."""
    told = reminders.events(connection, participant=participant, first=first, last=last)
    done = _Doings(connection, told)
    return [_line(list(own), done) for _, own in groupby(told, key=lambda event: event.key)]


def failed(connection: Connection) -> list[Line]:
    """Every reminder that failed for good, newest first."""
    found = []
    for row in reminders.in_state(connection, Standing.FAILED):
        told = reminders.events(connection, participant=row.participant, first=row.diary_day, last=row.diary_day)
        found.append(_line([event for event in told if event.key == row.key], _Doings(connection, ())))
    return found


class _Doings:
    """What the participants did on those days, by their records."""

    def __init__(self, connection: Connection, told: Iterable[ReminderEvent]) -> None:
        keys = {event.key[:3] for event in told}
        people, instruments, days = ({key[0] for key in keys}, {key[1] for key in keys}, {key[2] for key in keys})
        self._entries: dict[tuple[str, str, date], EntryBody] = {}
        self._opened: dict[str, list[datetime]] = {}
        if not keys:
            return
        for row in records.entries(connection, people, instruments, days):
            self._note_entry(row)
        for row in records.of_kind_of_all(connection, people, RecordKind.APP_EVENT):
            if row.captured_at and parse(row.text).body.get("what") == REMINDER_OPENED:
                self._opened.setdefault(row.participant, []).append(row.captured_at)

    def entry(self, row: Reminder) -> EntryBody | None:
        """The first accepted entry of that evening."""
        return self._entries.get(row.key[:3])

    def opened(self, row: Reminder) -> datetime | None:
        """When the app was first opened from a reminder after this one was sent, the same evening or night."""
        sent = row.sent_at
        if sent is None:
            return None
        return min(
            (at for at in self._opened.get(row.participant, ()) if sent <= at < sent + _SAME_NIGHT), default=None
        )

    def _note_entry(self, row: StoredRecord) -> None:
        if row.code or row.diary_day is None or row.instrument is None:
            return
        body = version_of(row).body
        key = (row.participant, row.instrument, row.diary_day)
        if key not in self._entries or body.captured_at < self._entries[key].captured_at:
            self._entries[key] = body


def _line(events: list[ReminderEvent], done: _Doings) -> Line:
    (row,) = rebuilt(events)
    entry = done.entry(row)
    claims = [event.at for event in events if event.kind == Step.CLAIMED]
    codes = [event.code for event in events if event.code]
    receipts = [event.receipt for event in events if event.receipt]
    return Line(
        reminder=row,
        claimed_at=claims[-1] if claims else None,
        sent_at=row.sent_at,
        receipt=receipts[-1] if receipts else "",
        code=codes[-1] if codes else "",
        opened_at=done.opened(row),
        started_at=entry.captured_at - timedelta(milliseconds=sum(entry.page_ms.values())) if entry else None,
        saved_at=entry.captured_at if entry else None,
    )
