"""What was known at a moment, as facts: which rows belong to a cut, and what their canonical form hashes to.

A row belongs to a cut when the server had it by then. On a chain everything before it must have been there, too: where
the server's clock was set back, what follows the first later row is left out with it.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Table, func, select

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.backup.rows import Kind, TableShape
from server.db.columns import to_milliseconds
from server.db.engine import is_sqlite
from server.db.tables import FACT_TABLES, METADATA

#: A transaction that has begun is over by then, so nothing can still appear in what a cut has read.
BEHIND = timedelta(seconds=60)
_AT_ONCE = 1000
#: A row of a table of facts: its columns in their order, as they are stored.
Row = Sequence[Any]


@dataclass(frozen=True)
class CutTable:
    """How the rows of one table of facts are cut.

    `received`: the column that says when the server had a row. `canonical`: the columns that the content hash covers,
    frozen for good, so that a later release comes to the same hash. `blanked`: what no export may hold. `chain`: the
    column that says whose chain a row is on.
    """

    name: str
    received: str
    canonical: tuple[str, ...]
    chain: str | None = None
    blanked: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def shape(self) -> TableShape:
        """Its columns."""
        return TableShape.of(METADATA.tables[self.name])

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns."""
        return tuple(one.name for one in self.shape.columns)


TABLES = (
    CutTable(
        "activation",
        "activated_at",
        ("device", "participant", "activated_at", "predecessor"),
        blanked={"code_hash": None},
    ),
    CutTable("chain_anchor", "at", ("id", "at", "heads_sha256", "heads", "previous")),
    CutTable("chain_head", "at", ("anchor", "kind", "chain", "at", "sequence", "hash")),
    CutTable(
        "contact",
        "received_at",
        (
            "id", "participant", "device", "received_at", "device_clock", "pending", "head_sequence", "head_hash",
            "complete", "flags",
        ),
    ),
    CutTable(
        "participant_fact",
        "at",
        ("id", "participant", "sequence", "kind", "at", "author", "body", "previous", "hash", "revision"),
        chain="participant",
    ),
    CutTable(
        "quarantine",
        "received_at",
        ("id", "participant", "device", "received_at", "code", "sha256", "data", "change_no"),
    ),
    CutTable(
        "record",
        "received_at",
        ("id", "participant", "device", "sequence", "previous", "hash", "text", "received_at", "change_no", "code"),
        chain="device",
    ),
    CutTable(
        "reminder_event",
        "at",
        (
            "participant", "instrument", "diary_day", "number", "sequence", "at", "kind", "channel", "code", "receipt",
            "due_at", "until", "next_at",
        ),
    ),
    CutTable(
        "site_fact",
        "at",
        ("id", "site", "sequence", "kind", "at", "author", "body", "previous", "hash"),
        chain="site",
    ),
    CutTable("study_version", "added_at", ("sha256", "study", "version", "text", "added_at")),
)  # fmt: skip
assert {one.name for one in TABLES} == {str(row.__tablename__) for row in FACT_TABLES}


def require_past(at: datetime, now: datetime) -> None:
    """Raises `CommandRefused` (cut_in_future) for a moment after which something could still appear before it."""
    if at > now - BEHIND:
        raise CommandRefused(
            Code.CUT_IN_FUTURE,
            "A cut at {at} could still change: it is now {now}.",
            "Choose a moment at least one minute ago, or leave it empty for now.",
            at=format_utc(at),
            now=format_utc(now),
        )


def newest_moment(now: datetime) -> datetime:
    """The latest moment at which a cut can be taken, in whole seconds (UTC)."""
    return (now - BEHIND).astimezone(UTC).replace(microsecond=0)


class ContentHash:
    """SHA-256 over the canonical rows of every table, one table after the other."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._hash = hashlib.sha256()
        self._pick: Callable[[Row], Row] = tuple
        self._in_bytes: list[int] = []

    def begin(self, of: CutTable) -> None:
        """From here rows of this table follow."""
        self.rows[of.name], names = 0, of.names
        self._pick = itemgetter(*(names.index(name) for name in of.canonical))
        self._in_bytes = [of.canonical.index(one.name) for one in of.shape.columns if one.kind is Kind.BYTES]
        self._hash.update(f"{of.name} {' '.join(of.canonical)}\n".encode())

    def take(self, of: CutTable, rows: Sequence[Row]) -> None:
        """The next rows, by primary key."""
        self.rows[of.name] += len(rows)
        picked = map(self._pick, rows)
        self._hash.update(b"".join([to_json(self._portable(row)) + b"\n" for row in picked]))

    def _portable(self, row: Row) -> Row:
        """JSON has no form for bytes that everybody shares."""
        if not self._in_bytes:
            return row
        return [b64encode(value).decode() if at in self._in_bytes else value for at, value in enumerate(row)]

    @property
    def sha256(self) -> str:
        """Of everything so far."""
        return self._hash.hexdigest()


def rows_until(connection: Connection, of: CutTable, at: datetime) -> Iterator[Sequence[Row]]:
    """The rows that belong to the cut, by primary key in the order of its bytes, some at a time.

    Columns are as they are stored: moments in milliseconds since 1970. What no export may hold is blanked.
    """
    source = of.shape.clause()
    collation = None if is_sqlite(connection) else "C"
    kinds = {one.name: one.kind for one in of.shape.columns}
    order = [
        source.c[name].collate(collation) if collation and kinds[name] == "text" else source.c[name]
        for name in of.shape.key
    ]
    wanted = select(source).where(source.c[of.received] <= to_milliseconds(at)).order_by(*order)
    overtaken = _overtaken(connection, of, source, at)
    with connection.execute(wanted, execution_options={"yield_per": _AT_ONCE}) as found:
        for some in found.partitions(_AT_ONCE):
            rows = [row for row in some if _belongs(row, of, overtaken)] if overtaken else some
            yield [_blanked(row, of) for row in rows] if of.blanked else rows


def _overtaken(connection: Connection, of: CutTable, source: Table, at: datetime) -> dict[str, int]:
    """For chains that go on before the cut after a row behind it: from which place they are left out."""
    if of.chain is None:
        return {}
    chain, place, moment = source.c[of.chain], source.c.sequence, to_milliseconds(at)
    later = (
        select(chain.label("chain"), func.min(place).label("first"))
        .where(source.c[of.received] > moment)
        .group_by(chain)
        .subquery()
    )
    there = source.alias()
    goes_on = (there.c[of.chain] == later.c.chain) & (there.c.sequence > later.c.first)
    goes_on &= there.c[of.received] <= moment
    statement = select(later.c.chain, later.c.first).join(there, goes_on).distinct()
    return {str(name): int(first) for name, first in connection.execute(statement)}


def _belongs(row: Any, of: CutTable, overtaken: Mapping[str, int]) -> bool:
    first = overtaken.get(str(getattr(row, of.chain or "")))
    return first is None or int(row.sequence) < first


def _blanked(row: Row, of: CutTable) -> Row:
    return [of.blanked.get(name, value) for name, value in zip(of.names, row, strict=True)]
