"""`column IN (any number of values)` as one parameter, so that the statement is the same text however many there are.

An `IN` with a parameter for each value is written, sent and planned anew for every number of them; for five hundred
participants that takes longer than finding their rows.
"""

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ARRAY, Boolean, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

from server.db.arrays import array


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column has one of the values given under that name each time the statement runs."""
    return _Among(column, bindparam(name, type_=_Several(column.type)))


class _Several(TypeDecorator[Collection[Any]]):
    """Values of one type: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, one: TypeEngine[Any]) -> None:
        super().__init__()
        self.one = one

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """See `TypeDecorator`."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.one))

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[Any] | None], Any]:
        """Each value as its column takes it; members of a `StrEnum` as text, as drivers take no mixed lists."""
        given = self.one.dialect_impl(dialect).bind_processor(dialect)
        convert = given or (str if self.one.python_type is str else None)
        gather: Callable[[list[Any]], str] = json.dumps if dialect.name == "sqlite" else array
        return lambda values: gather([convert(value) if convert else value for value in values or ()])


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> "_Among":
        """As it is: where there is no boolean type `= 1` would be put behind it, and no index be used."""
        return self


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both were compiled by SQLAlchemy


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY({values})"
