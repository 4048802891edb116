"""Records as phones sent them: looked up, added, and read back for grading and scheduling."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from diary_app.core.facts import SCHEDULE_RECORDS, DeviceState
from diary_app.core.records import RecordKind
from server.db import ready, shapes
from server.db.among import among

TABLE = shapes.table("record")
NO_LIMIT = 2**53


class StoredRecord(NamedTuple):
    """A row of `record`."""

    id: str
    participant: str
    device: str
    sequence: int
    kind: str
    previous: str
    hash: str
    text: str
    received_at: datetime
    change_no: int
    code: str = ""
    captured_at: datetime | None = None
    instrument: str | None = None
    instrument_version: str | None = None
    diary_day: date | None = None
    revision: int | None = None
    parent: str | None = None
    practice: int = 0
    on_time_until: datetime | None = None


class StoredHead(NamedTuple):
    """What identifies a record that is there already, and what its first receipt said."""

    id: str
    device: str
    sequence: int
    hash: str
    code: str
    received_at: datetime


class ChainEnd(NamedTuple):
    """The highest record of one device."""

    device: str
    sequence: int
    hash: str


_ALL = select(*shapes.columns(TABLE, StoredRecord))
_KNOWN = select(*shapes.columns(TABLE, StoredHead)).where(
    or_(
        among(TABLE.c.id, "ids"),
        (TABLE.c.device == shapes.given("device")) & among(TABLE.c.sequence, "sequences"),
    )
)
_WITH_IDS = select(*shapes.columns(TABLE, StoredHead)).where(among(TABLE.c.id, "ids"))
_BY_IDS = _ALL.where(among(TABLE.c.id, "ids")).order_by(TABLE.c.id)
_ENTRIES = (
    _ALL.where(among(TABLE.c.participant, "participants"))
    .where(among(TABLE.c.instrument, "instruments"), among(TABLE.c.diary_day, "days"))
    .where(TABLE.c.kind == RecordKind.ENTRY, TABLE.c.practice == 0)
    .order_by(TABLE.c.participant, TABLE.c.change_no)
)
_OF_INSTRUMENTS = (
    _ALL.where(among(TABLE.c.participant, "participants"))
    .where(among(TABLE.c.instrument, "instruments"))
    .where(TABLE.c.kind == RecordKind.ENTRY, TABLE.c.practice == 0)
    .order_by(TABLE.c.participant, TABLE.c.change_no)
)
_EVERY_ENTRY = (
    _ALL.where(TABLE.c.participant == shapes.given("participant"))
    .where(TABLE.c.kind == RecordKind.ENTRY, TABLE.c.practice == 0)
    .order_by(TABLE.c.change_no)
)
#: Not as `IN`, which SQLAlchemy takes apart again at every call.
_IS_OF_SCHEDULE = or_(*(TABLE.c.kind == kind for kind in sorted(SCHEDULE_RECORDS)))
_SCHEDULE = (
    _ALL.where(TABLE.c.participant == shapes.given("participant"))
    .where(TABLE.c.instrument.is_(None), TABLE.c.diary_day.is_(None), _IS_OF_SCHEDULE)
    .where(TABLE.c.code == "", TABLE.c.change_no > shapes.given("after"), TABLE.c.device != shapes.given("but_of"))
    .order_by(TABLE.c.change_no)
    .limit(shapes.given("limit"))
)
_SCHEDULE_OF = (
    _ALL.where(among(TABLE.c.participant, "participants"))
    .where(TABLE.c.instrument.is_(None), TABLE.c.diary_day.is_(None), _IS_OF_SCHEDULE)
    .where(TABLE.c.code == "")
    .order_by(TABLE.c.participant, TABLE.c.change_no)
)
_CHAIN_END = (
    select(*shapes.columns(TABLE, ChainEnd))
    .where(TABLE.c.device == shapes.given("device"))
    .order_by(TABLE.c.sequence.desc())
    .limit(1)
)
_HASH_AT = select(TABLE.c.hash).where(
    TABLE.c.device == shapes.given("device"), TABLE.c.sequence == shapes.given("sequence")
)
_MADE_AT = select(TABLE.c.captured_at).where(
    TABLE.c.device == shapes.given("device"), TABLE.c.sequence == shapes.given("sequence")
)
_HIGHEST_CHANGE = select(func.coalesce(func.max(TABLE.c.change_no), 0)).where(
    TABLE.c.participant == shapes.given("participant")
)
_OF_KIND = (
    _ALL.where(TABLE.c.participant == shapes.given("participant"), TABLE.c.kind == shapes.given("of_kind"))
    .where(TABLE.c.code == "")
    .order_by(TABLE.c.change_no)
)


_DEVICES = shapes.table("device")
#: The last entry of each chain; practice tells as much of the phone's language as any other.
_LAST_ENTRY = (
    select(TABLE.c.text)
    .where(TABLE.c.device == _DEVICES.c.device, TABLE.c.kind == RecordKind.ENTRY)
    .order_by(TABLE.c.sequence.desc())
    .limit(1)
    .scalar_subquery()
)
#: The one in use last: one that a restored database had forgotten is registered after it, and is older.
_IN_USE_LAST = (_DEVICES.c.state == DeviceState.ACTIVE, _DEVICES.c.active_from, _DEVICES.c.device)
_LAST_ENTRIES = (
    select(_DEVICES.c.participant, _LAST_ENTRY)
    .where(among(_DEVICES.c.participant, "participants"))
    .order_by(_DEVICES.c.participant, *_IN_USE_LAST)
)
_OF_KIND_OF_ALL = (
    _ALL.where(among(TABLE.c.participant, "participants"), TABLE.c.kind == shapes.given("of_kind"))
    .where(TABLE.c.instrument.is_(None), TABLE.c.diary_day.is_(None), TABLE.c.code == "")
    .order_by(TABLE.c.participant, TABLE.c.change_no)
)


def add(connection: Connection, rows: Iterable[StoredRecord]) -> None:
    """Insert records that are known to be new; the caller looked them up under the participant's lock."""
    shapes.add(connection, TABLE, rows)


