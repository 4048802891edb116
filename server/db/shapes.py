"""Rows as small frozen values: a dataclass names the columns it needs, and is read and written by those names.

Rows of `tables.py` describe the schema; building one costs ten times as much as one of these.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Connection, Insert, Select, Table, bindparam, insert

from server.db.tables import METADATA

Shape = TypeVar("Shape")
CHUNK = 500
_AT_A_TIME = 1000


def table(name: str) -> Table:
    """The table of that name."""
    return METADATA.tables[name]


def columns(of: Table, shape: type) -> list[Column[Any]]:
    """The columns that a shape needs, in its order."""
    return [of.c[field.name] for field in fields(shape)]


def given(name: str) -> BindParameter[Any]:
    """A value given each time the statement runs; statements are built once, as building costs more than running."""
    return bindparam(name)


def any_given(name: str) -> BindParameter[Any]:
    """The same for `IN`: any number of values."""
    return bindparam(name, expanding=True)


def read(connection: Connection, statement: Select[Any], shape: type[Shape], **values: Any) -> list[Shape]:
    """All rows; the statement selects `columns(table, shape)`."""
    return [shape(*row) for row in connection.execute(statement, values).all()]


def stream(connection: Connection, statement: Select[Any], shape: type[Shape]) -> Iterator[Shape]:
    """The same row by row, with a few of them in memory at a time."""
    for row in connection.execute(statement.execution_options(yield_per=_AT_A_TIME)):
        yield shape(*row)


def first(connection: Connection, statement: Select[Any], shape: type[Shape], **values: Any) -> Shape | None:
    """The only row, or None."""
    row = connection.execute(statement, values).first()
    return None if row is None else shape(*row)


def written(row: Any) -> dict[str, Any]:
    """A shape as column values."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def add(connection: Connection, to: Table, rows: Iterable[Any]) -> None:
    """Insert all; nothing happens for no rows."""
    values = [written(row) for row in rows]
    if values:
        connection.execute(_insert_into(to), values)


@cache
def _insert_into(to: Table) -> Insert:
    return insert(to)


def chunks(values: Iterable[Shape]) -> Iterator[list[Shape]]:
    """At most `CHUNK` at a time, so that no statement has too many parameters."""
    everything = list(values)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]
