"""Everything that was received and does not count, with how it is settled: what joined no chain, and refused entries.

What was made after consent was withdrawn is sealed and not among it, unless the withdrawal was revoked.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select
from sqlalchemy import literal as constant

from diary_app.core.errors import Code
from diary_app.core.records import RecordKind, record_in
from diary_app.core.staff_acts import Outcome
from server.db import quarantine, records, settlements, shapes

_ASIDE, _RECORD = quarantine.TABLE, records.TABLE
_OF_RECORD = settlements.TABLE.alias()
_SETTLEMENT, _PARTICIPANT = settlements.TABLE, shapes.table("participant")


@dataclass(frozen=True, slots=True)
class SetAside:
    """One of them, without what is in it. `record`: the id of the record that it is; None for text that is none.

    `on_chain`: an entry that its chain holds and the gate refused. `joined`: its chain has it by now, so it counts or
    not as that record does. `settled_instrument` and `settled_day`: what its settlement names. `kind`: of a record
    that names no day, which one it is.
    """

    id: str
    participant: str
    site: str
    device: str
    received_at: datetime
    code: str
    sha256: str
    size: int
    record: str | None
    instrument: str | None
    diary_day: date | None
    on_chain: bool
    joined: bool
    outcome: str | None
    settled_instrument: str | None
    settled_day: date | None
    settlement: str | None
    kind: str | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody has to look at it."""
        return self.outcome is None and not self.joined


_REFUSED_ENTRY = and_(
    _RECORD.c.kind == RecordKind.ENTRY.value,
    _RECORD.c.practice == 0,
    _RECORD.c.code != "",
    or_(_RECORD.c.code != Code.AFTER_WITHDRAWAL.value, exists().where(_OF_RECORD.c.item == _RECORD.c.id)),
)
_SETTLED = (_SETTLEMENT.c.outcome, _SETTLEMENT.c.instrument, _SETTLEMENT.c.diary_day, _SETTLEMENT.c.fact)
_NOT_JOINED = quarantine.NOT_JOINED
_NAMES_NO_DAY = _ASIDE.c.claimed_id.is_not(None) & _ASIDE.c.diary_day.is_(None)
_OFF_CHAINS = (
    select(
        _ASIDE.c.id, _ASIDE.c.participant, _PARTICIPANT.c.site, _ASIDE.c.device, _ASIDE.c.received_at, _ASIDE.c.code,
        _ASIDE.c.sha256, func.length(_ASIDE.c.data), _ASIDE.c.claimed_id, _ASIDE.c.instrument, _ASIDE.c.diary_day,
        constant(0), ~_NOT_JOINED, *_SETTLED, case((_NAMES_NO_DAY, _ASIDE.c.data)),
    )
    .join(_PARTICIPANT, _PARTICIPANT.c.id == _ASIDE.c.participant)
    .outerjoin(_SETTLEMENT, _SETTLEMENT.c.item == _ASIDE.c.id)
)  # fmt: skip
_ON_CHAINS = (
    select(
        _RECORD.c.id, _RECORD.c.participant, _PARTICIPANT.c.site, _RECORD.c.device, _RECORD.c.received_at,
        _RECORD.c.code, _RECORD.c.hash, _RECORD.c.text, _RECORD.c.id, _RECORD.c.instrument, _RECORD.c.diary_day,
        constant(1), constant(0), *_SETTLED,
    )
    .join(_PARTICIPANT, _PARTICIPANT.c.id == _RECORD.c.participant)
    .outerjoin(_SETTLEMENT, _SETTLEMENT.c.item == _RECORD.c.id)
    .where(_REFUSED_ENTRY)
)  # fmt: skip


def at(connection: Connection, sites: Collection[str], participant: str | None = None) -> list[SetAside]:
    """Everything at these sites, settled or not, by participant and in the order in which it came."""
    wanted: list[ColumnElement[bool]] = [_PARTICIPANT.c.site.in_(sites)]
    if participant is not None:
        wanted.append(_PARTICIPANT.c.id == participant)
    found = [*_read(connection, _OFF_CHAINS.where(*wanted)), *_read(connection, _ON_CHAINS.where(*wanted))]
    return sorted(found, key=lambda one: (one.participant, one.received_at, one.id))


def count(connection: Connection, sites: Collection[str] | None) -> int:
    """How many of them there are at these sites, or everywhere."""
    theirs = constant(value=True) if sites is None else _PARTICIPANT.c.site.in_(sites)
    found = (select(func.count()).select_from(one.where(theirs).subquery()) for one in (_OFF_CHAINS, _ON_CHAINS))
    return sum(int(connection.execute(statement).scalar_one()) for statement in found)


def participants(connection: Connection) -> frozenset[str]:
    """Everybody of whom there is one, asked for all at once: most have none."""
    found = (select(one.subquery().c.participant).distinct() for one in (_OFF_CHAINS, _ON_CHAINS))
    return frozenset(str(name) for statement in found for name in connection.scalars(statement))


def one(connection: Connection, item: str) -> SetAside | None:
    """By id."""
    found = [
        *_read(connection, _OFF_CHAINS.where(_ASIDE.c.id == item)),
        *_read(connection, _ON_CHAINS.where(_RECORD.c.id == item)),
    ]
    return found[0] if found else None


def data_of(connection: Connection, item: str) -> bytes | None:
    """What was received, verbatim; None when there is no such thing."""
    aside = connection.execute(select(_ASIDE.c.data).where(_ASIDE.c.id == item)).scalar_one_or_none()
    if aside is not None:
        return bytes(aside)
    text = connection.execute(select(_RECORD.c.text).where(_RECORD.c.id == item, _REFUSED_ENTRY)).scalar_one_or_none()
    return None if text is None else str(text).encode()


def is_accepted(connection: Connection, record: str) -> bool:
    """Whether something under that record id counts already without its chain."""
    accepted = and_(_SETTLEMENT.c.item == _ASIDE.c.id, _SETTLEMENT.c.outcome == Outcome.ACCEPTED.value)
    there: ColumnElement[bool] = exists().where(_ASIDE.c.claimed_id == record, accepted)
    return bool(connection.execute(select(there)).scalar_one())


def _read(connection: Connection, statement: Select[Any]) -> list[SetAside]:
    return [_plain(SetAside(*row)) for row in connection.execute(statement)]


def _plain(row: SetAside) -> SetAside:
    """Of a record's text, which both databases count differently, the bytes are counted here; its kind is read."""
    size: Any = row.size
    size = len(size.encode()) if isinstance(size, str) else size
    kind: Any = row.kind
    record = record_in(bytes(kind)) if kind is not None else None
    kind = record.kind if record is not None else None
    return replace(row, size=size, on_chain=bool(row.on_chain), joined=bool(row.joined), kind=kind)