def known(connection: Connection, device: str, ids: Collection[str], sequences: Collection[int]) -> list[StoredHead]:
    """Stored records with one of the ids, on any device, or one of the sequences on this device."""
    if not ids and not sequences:
        return []
    return shapes.read(connection, _KNOWN, StoredHead, device=device, ids=list(ids), sequences=list(sequences))


def with_ids(connection: Connection, ids: Iterable[str]) -> list[StoredHead]:
    """Stored records with one of the ids, on any device."""
    return [row for some in shapes.chunks(ids) for row in shapes.read(connection, _WITH_IDS, StoredHead, ids=some)]


def refused_as(connection: Connection, participants: Collection[str], code: str) -> dict[str, list[StoredRecord]]:
    """Entries of these participants on which the gate said that, by participant, in the order in which they came."""
    found: dict[str, list[StoredRecord]] = {}
    for some in shapes.chunks(participants):
        statement = _ALL.where(TABLE.c.participant.in_(some), TABLE.c.code == code, TABLE.c.kind == RecordKind.ENTRY)
        for row in shapes.read(connection, statement.order_by(TABLE.c.change_no), StoredRecord):
            found.setdefault(row.participant, []).append(row)
    return found


def by_ids(connection: Connection, ids: Iterable[str]) -> list[StoredRecord]:
    """Whole records by id; those that are not there are absent."""
    return [row for some in shapes.chunks(ids) for row in shapes.read(connection, _BY_IDS, StoredRecord, ids=some)]


def entries(
    connection: Connection, participants: Collection[str], instruments: Collection[str], days: Collection[date]
) -> list[StoredRecord]:
    """Entries for these diary days that are not practice, accepted or not, in the order in which they came."""
    return shapes.read(
        connection, _ENTRIES, StoredRecord,
        participants=list(participants), instruments=list(instruments), days=list(days),
    )  # fmt: skip


