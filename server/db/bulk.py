"""One statement for many rows, handed to the driver as it is.

SQLAlchemy binds row by row, by name: for a day's grade that takes longer than the database takes to write it. Here the
statement is compiled once for each dialect, and values are converted column by column.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Compiled:
    """`order`: where each parameter of the text stands in a row; `converted`: which of them are, and by what.

    `names`: of the parameters, where the driver wants them by name; None where it takes them in order.
    """

    text: str
    order: tuple[int, ...]
    converted: tuple[tuple[int, Convert], ...]
    names: tuple[str, ...] | None


class Bulk:
    """A statement with a parameter for each of `names`; it runs once for each row."""

    def __init__(self, statement: Insert | Update, names: Sequence[str]) -> None:
        self._statement, self._names = statement, tuple(names)
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> int:
        """Run it for all; each row has its values in the order of the names. How many rows it changed."""
        if not rows:
            return 0
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, self._names, dialect)
        return connection.exec_driver_sql(compiled.text, _bound(compiled, rows)).rowcount


def _compile(statement: Insert | Update, names: Sequence[str], dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    positions = compiled.positiontup if compiled.positional else list(compiled.binds)
    assert positions is not None
    assert sorted(set(positions)) == sorted(names)
    converters = (compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in positions)
    return _Compiled(
        compiled.string,
        tuple(names.index(name) for name in positions),
        tuple((place, convert) for place, convert in enumerate(converters) if convert is not None),
        None if compiled.positional else tuple(positions),
    )


def _bound(compiled: _Compiled, rows: Sequence[Sequence[Any]]) -> Any:
    given = list(zip(*rows, strict=True))
    columns: list[Sequence[Any]] = [given[place] for place in compiled.order]
    for place, convert in compiled.converted:
        columns[place] = list(map(convert, columns[place]))
    bound = zip(*columns, strict=True)
    if compiled.names is None:
        return list(bound)
    return [dict(zip(compiled.names, row, strict=True)) for row in bound]
