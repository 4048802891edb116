"""One statement for many rows, handed to the driver as it is.

SQLAlchemy binds row by row, by name: for a day's grade that takes longer than the database takes to write it. Here the
statement is written once for each dialect, and values are converted column by column. PostgreSQL gets all changes of a
kind in one statement, as it plans and answers each by itself.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, insert, update

from server.db import driver
from server.db.arrays import array

Convert = Callable[[Any], Any]
Row = Sequence[Any]


@dataclass(frozen=True)
class _Prepared:
    """`order`: where each parameter of the text stands in a row; `converted`: which of these are, and by what.

    `gathered`: makes of all converted rows what the driver takes.
    """

    text: str
    order: tuple[int, ...]
    converted: tuple[tuple[int, Convert], ...]
    gathered: Callable[[Iterable[Row]], Any]


class Bulk:
    """Writes `values` of many rows: of those `found_by` the other columns, or of new ones where none is named.

    No row is named twice in one run.
    """

    def __init__(self, table: Table, values: Sequence[str], found_by: Sequence[str] = ()) -> None:
        self._table, self._values, self._found_by = table, tuple(values), tuple(found_by)
        self._prepared: dict[str, _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Each row has what it is found by, then its new values. How many rows were written."""
        if not rows:
            return 0
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = self._prepare(dialect)
        bound, text = _bound(prepared, rows), prepared.text
        if not isinstance(bound, list):
            return driver.run(connection, text, bound).rowcount
        if len(bound) == 1:
            return driver.run(connection, text, bound[0]).rowcount
        return driver.run(connection, text, bound, many=True).rowcount

    def _prepare(self, dialect: Dialect) -> _Prepared:
        if dialect.name == "postgresql" and self._found_by:
            return self._at_once(dialect)
        return self._one_by_one(dialect)

    def _one_by_one(self, dialect: Dialect) -> _Prepared:
        """For drivers that run a prepared statement with one row of values after the other."""
        columns = self._table.c
        set_to: dict[str, Any] = {name: bindparam(f"to_{name}") for name in self._values}
        by = [columns[name] == bindparam(f"by_{name}") for name in self._found_by]
        statement = update(self._table).where(*by).values(set_to) if by else insert(self._table).values(set_to)
        compiled = statement.compile(dialect=dialect)
        named = [f"by_{name}" for name in self._found_by] + [f"to_{name}" for name in self._values]
        positions = compiled.positiontup or list(compiled.binds)
        assert sorted(positions) == sorted(named)
        order = tuple(named.index(name) for name in positions)
        by_name = tuple(positions)
        return _Prepared(
            compiled.string,
            order,
            self._converted(order, dialect),
            list if compiled.positional else lambda rows: [dict(zip(by_name, row, strict=True)) for row in rows],
        )

    def _at_once(self, dialect: Dialect) -> _Prepared:
        """All changes as one array for each column, joined with the table."""
        table, columns = self._table.name, self._table.c
        given = [f"by_{name}" for name in self._found_by] + [f"to_{name}" for name in self._values]
        kinds = [columns[name].type.compile(dialect=dialect) for name in (*self._found_by, *self._values)]
        found = " AND ".join(f"{table}.{name} = given.by_{name}" for name in self._found_by)
        text = (
            f"UPDATE {table} SET {', '.join(f'{name} = given.to_{name}' for name in self._values)} "  # noqa: S608 - names
            f"FROM unnest({', '.join(f'%({name})s::{kind}[]' for name, kind in zip(given, kinds, strict=True))}) "
            f"AS given ({', '.join(given)}) WHERE {found}"
        )
        order = tuple(range(len(given)))
        return _Prepared(
            text,
            order,
            self._converted(order, dialect),
            lambda rows: dict(zip(given, map(array, zip(*rows, strict=True)), strict=True)),
        )

    def _converted(self, order: Sequence[int], dialect: Dialect) -> tuple[tuple[int, Convert], ...]:
        columns = [self._table.c[name] for name in (*self._found_by, *self._values)]
        converters = (columns[place].type.dialect_impl(dialect).bind_processor(dialect) for place in order)
        return tuple((at, convert) for at, convert in enumerate(converters) if convert is not None)


def _bound(prepared: _Prepared, rows: Sequence[Row]) -> Any:
    given = list(zip(*rows, strict=True))
    columns: list[Sequence[Any]] = [given[place] for place in prepared.order]
    for at, convert in prepared.converted:
        columns[at] = list(map(convert, columns[at]))
    return prepared.gathered(zip(*columns, strict=True))
