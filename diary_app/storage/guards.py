"""Triggers that refuse to change or remove a fact, and the check that they are all there.

INSERT OR REPLACE would delete without asking: the insert trigger refuses a key that exists, and with
`recursive_triggers` on, the delete trigger sees a replacement by any other unique column.
"""

from functools import cache

from sqlalchemy import Connection, Table

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.storage.tables import FACT_TABLES


@cache
def triggers() -> dict[str, str]:
    """Name -> SQL of every trigger that has to be there."""
    return {name: sql for table in FACT_TABLES for name, sql in _triggers_of(table)}


def install(connection: Connection) -> None:
    """Put every trigger in place; part of the transaction that brings the schema up to date."""
    for name, sql in triggers().items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.exec_driver_sql(sql)


def check(connection: Connection) -> None:
    """Compare what is there with what has to be. Raises `DiaryUnavailable` (database_guards_missing)."""
    present = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = {row.name: row.sql for row in present}
    expected = triggers()
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise DiaryUnavailable(
            Code.DATABASE_GUARDS_MISSING,
            f"The diary's file was changed by something else: {', '.join(wrong)}.",
            "Do not use it further; contact the study team, who can read what it holds.",
        )


def _triggers_of(table: Table) -> list[tuple[str, str]]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    same_key = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    exists = f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same_key})"  # noqa: S608 - names of our own tables
    return [
        (f"{table.name}_kept", f"CREATE TRIGGER {table.name}_kept BEFORE DELETE ON {table.name} {refuse}"),
        (f"{table.name}_fixed", f"CREATE TRIGGER {table.name}_fixed BEFORE UPDATE ON {table.name} {refuse}"),
        (f"{table.name}_once", f"CREATE TRIGGER {table.name}_once BEFORE INSERT ON {table.name} {exists} {refuse}"),
    ]