def entries_of_instruments(
    connection: Connection, participants: Collection[str], instruments: Collection[str]
) -> list[StoredRecord]:
    """Every entry of these questionnaires that is not practice, accepted or not, in the order in which they came."""
    return shapes.read(
        connection, _OF_INSTRUMENTS, StoredRecord, participants=list(participants), instruments=list(instruments)
    )


def every_entry(connection: Connection, participant: str) -> list[StoredRecord]:
    """Every entry of one participant that is not practice, accepted or not, in the order in which they came."""
    return shapes.read(connection, _EVERY_ENTRY, StoredRecord, participant=participant)


def accepted_entries(connection: Connection, participant: str) -> list[StoredRecord]:
    """Those of them that were accepted."""
    return [row for row in every_entry(connection, participant) if not row.code]


def schedule_records(
    connection: Connection, participant: str, *, after: int = 0, limit: int = NO_LIMIT, but_of: str = ""
) -> list[StoredRecord]:
    """Accepted zone, choice and training records by change number, those of one device left out."""
    return shapes.read(
        connection, _SCHEDULE, StoredRecord, participant=participant, after=after, limit=limit, but_of=but_of
    )


def schedule_records_of(connection: Connection, participants: Collection[str]) -> list[StoredRecord]:
    """The same of several participants, each one's by change number."""
    return shapes.read(connection, _SCHEDULE_OF, StoredRecord, participants=list(participants))


def of_kind(connection: Connection, participant: str, kind: RecordKind) -> list[StoredRecord]:
    """Accepted records of one kind by change number."""
    return shapes.read(connection, _OF_KIND, StoredRecord, participant=participant, of_kind=kind)


def of_participant(connection: Connection, participant: str) -> list[StoredRecord]:
    """Every record of one participant, accepted or not, by change number."""
    statement = _ALL.where(TABLE.c.participant == participant).order_by(TABLE.c.change_no)
    return shapes.read(connection, statement, StoredRecord)


def every(connection: Connection) -> Iterator[StoredRecord]:
    """All records, one device's chain after the other."""
    return shapes.stream(connection, _ALL.order_by(TABLE.c.device, TABLE.c.sequence), StoredRecord)


def of_kind_of_all(connection: Connection, participants: Collection[str], kind: RecordKind) -> list[StoredRecord]:
    """The same of several participants; for kinds that name neither instrument nor day."""
    return shapes.read(connection, _OF_KIND_OF_ALL, StoredRecord, participants=list(participants), of_kind=kind)


def last_entries(connection: Connection, participants: Collection[str]) -> dict[str, str]:
    """The text of each participant's last entry on the phone in use, else on the newest that has made one."""
    rows = ready.rows(connection, _LAST_ENTRIES, {"participants": list(participants)})
    return {str(row[0]): str(row[1]) for row in rows if row[1] is not None}


def chain_end(connection: Connection, device: str) -> ChainEnd | None:
    """The head of a device's chain as stored."""
    return shapes.first(connection, _CHAIN_END, ChainEnd, device=device)


def hash_at(connection: Connection, device: str, sequence: int) -> str | None:
    """The stored hash at one place of a device's chain."""
    return next(iter(shapes.column(connection, _HASH_AT, device=device, sequence=sequence)), None)


def made_at(connection: Connection, device: str, sequence: int) -> datetime | None:
    """When the record at one place of a device's chain says that it was made; None where it does not, or is not."""
    return next(iter(shapes.column(connection, _MADE_AT, device=device, sequence=sequence)), None)


def highest_change(connection: Connection, participant: str) -> int:
    """The last change number that one of the participant's records took; 0 when there is none."""
    (highest,) = shapes.column(connection, _HIGHEST_CHANGE, participant=participant)
    return int(highest)
