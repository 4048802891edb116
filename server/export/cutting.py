"""What was known at a moment, as facts: which rows belong to a cut, and what their canonical form hashes to.

A row belongs to a cut when the server had it by then. On a chain everything before it must have been there, too: where
the server's clock was set back, what follows the first later row is left out with it.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, select

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.backup.rows import TableShape
from server.db.columns import to_milliseconds
from server.db.engine import is_sqlite
from server.db.tables import FACT_TABLES, METADATA

#: A transaction that has begun is over by then, so nothing can still appear in what a cut has read.
BEHIND = timedelta(seconds=60)
_AT_ONCE = 1000


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
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_portable).encode

    def begin(self, of: CutTable) -> None:
        """From here rows of this table follow."""
        self.rows[of.name] = 0
        self._hash.update(f"{of.name} {' '.join(of.canonical)}\n".encode())

    def take(self, of: CutTable, rows: Sequence[Mapping[str, Any]]) -> None:
        """The next rows, by primary key; columns as they are stored."""
        self.rows[of.name] += len(rows)
        for row in rows:
            self._hash.update(self._encode([row[name] for name in of.canonical]).encode())
            self._hash.update(b"\n")

    @property
    def sha256(self) -> str:
        """Of everything so far."""
        return self._hash.hexdigest()


def rows_until(connection: Connection, of: CutTable, at: datetime) -> Iterator[list[dict[str, Any]]]:
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
        for some in found.mappings().partitions(_AT_ONCE):
            rows = [{**row, **of.blanked} if of.blanked else dict(row) for row in some]
            yield [row for row in rows if not overtaken or _belongs(row, of, overtaken)]


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


def _belongs(row: Mapping[str, Any], of: CutTable, overtaken: Mapping[str, int]) -> bool:
    first = overtaken.get(str(row[of.chain or ""]))
    return first is None or int(row["sequence"]) < first


def _portable(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return b64encode(value).decode()
