"""Insert-if-absent and insert-or-change for tables that hold no facts; the same on SQLite and PostgreSQL."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from server.db.engine import is_sqlite


def insert_if_absent(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Add a row unless one with such a key is there; whether it was added. Not for facts (see `guards`)."""
    statement = _if_absent(table, tuple(values), is_sqlite(connection))
    return connection.execute(statement, _given(values)).first() is not None


def insert_or_change(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Add a row, or give the one with this primary key these values. Not for facts (see `guards`)."""
    connection.execute(_or_change(table, tuple(values), is_sqlite(connection)), _given(values))


@cache
def _if_absent(table: Table, names: tuple[str, ...], on_sqlite: bool) -> Executable:
    return _insert(table, names, on_sqlite).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _or_change(table: Table, names: tuple[str, ...], on_sqlite: bool) -> Executable:
    statement = _insert(table, names, on_sqlite)
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def _insert(table: Table, names: tuple[str, ...], on_sqlite: bool) -> sqlite.Insert | postgresql.Insert:
    """Built once for each table and set of columns, as building a statement costs more than running it."""
    added = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    return added.values({name: bindparam(f"to_{name}") for name in names})


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"to_{name}": value for name, value in values.items()}
