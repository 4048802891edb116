"""What is in the server's database at one moment, read past the programs that wrote it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, TextClause, text

from diary_app.core.times import zone as rules_of
from server.db import days
from server.db.days import ExpectedDay
from server.simulate.storm.ledger import Saved

_UNREAD = "protocol_too_new"
_WRITTEN = text("SELECT text FROM record WHERE id = :id")
_ENTRIES = text(
    "SELECT participant, instrument, diary_day, min(received_at) AS at FROM record "
    "WHERE kind = 'entry' AND code = '' AND practice = 0 AND diary_day IS NOT NULL AND parent IS NULL "
    "GROUP BY 1, 2, 3"
)
_NAMED_ASIDE = text(
    "SELECT participant, instrument, diary_day, min(received_at) AS at FROM quarantine "
    "WHERE diary_day IS NOT NULL GROUP BY 1, 2, 3"
)
_SET_ASIDE = text("SELECT count(*) FROM quarantine WHERE data = :data")


@dataclass(frozen=True)
class Term:
    """From when until when an installation was taken for the participant's phone."""

    participant: str
    begins: datetime
    ends: datetime | None

    def changed_on(self, days: Collection[date]) -> bool:
        """Whether it begins or ends on one of these."""
        return self.begins.date() in days or (self.ends is not None and self.ends.date() in days)

    def holds_at(self, moment: datetime) -> bool:
        """The edges count."""
        return self.begins <= moment and (self.ends is None or self.ends >= moment)


@dataclass(frozen=True)
class Confirmed:
    """A zone: when its phone says that it was confirmed, and since when the server has followed it."""

    captured: datetime
    received: datetime


def terms(connection: Connection) -> dict[str, Term]:
    """Of each installation that the server knows."""
    rows = connection.execute(text("SELECT device, participant, active_from, active_until FROM device"))
    return {
        row.device: Term(
            row.participant,
            moment_of(row.active_from),
            None if row.active_until is None else moment_of(row.active_until),
        )
        for row in rows
    }


def moment_of(milliseconds: int) -> datetime:
    """A stored moment."""
    return datetime.fromtimestamp(milliseconds / 1000, rules_of("UTC"))


def milliseconds(moment: datetime) -> int:
    """As it is stored."""
    return round(moment.timestamp() * 1000)


def counts(one: Saved, known: Mapping[str, Term], misdated_days: Collection[date]) -> bool:
    """Saved in time, and on no installation in whose place another one was when that evening's window opened.

    What somebody saves on a phone that was reported lost or replaced before, no rule asks for. A phone that was handed
    out or replaced under a wrong clock of the server stands in its database with that clock's time.
    """
    if not one.is_in_time or one.device not in known:
        return False
    if one.day in misdated_days and any(term.changed_on(misdated_days) for term in _of(one.participant, known)):
        return False
    ends, opens = known[one.device].ends, one.opens
    if ends is None or opens is None or ends >= opens:
        return True
    return not any(term.holds_at(opens) for term in _of(one.participant, known))


def _of(participant: str, known: Mapping[str, Term]) -> list[Term]:
    return [term for term in known.values() if term.participant == participant]


def _by_evening(connection: Connection, statement: TextClause) -> dict[tuple[str, str, date], datetime]:
    """The earliest moment of each participant, questionnaire and diary day."""
    return {
        (row.participant, row.instrument, date.fromisoformat(str(row.diary_day))): moment_of(row.at)
        for row in connection.execute(statement)
    }


class Server:
    """What is in its database at one moment. `texts`: by id, each text with its code; `aside`: verbatim."""

    def __init__(self, connection: Connection) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.codes: dict[str, str] = {}
        #: When each record came.
        self.received: dict[str, datetime] = {}
        joined: dict[str, int] = {}
        for row in connection.execute(text("SELECT id, text, code, change_no, received_at FROM record")):
            self.texts[row.id].append(row.text)
            self.received[row.id] = moment_of(row.received_at)
            self.codes[row.id], joined[row.text] = row.code, row.change_no
        rows = connection.execute(text("SELECT data, code, change_no FROM quarantine ORDER BY change_no")).all()
        self.aside = {bytes(row.data).decode(errors="replace") for row in rows}
        #: What came again: it was set aside before, or was on its chain before it was set aside. A newer app's message
        #: is kept unread, whatever of it is here.
        came_aside = [(bytes(row.data).decode(errors="replace"), row.change_no) for row in rows if row.code != _UNREAD]
        self.again = {data for data, number in Counter(data for data, _ in came_aside).items() if number > 1}
        self.again |= {data for data, change in came_aside if change > joined.get(data, change)}
        self.devices = {row.device: row for row in connection.execute(text("SELECT * FROM device"))}
        self.terms = terms(connection)
        trained = text("SELECT participant, min(received_at) AS at FROM record WHERE kind = 'training' GROUP BY 1")
        self.trained = {row.participant: moment_of(row.at) for row in connection.execute(trained)}
        #: When the server first heard of an evening's entry; a version that came later replaces it in `days`.
        self.heard_of = _by_evening(connection, _ENTRIES)
        #: When something came that is set aside and names an evening: nobody is reminded of it while that waits.
        self.named_aside = _by_evening(connection, _NAMED_ASIDE)
        facts = connection.execute(text("SELECT participant, kind FROM participant_fact WHERE author = 'storm'"))
        #: How many of each kind staff recorded about each participant.
        self.facts = Counter((row.participant, row.kind) for row in facts)
        confirmed = text("SELECT id, captured_at, received_at FROM record WHERE kind = 'zone'")
        self.zones = {
            row.id: Confirmed(moment_of(row.captured_at), moment_of(row.received_at))
            for row in connection.execute(confirmed)
        }
        #: When each pause of reminders came.
        paused = text("SELECT id, received_at FROM record WHERE kind = 'pause'")
        self.pauses = {row.id: moment_of(row.received_at) for row in connection.execute(paused)}
        self.days: dict[str, list[ExpectedDay]] = {}
        for row in connection.execute(text("SELECT id FROM participant")):
            self.days[row.id] = days.of(connection, row.id)

    def waits(self, one: Saved) -> bool:
        """Set aside, and on no chain."""
        return one.text in self.aside and one.id not in self.texts

    def has(self, one: Saved) -> bool:
        """Unchanged, on its chain or set aside."""
        return one.text in self.texts.get(one.id, ()) or one.text in self.aside


def is_there(connection: Connection, one: Saved) -> bool:
    """Whether a record is, unchanged, on its chain or set aside."""
    found = connection.execute(_WRITTEN, {"id": one.id}).scalar_one_or_none()
    return found == one.text or bool(connection.execute(_SET_ASIDE, {"data": one.text.encode()}).scalar_one())
