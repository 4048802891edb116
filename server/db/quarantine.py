"""Bytes that arrived authenticated and could not join a chain; nothing here is ever dropped.

A row whose bytes joined the chain later (the gap before them was filled) has a record of the same hash, and counts
no more. An envelope that could not be opened raises no doubt of its own: its phone goes on holding the record, and no
contact is complete before it has come. What staff settled waits no more; assigned, it may be the entry of that one day.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from diary_app.core.errors import Code
from diary_app.core.staff_acts import Outcome
from server.db import settlements, shapes
from server.db.among import among

TABLE = shapes.table("quarantine")
_RECORD = shapes.table("record")
_SETTLEMENT = settlements.TABLE


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row of `quarantine`; `sha256` is the hash that its receipt names."""

    id: str
    participant: str
    device: str
    received_at: datetime
    code: str
    sha256: str
    data: bytes
    claimed_id: str | None
    claimed_sequence: int | None
    instrument: str | None
    diary_day: date | None
    change_no: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a row may be about. `data`: only of a record that names no day, as it may be no entry at all."""

    participant: str
    device: str
    received_at: datetime
    instrument: str | None
    diary_day: date | None
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry that counts although it could not join a chain."""

    participant: str
    received_at: datetime
    change_no: int
    data: bytes
    sha256: str
    claimed_id: str
    on_time_until: datetime | None


_ALL = select(*shapes.columns(TABLE, Quarantined))
_JOINED = exists().where(
    _RECORD.c.device == TABLE.c.device,
    _RECORD.c.sequence == TABLE.c.claimed_sequence,
    _RECORD.c.hash == TABLE.c.sha256,
)
_HELD = _ALL.where(TABLE.c.device == shapes.given("device"), among(TABLE.c.sha256, "hashes"))
_HELD_OF = _ALL.where(among(TABLE.c.device, "devices"), among(TABLE.c.sha256, "hashes"))
_IS_SETTLED = exists().where(_SETTLEMENT.c.item == TABLE.c.id)
NOT_JOINED = ~_JOINED
WAITS = NOT_JOINED & ~_IS_SETTLED
_WAITING = (among(TABLE.c.participant, "participants"), WAITS)
_ORDER = (TABLE.c.participant, TABLE.c.change_no)
_UNRESOLVED = _ALL.where(*_WAITING).order_by(*_ORDER)
_IS_OPEN = _SETTLEMENT.c.item.is_(None)
_MAY_BE_NO_ENTRY = _IS_OPEN & TABLE.c.diary_day.is_(None) & TABLE.c.claimed_id.is_not(None)
_RAISES_DOUBT = or_(
    and_(_IS_OPEN, TABLE.c.code != Code.ENVELOPE_UNREADABLE.value), _SETTLEMENT.c.outcome == Outcome.ASSIGNED.value
)
_WITH_SETTLEMENT = TABLE.outerjoin(_SETTLEMENT, _SETTLEMENT.c.item == TABLE.c.id)
_DOUBTS = (
    select(
        TABLE.c.participant,
        TABLE.c.device,
        TABLE.c.received_at,
        func.coalesce(_SETTLEMENT.c.instrument, TABLE.c.instrument),
        func.coalesce(_SETTLEMENT.c.diary_day, TABLE.c.diary_day),
        case((_MAY_BE_NO_ENTRY, TABLE.c.data)),
    )
    .select_from(_WITH_SETTLEMENT)
    .where(among(TABLE.c.participant, "participants"), NOT_JOINED, _RAISES_DOUBT)
    .order_by(*_ORDER)
)
_ACCEPTED = (
    select(
        *(TABLE.c[name] for name in ("participant", "received_at", "change_no", "data", "sha256", "claimed_id")),
        _SETTLEMENT.c.on_time_until,
    )
    .select_from(_WITH_SETTLEMENT)
    .where(among(TABLE.c.participant, "participants"))
    .where(_SETTLEMENT.c.outcome == Outcome.ACCEPTED.value, _SETTLEMENT.c.diary_day.is_not(None))
    .order_by(*_ORDER)
)
_CLAIMING = (
    select(TABLE.c.data)
    .where(TABLE.c.participant == shapes.given("participant"), among(TABLE.c.claimed_id, "ids"))
    .order_by(TABLE.c.change_no)
)
_HIGHEST_CHANGE = select(func.coalesce(func.max(TABLE.c.change_no), 0)).where(
    TABLE.c.participant == shapes.given("participant")
)


def add(connection: Connection, rows: Iterable[Quarantined]) -> None:
    """Insert rows that `held` did not find."""
    shapes.add(connection, TABLE, rows)


def held(connection: Connection, device: str, hashes: Collection[str]) -> dict[str, Quarantined]:
    """By hash, what is held of these already."""
    if not hashes:
        return {}
    return {row.sha256: row for row in shapes.read(connection, _HELD, Quarantined, device=device, hashes=list(hashes))}


def held_of(connection: Connection, devices: Collection[str], hashes: Iterable[str]) -> list[Quarantined]:
    """What is held of these already, whichever of the devices sent it."""
    return [
        row
        for some in shapes.chunks(hashes)
        for row in shapes.read(connection, _HELD_OF, Quarantined, devices=list(devices), hashes=some)
    ]


def unresolved(connection: Connection, participants: Collection[str]) -> list[Quarantined]:
    """What still waits for somebody to look at it."""
    return shapes.read(connection, _UNRESOLVED, Quarantined, participants=list(participants))


def claiming(connection: Connection, participant: str, ids: Iterable[str]) -> list[bytes]:
    """What came of one participant under these record ids, settled or not."""
    return [
        bytes(data)
        for some in shapes.chunks(ids)
        for data in shapes.column(connection, _CLAIMING, participant=participant, ids=some)
    ]


def doubts(connection: Connection, participants: Collection[str]) -> list[Doubt]:
    """The same as far as grading needs it: what cannot be read may be large, and says nothing."""
    return shapes.read(connection, _DOUBTS, Doubt, participants=list(participants))


def accepted(connection: Connection, participants: Collection[str]) -> list[Accepted]:
    """Entries that an investigator accepted, whether or not their chain has them by now; only they have a day."""
    return shapes.read(connection, _ACCEPTED, Accepted, participants=list(participants))


def count_unresolved(connection: Connection, device: str) -> int:
    """How much of one installation waits."""
    statement = select(func.count()).select_from(TABLE).where(TABLE.c.device == device, WAITS)
    return int(connection.execute(statement).scalar_one())


def count_all_unresolved(connection: Connection) -> int:
    """How much waits altogether."""
    return int(connection.execute(select(func.count()).select_from(TABLE).where(WAITS)).scalar_one())


def highest_change(connection: Connection, participant: str) -> int:
    """The last change number that one of the participant's rows took; 0 when there is none."""
    (highest,) = shapes.column(connection, _HIGHEST_CHANGE, participant=participant)
    return int(highest)
