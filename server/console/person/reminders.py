"""The ledger of a participant's reminders in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.catalogue import Catalogue, message
from server.console.listing import Column
from server.console.person.coded import capital, coded
from server.console.person.person import Person
from server.reminders.channel import Trouble
from server.reminders.evidence import Line, ledger

#: Why a try failed, as far as a provider's answer tells it.
TROUBLES: Mapping[str, str] = {
    Trouble.UNREACHABLE: message("the mail server or gateway could not be reached"),
    Trouble.TIMED_OUT: message("the mail server or gateway did not answer"),
    Trouble.CONNECTION_LOST: message("the connection was lost"),
    Trouble.ANSWER_LOST: message("it may have arrived all the same"),
    Trouble.TLS_FAILED: message("there was no protected connection"),
    Trouble.LOG_IN_REFUSED: message("the mail server refused this server's password"),
    Trouble.SENDER_REFUSED: message("the mail server takes nothing from this server"),
    Trouble.RECIPIENT_REFUSED: message("the address or number was refused"),
    Trouble.CONTENT_REFUSED: message("the message was refused"),
    Trouble.TRY_LATER: message("it was to be tried again later"),
    Trouble.PROVIDER_FAULT: message("the gateway had a fault"),
    Trouble.ANSWER_UNREADABLE: message("what was answered cannot be read"),
    Trouble.REDIRECTED: message("the gateway has moved"),
    Trouble.NO_ADDRESS: message("the address or number was deleted or refused"),
    Trouble.NOT_SET_UP: message("nothing is set up for it on this server"),
    Trouble.NOT_WRITTEN: message("it could not be written into a file"),
    Trouble.TOO_TELLING: message("the message would tell too much"),
    Trouble.FAULT: message("a fault of this server"),
}


@dataclass(frozen=True)
class Moment:
    """A moment and how it is read; one that did not come is a dash."""

    at: datetime | None
    text: str

    @property
    def iso(self) -> str:
        """For a file; empty where it did not come."""
        return self.at.isoformat() if self.at else ""


@dataclass(frozen=True)
class Reminded:
    """One reminder. `on`: the diary day."""

    on: date
    day: str
    number: int
    channel: str
    stands: str
    why: str
    receipt: str
    due: Moment
    claimed: Moment
    sent: Moment
    opened: Moment
    started: Moment
    saved: Moment


def reminders(person: Person, since: date) -> list[Reminded]:
    """Newest first."""
    found = ledger(person.connection, participant=person.id, first=since)
    return [_reminded(person, line) for line in reversed(found)]


def columns() -> list[Column[Reminded]]:
    """Moments are sorted by when they were; what did not come stands last."""
    return [
        Column("day", message("Day"), lambda row: row.day, lambda row: row.on, lambda row: (row.on, row.number)),
        Column("number", message("No."), lambda row: str(row.number), order=lambda row: row.number, is_number=True),
        Column("channel", message("Channel"), lambda row: row.channel),
        Column("stands", message("Status"), lambda row: f"{row.stands} ({row.why})" if row.why else row.stands),
        _moments("due", message("Due"), lambda row: row.due),
        _moments("claimed", message("Claimed"), lambda row: row.claimed),
        _moments("sent", message("Sent"), lambda row: row.sent),
        Column("receipt", message("Receipt"), lambda row: row.receipt),
        _moments("opened", message("App opened"), lambda row: row.opened),
        _moments("started", message("Started"), lambda row: row.started),
        _moments("saved", message("Saved"), lambda row: row.saved),
    ]


def _moments(key: str, title: str, of: Callable[[Reminded], Moment]) -> Column[Reminded]:
    return Column(key, title, lambda row: of(row).text, lambda row: of(row).iso, lambda row: of(row).at)


def _why(texts: Catalogue, code: str) -> str:
    return texts.text(TROUBLES[code]) if code in TROUBLES else coded(texts, code)


def _reminded(person: Person, line: Line) -> Reminded:
    texts, row = person.desk.texts, line.reminder

    def time(moment: datetime | None) -> Moment:
        if moment is None:
            return Moment(None, "–")
        day, written = person.calendar.local_date(moment), person.calendar.time_with_zone(moment)
        return Moment(moment, written if day == row.diary_day else f"{person.calendar.short_day(day)} {written}")

    return Reminded(
        on=row.diary_day, day=person.calendar.short_day(row.diary_day), number=row.number,
        channel=capital(coded(texts, row.channel)) or "–",
        stands=capital(coded(texts, row.state)), why=_why(texts, line.code), receipt=line.receipt or "–",
        due=time(row.due_at), claimed=time(line.claimed_at), sent=time(line.sent_at),
        opened=time(line.opened_at), started=time(line.started_at), saved=time(line.saved_at),
    )  # fmt: skip
