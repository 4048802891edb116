"""Queries that run again and again: each is worked out once for a dialect, and goes to the driver as text and values.

A query that is built anew at each call, or that the driver cannot take as it is, runs as SQLAlchemy runs it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Connection, Dialect, Numeric, Select
from sqlalchemy.sql.compiler import SQLCompiler

from server.db import driver

Query = Select[Any] | CompoundSelect[Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of a text. `name`: under which it is given each time, empty for one that is always `always`."""

    place: str
    name: str
    always: Any
    convert: Convert

    def of(self, given: Mapping[str, Any]) -> Any:
        return self.convert(given[self.name]) if self.name else self.always


@dataclass(frozen=True, slots=True)
class _Prepared:
    """`converted`: which columns are, and by what. `is_positional`: whether the driver takes values by their order."""

    text: str
    values: tuple[_Value, ...]
    converted: tuple[tuple[int, Convert], ...]
    is_positional: bool

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        bound: Any
        if self.is_positional:
            bound = [value.of(given) for value in self.values]
        else:
            bound = {value.place: value.of(given) for value in self.values}
        found = driver.run(connection, self.text, bound).rows
        if not found or not self.converted:
            return found
        columns: list[Iterable[Any]] = list(zip(*found, strict=True))
        for at, convert in self.converted:
            columns[at] = map(convert, columns[at])
        return list(zip(*columns, strict=True))


#: By query and dialect; None for one that runs as always. An empty one was run once.
_QUERIES: WeakKeyDictionary[Query, dict[str, _Prepared | None]] = WeakKeyDictionary()


def rows(connection: Connection, statement: Query, given: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """All rows of a query, with its columns in order."""
    known = _QUERIES.get(statement)
    if known is None:
        _QUERIES[statement] = {}
        return connection.execute(statement, given).all()
    dialect = connection.dialect
    if dialect.name not in known:
        known[dialect.name] = _prepared(statement, dialect)
    query = known[dialect.name]
    return connection.execute(statement, given).all() if query is None else query.rows(connection, given)


def _prepared(statement: Query, dialect: Dialect) -> _Prepared | None:
    compiled = statement.compile(dialect=dialect)
    types = [column.type for column in statement.selected_columns]
    if not isinstance(compiled, SQLCompiler) or any(isinstance(one, Numeric) for one in types):
        return None  # what becomes of these hangs on the type that the driver names
    if compiled.post_compile_params or compiled.literal_execute_params or compiled.escaped_bind_names:
        return None
    places = compiled.positiontup if compiled.positional else list(compiled.binds)
    values = tuple(_value(compiled, place, dialect) for place in places or ())
    readers = (one.dialect_impl(dialect).result_processor(dialect, None) for one in types)
    converted = tuple((at, convert) for at, convert in enumerate(readers) if convert is not None)
    return _Prepared(compiled.string, values, converted, compiled.positional)


def _value(compiled: SQLCompiler, place: str, dialect: Dialect) -> _Value:
    bind = compiled.binds[place]
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
    if bind.required:
        return _Value(place, bind.key, None, convert)
    return _Value(place, "", convert(bind.effective_value), convert)


def _as_it_is(value: Any) -> Any:
    return value
