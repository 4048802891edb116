"""The working rows of a cut, made from its facts: here, or shared out to processes of which each has a file of its own.

SQLite lets one write to a database at a time. So whoever helps opens an empty database of working tables, reads the
facts of the cut beside it, and what it made is copied into the cut in the end. Nothing of one participant follows from
another, and whoever reads a cut puts rows in order: what is in it does not tell who made it.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, column, insert, select, table
from sqlalchemy.schema import CreateIndex, CreateTable

from diary_app.core.study import Study
from diary_app.core.study_versions import InForce
from server.db.engine import at_file
from server.db.tables import METADATA, WORKING_TABLES
from server.export.collecting import uncollected
from server.intake.rebuild import Studied, rebuild

#: While a cut is written; 16 MiB of its pages are kept, so that indexes need not be read again for every row.
_PRAGMAS = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -16384")
#: SQLite attaches no more to one connection, as it is usually built.
_MOST_BESIDE = 10
_NAMES = tuple(str(one.__tablename__) for one in WORKING_TABLES)
#: By these a running server finds what is due, and phones what is new; nobody asks a cut for either.
_OF_A_SERVER = frozenset({
    "expected_day_changes", "expected_day_due", "expected_day_gaps", "ix_participant_prompts_from",
    "reminder_by_time", "reminder_waiting",
})  # fmt: skip
assert {index.name for table in METADATA.sorted_tables for index in table.indexes} >= _OF_A_SERVER


@dataclass(frozen=True)
class Regrading:
    """What a process that helps grades. `file`: its database, which does not exist yet; `cut`: that of the facts.

    `whose`: participants, each with their place among everybody.
    """

    cut: Path
    file: Path
    study: Study
    versions: tuple[InForce, ...]
    at: datetime
    whose: Sequence[tuple[int, str]]


class Graders(Protocol):
    """Processes that wait for something to grade; there may be none."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def regrade(self, tasks: Sequence[Regrading]) -> None:
        """Each does one of them; there may be fewer of them than processes."""
        ...


@contextmanager
def unsafe(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes each page once and waits for no disk: a cut that breaks off is thrown away."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        for pragma in _PRAGMAS:
            driver.execute(pragma)
        with connection.begin():
            yield connection


def create_tables(connection: Connection, names: Iterable[str]) -> None:
    """Without their indexes."""
    for name in names:
        connection.execute(CreateTable(METADATA.tables[name]))


def create_indexes(connection: Connection, names: Iterable[str]) -> None:
    """Those that somebody asks a cut by; in one go, which is quicker than row by row."""
    for index in (index for name in names for index in METADATA.tables[name].indexes):
        if index.name not in _OF_A_SERVER:
            connection.execute(CreateIndex(index))


def regrade(connection: Connection, studied: Studied, at: datetime, participant: str) -> None:
    """Everything of one participant that is in no fact."""
    with uncollected():
        rebuild(connection, studied, at, [participant])


@contextmanager
def beside(task: Regrading) -> Iterator[Connection]:
    """The database of a process that helps; tables that are not in it are those of the cut, which it only reads."""
    engine = at_file(task.file)
    try:
        with unsafe(engine) as connection:
            connection.exec_driver_sql("ATTACH DATABASE ? AS facts", (str(task.cut),))
            create_tables(connection, _NAMES)
            create_indexes(connection, _NAMES)
            yield connection
    finally:
        engine.dispose()


def shared_out(cut: Path, studied: Studied, at: datetime, participants: Sequence[str], among: int) -> list[Regrading]:
    """One task for each process, dealt like cards: those who came early have more days, and stand beside each other.

    Where there are more processes than files can be taken in, some go without.
    """
    numbered, among = list(enumerate(participants)), min(among, _MOST_BESIDE)
    return [
        Regrading(cut, cut.with_name(f"graded-{place}.sqlite"), studied.study, studied.versions, at,
                  numbered[place::among])
        for place in range(among)
    ]  # fmt: skip


def take_in(connection: Connection, made: Sequence[Regrading]) -> None:
    """Copy what others made into the cut."""
    for place, task in enumerate(made):
        connection.exec_driver_sql(f"ATTACH DATABASE ? AS graded_{place}", (str(task.file),))
        for name in _NAMES:
            into = METADATA.tables[name]
            names = [one.name for one in into.columns]
            made_there = table(name, *map(column, names), schema=f"graded_{place}")
            connection.execute(insert(into).from_select(names, select(made_there)))
