"""The diary's file as an earlier release of the app left it: fewer tables and columns, the same records.

Only of a phone that seals nothing: the first releases could not.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from diary_app.storage.ladder import STEPS


def file_of(step: int) -> Callable[[Path, Path], None]:
    """Makes out of a file of today one that stands on that step of the ladder."""
    return partial(_rewritten, step)


def _rewritten(step: int, source: Path, target: Path) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as database:
        for statements in STEPS[:step]:
            database.executescript(statements)
        database.execute("ATTACH ? AS today", (str(source),))
        database.execute("BEGIN")
        for table in _tables(database):
            columns = ", ".join(_columns(database, table))
            database.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table} ORDER BY rowid")  # noqa: S608 - names of our own tables
        database.execute("COMMIT")
        database.execute(f"PRAGMA main.user_version = {step}")


def _tables(database: sqlite3.Connection) -> list[str]:
    return [name for (name,) in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in database.execute(f"PRAGMA main.table_info({table})")]
