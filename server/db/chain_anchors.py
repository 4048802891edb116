"""Chain anchors: one hash over the heads of all chains, taken every hour, with the heads that had moved since.

Their order is the one that they state, each naming the one before. Their times say when, and a clock can be set back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, literal, literal_column, select, union_all

from diary_app.core.records import GENESIS
from server.db import ready, shapes, state

TABLE = shapes.table("chain_anchor")
_HEAD = shapes.table("chain_head")
_SITE_FACT = shapes.table("site_fact")
_PARTICIPANT_FACT = shapes.table("participant_fact")
_PARTICIPANT = shapes.table("participant")
_DEVICE = shapes.table("device")
_RECORD = shapes.table("record")
_TURN = "chain_anchor"


@dataclass(frozen=True, slots=True)
class ChainAnchor:
    """A row of `chain_anchor`."""

    id: str
    at: datetime
    heads_sha256: str
    heads: int
    previous: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one chain. `kind`: device, participant or site, whose chain it is."""

    kind: str
    chain: str
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class _HeadRow:
    anchor: str
    kind: str
    chain: str
    at: datetime
    sequence: int
    hash: str


_ANCHORS = select(*shapes.columns(TABLE, ChainAnchor)).order_by(TABLE.c.at, TABLE.c.id)
_NEXT = TABLE.alias("next_anchor")
_IS_LAST = ~exists().where(_NEXT.c.previous == TABLE.c.heads_sha256)
_LAST = (
    select(*shapes.columns(TABLE, ChainAnchor)).where(_IS_LAST).order_by(TABLE.c.at.desc(), TABLE.c.id.desc()).limit(1)
)
_SEEN = select(*shapes.columns(_HEAD, Head))


def _last_seen() -> Select[Any]:
    newest = (
        select(_HEAD.c.kind, _HEAD.c.chain, func.max(_HEAD.c.sequence).label("end"))
        .group_by(_HEAD.c.kind, _HEAD.c.chain)
        .subquery()
    )
    same = (newest.c.kind == _HEAD.c.kind) & (newest.c.chain == _HEAD.c.chain) & (newest.c.end == _HEAD.c.sequence)
    return _SEEN.join(newest, same)


def _site_heads() -> Select[Any]:
    ends = (
        select(_SITE_FACT.c.site, func.max(_SITE_FACT.c.sequence).label("end")).group_by(_SITE_FACT.c.site).subquery()
    )
    is_end = (ends.c.site == _SITE_FACT.c.site) & (ends.c.end == _SITE_FACT.c.sequence)
    return select(literal("site"), _SITE_FACT.c.site, _SITE_FACT.c.sequence, _SITE_FACT.c.hash).join(ends, is_end)


_LAST_SEEN = _last_seen()
#: By kind, in order.
_HEADS_OF = (
    select(literal("device"), _DEVICE.c.device, _DEVICE.c.have_sequence, _DEVICE.c.have_hash),
    select(literal("participant"), _PARTICIPANT.c.id, _PARTICIPANT.c.fact_sequence, _PARTICIPANT.c.fact_hash),
    _site_heads(),
)
_HEADS = union_all(*_HEADS_OF)
_AT_A_TIME = {"yield_per": 1000}


def take_turn(connection: Connection) -> None:
    """One anchor after the other: until the transaction ends, no other process adds one."""
    state.value_or_first(connection, _TURN, "")


def add(connection: Connection, row: ChainAnchor, moved: Iterable[Head]) -> None:
    """Insert the next one with the heads that had moved."""
    shapes.add(connection, TABLE, [row])
    shapes.add(
        connection, _HEAD, [_HeadRow(row.id, one.kind, one.chain, row.at, one.sequence, one.hash) for one in moved]
    )


def last(connection: Connection) -> ChainAnchor | None:
    """The one that no other names as the one before it."""
    return shapes.first(connection, _LAST, ChainAnchor)


def every(connection: Connection) -> list[ChainAnchor]:
    """All: first those that follow from the first one, in order, then by time any that nothing leads to."""
    unplaced = {anchor.id: anchor for anchor in shapes.read(connection, _ANCHORS, ChainAnchor)}
    following: dict[str, list[ChainAnchor]] = defaultdict(list)
    for anchor in unplaced.values():
        following[anchor.previous].append(anchor)
    placed, here = [], GENESIS
    while following[here]:
        anchor = following[here].pop(0)
        placed.append(unplaced.pop(anchor.id))
        here = anchor.heads_sha256
    return placed + list(unplaced.values())


def seen_by(connection: Connection, anchor: str) -> list[Head]:
    """The heads that had moved when that anchor was taken."""
    return shapes.read(connection, _SEEN.where(_HEAD.c.anchor == anchor), Head)


def last_seen(connection: Connection) -> list[Head]:
    """The furthest head of each chain that an anchor saw; chains only grow."""
    return shapes.read(connection, _LAST_SEEN, Head)


def heads(connection: Connection) -> list[Head]:
    """The heads of all chains as they are now, by kind and name."""
    found = [Head(*row) for row in ready.rows(connection, _HEADS, {})]
    return sorted(found, key=lambda head: (head.kind, head.chain))


def each_head(connection: Connection) -> Iterator[Head]:
    """The same one after the other, of a SQLite database: its texts sort by their bytes, and memory holds a few."""
    for statement in _HEADS_OF:
        for row in connection.execute(statement.order_by(literal_column("2")), execution_options=_AT_A_TIME):
            yield Head(*row)


def no_longer_there(connection: Connection) -> Iterator[Head]:
    """Heads that an anchor saw and that are not in their chains, or not as they were."""
    chains = (
        ("device", _RECORD, _RECORD.c.device),
        ("participant", _PARTICIPANT_FACT, _PARTICIPANT_FACT.c.participant),
        ("site", _SITE_FACT, _SITE_FACT.c.site),
    )
    for kind, table, name in chains:
        there = (name == _HEAD.c.chain) & (table.c.sequence == _HEAD.c.sequence) & (table.c.hash == _HEAD.c.hash)
        lost = _SEEN.outerjoin(table, there).where(_HEAD.c.kind == kind, table.c.id.is_(None))
        lost = lost.where((_HEAD.c.sequence > 0) | (_HEAD.c.hash != GENESIS))
        yield from shapes.read(connection, lost.order_by(_HEAD.c.chain, _HEAD.c.sequence), Head)
