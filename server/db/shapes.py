"""Rows as small frozen values: a shape names the columns it needs, and is read and written by those names.

Rows of `tables.py` describe the schema; building one costs ten times as much as one of these. A shape is a dataclass;
what is read by the thousand is a `NamedTuple`: a frozen dataclass of sixteen fields takes twenty times as long to make.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Connection, Select, Table, bindparam

from server.db import ready
from server.db.bulk import Bulk
from server.db.tables import METADATA

Shape = TypeVar("Shape")
CHUNK = 500
_AT_A_TIME = 1000
_NAMES: dict[Any, tuple[str, ...]] = {}


def table(name: str) -> Table:
    """The table of that name."""
    return METADATA.tables[name]


def columns(of: Table, shape: type) -> list[Column[Any]]:
    """The columns that a shape needs, in its order."""
    return [of.c[name] for name in names_of(shape)]


def names_of(shape: type[Any]) -> tuple[str, ...]:
    """The columns of a shape by name, in its order."""
    named: tuple[str, ...] | None = getattr(shape, "_fields", None) or _NAMES.get(shape)
    if named is None:
        named = _NAMES[shape] = tuple(field.name for field in fields(shape))
    return named


def given(name: str) -> BindParameter[Any]:
    """A value given each time the statement runs; statements are built once, as building costs more than running."""
    return bindparam(name)


def any_given(name: str) -> BindParameter[Any]:
    """The same for `IN`: any number of values."""
    return bindparam(name, expanding=True)


def read(connection: Connection, statement: Select[Any], shape: type[Shape], **values: Any) -> list[Shape]:
    """All rows; the statement selects `columns(table, shape)`."""
    return list(map(maker(shape), ready.rows(connection, statement, values)))


def column(connection: Connection, statement: Select[Any], **values: Any) -> list[Any]:
    """The only column that the statement selects, row by row."""
    return [row[0] for row in ready.rows(connection, statement, values)]


def stream(connection: Connection, statement: Select[Any], shape: type[Shape]) -> Iterator[Shape]:
    """The same row by row, with a few of them in memory at a time."""
    yield from map(maker(shape), connection.execute(statement.execution_options(yield_per=_AT_A_TIME)))


def first(connection: Connection, statement: Select[Any], shape: type[Shape], **values: Any) -> Shape | None:
    """The only row, or None."""
    found = ready.rows(connection, statement, values)
    return maker(shape)(found[0]) if found else None


def written(row: Any) -> dict[str, Any]:
    """A shape as column values."""
    return {name: getattr(row, name) for name in names_of(type(row))}


def add(connection: Connection, to: Table, rows: Iterable[Any]) -> None:
    """Insert all, which are of one shape; nothing happens for no rows."""
    everything = list(rows)
    if everything:
        names = names_of(type(everything[0]))
        _insert_into(to, names).run(connection, list(map(attrgetter(*names), everything)))


@cache
def _insert_into(to: Table, names: tuple[str, ...]) -> Bulk:
    return Bulk(to, names)


def maker(shape: type[Shape]) -> Callable[[Iterable[Any]], Shape]:
    """What makes one of a row."""
    make: Callable[[Iterable[Any]], Shape] | None = getattr(shape, "_make", None)
    return make if make is not None else lambda row: shape(*row)


def chunks(values: Iterable[Shape]) -> Iterator[list[Shape]]:
    """At most `CHUNK` at a time, so that no statement has too many parameters."""
    everything = list(values)
    for start in range(0, len(everything), CHUNK):
        yield everything[start : start + CHUNK]
