"""The ledger of a participant's reminders in words."""

from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.catalogue import message
from server.console.listing import Column
from server.console.person.coded import capital, coded
from server.console.person.person import Person
from server.reminders.evidence import Line, ledger


@dataclass(frozen=True)
class Reminded:
    """One reminder; a moment that did not come is a dash. `on`: the diary day."""

    on: date
    day: str
    number: int
    channel: str
    stands: str
    why: str
    due: str
    claimed: str
    sent: str
    receipt: str
    opened: str
    started: str
    saved: str


def reminders(person: Person, since: date) -> list[Reminded]:
    """Newest first."""
    found = ledger(person.connection, participant=person.id, first=since)
    return [_reminded(person, line) for line in reversed(found)]


def columns() -> list[Column[Reminded]]:
    """Moments are sorted by the day that they belong to."""
    return [
        Column("day", message("Day"), lambda row: row.day, lambda row: row.on, lambda row: (row.on, row.number)),
        Column("number", message("No."), lambda row: str(row.number), order=lambda row: row.number, is_number=True),
        Column("channel", message("Channel"), lambda row: row.channel),
        Column("stands", message("Stands"), lambda row: f"{row.stands} ({row.why})" if row.why else row.stands),
        Column("due", message("Due"), lambda row: row.due, sortable=False),
        Column("claimed", message("Claimed"), lambda row: row.claimed, sortable=False),
        Column("sent", message("Sent"), lambda row: row.sent, sortable=False),
        Column("receipt", message("Receipt"), lambda row: row.receipt, sortable=False),
        Column("opened", message("App opened"), lambda row: row.opened, sortable=False),
        Column("started", message("Started"), lambda row: row.started, sortable=False),
        Column("saved", message("Saved"), lambda row: row.saved, sortable=False),
    ]


def _reminded(person: Person, line: Line) -> Reminded:
    texts, row = person.desk.texts, line.reminder

    def time(moment: datetime | None) -> str:
        if moment is None:
            return "–"
        same = person.calendar.local_date(moment) == row.diary_day
        written = person.calendar.time(moment)
        return written if same else f"{person.calendar.short_day(person.calendar.local_date(moment))} {written}"

    return Reminded(
        on=row.diary_day, day=person.calendar.short_day(row.diary_day), number=row.number,
        channel=capital(coded(texts, row.channel)) or "–",
        stands=capital(coded(texts, row.state)), why=coded(texts, line.code), due=time(row.due_at),
        claimed=time(line.claimed_at), sent=time(line.sent_at), receipt=line.receipt or "–",
        opened=time(line.opened_at), started=time(line.started_at), saved=time(line.saved_at),
    )  # fmt: skip
