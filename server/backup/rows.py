"""Rows of any table in one portable form: a JSON array a line, by primary key, the same bytes from both databases.

Moments stay whole milliseconds since 1970, as they are stored; days are ISO dates, bytes are base64.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    BigInteger,
    Connection,
    Date,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    column,
    insert,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from server.db.engine import is_sqlite
from server.db.tables import ERASABLE_TABLES, FACT_TABLES, METADATA

AT_ONCE = 1000
#: Whoever holds a log-in or an invitation, or has tried too often, begins anew after a restore.
PASSING = frozenset({"session", "attempt", "invitation"})


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    DATE = "date"
    BYTES = "bytes"


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(), Kind.INTEGER: BigInteger(), Kind.DATE: Date(), Kind.BYTES: LargeBinary(),
}  # fmt: skip


class ColumnShape(BaseModel):
    """One column of a table."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind


class TableShape(BaseModel):
    """One table as a backup has it, which may be of an earlier schema than this code's."""

    model_config = ConfigDict(frozen=True)

    name: str
    columns: tuple[ColumnShape, ...]
    key: tuple[str, ...]

    @classmethod
    def of(cls, source: Table) -> Self:
        """As this code's schema has it."""
        return cls(
            name=source.name,
            columns=tuple(ColumnShape(name=one.name, kind=kind_of(one.type)) for one in source.columns),
            key=tuple(one.name for one in source.primary_key),
        )

    def clause(self) -> Any:
        """For statements; every value as it is stored."""
        return table(self.name, *(column(one.name, _TYPES[one.kind]) for one in self.columns))


def kept_tables() -> tuple[TableShape, ...]:
    """What goes into a backup: every fact, and what cannot be computed again. Working tables are rebuilt."""
    names = [str(row.__tablename__) for row in ERASABLE_TABLES]
    return (*fact_tables(), *(TableShape.of(METADATA.tables[name]) for name in names if name not in PASSING))


def fact_tables() -> tuple[TableShape, ...]:
    """The facts alone."""
    return tuple(TableShape.of(METADATA.tables[str(row.__tablename__)]) for row in FACT_TABLES)


def kind_of(stored: TypeEngine[Any]) -> Kind:
    """Raises TypeError for a type that the portable form has no place for yet."""
    plain = stored.impl_instance if isinstance(stored, TypeDecorator) else stored
    match plain:
        case String():
            return Kind.TEXT
        case Integer():
            return Kind.INTEGER
        case Date():
            return Kind.DATE
        case LargeBinary():
            return Kind.BYTES
    raise TypeError(f"a backup cannot hold {stored!r}")


def lines(connection: Connection, shape: TableShape) -> Iterator[bytes]:
    """Every row, by primary key in the order of its bytes; only a few are in memory at a time."""
    source = shape.clause()
    collation = None if is_sqlite(connection) else "C"
    texts = {one.name for one in shape.columns if one.kind is Kind.TEXT}
    order = [source.c[name].collate(collation) if collation and name in texts else source.c[name] for name in shape.key]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_portable).encode
    with connection.execute(select(source).order_by(*order), execution_options={"yield_per": AT_ONCE}) as found:
        for row in found:
            yield encode(tuple(row)).encode() + b"\n"


def insert_lines(connection: Connection, shape: TableShape, given: Iterable[bytes]) -> None:
    """Add every row. Raises ValueError for a line that is not one of this table's."""
    target = shape.clause()
    statement = insert(target).values({one.name: bindparam(one.name) for one in shape.columns})
    batch: list[dict[str, Any]] = []
    for line in given:
        batch.append(_values(shape.columns, line))
        if len(batch) == AT_ONCE:
            connection.execute(statement, batch)
            batch = []
    if batch:
        connection.execute(statement, batch)


def _values(columns: Sequence[ColumnShape], line: bytes) -> dict[str, Any]:
    values = json.loads(line)
    return {one.name: _stored(one.kind, value) for one, value in zip(columns, values, strict=True)}


def _stored(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.BYTES:
            return b64decode(value, validate=True)
    return value


def _portable(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return b64encode(value).decode()
