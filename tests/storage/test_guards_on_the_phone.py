"""Facts on the phone can be added, and nothing else."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.exc import IntegrityError

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.storage import guards
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.storage.tables import ERASABLE_TABLES, FACT_TABLES, METADATA, WORKING_TABLES
from tests.storage.phones import evening

FACTS = [table.name for table in FACT_TABLES]


def test_every_table_of_the_phone_is_listed_exactly_once() -> None:
    listed = [table.name for table in (*FACT_TABLES, *WORKING_TABLES, *ERASABLE_TABLES)]
    assert sorted(listed) == sorted(METADATA.tables)


@pytest.fixture
def filled(diary: Diary, database: Database) -> Database:
    record = diary.save_entry(evening())
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO receipt VALUES (?, 'e', 1, '', 't')", (record.id,))
        connection.exec_driver_sql("INSERT INTO wording VALUES ('0', 'words')")
    return database


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET rowid = rowid",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT OR IGNORE INTO {table} SELECT * FROM {table}",
    ],
)
def test_facts_cannot_be_changed(filled: Database, table: str, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), filled.writing() as connection:
        connection.exec_driver_sql(statement.format(table=table))


def test_record_cannot_be_replaced_by_its_place_on_the_chain(filled: Database) -> None:
    replace = (
        "INSERT OR REPLACE INTO record SELECT 'other', device, sequence, kind, previous, hash, made_at, instrument,"
        " diary_day, content, envelope FROM record"
    )
    with pytest.raises(IntegrityError, match="append-only"), filled.writing() as connection:
        connection.exec_driver_sql(replace)


@pytest.mark.parametrize("trigger", sorted(guards.triggers()))
def test_missing_guard_stops_the_start(database: Database, file: str, trigger: str) -> None:
    with closing(sqlite3.connect(file)) as intruder:
        intruder.execute(f"DROP TRIGGER {trigger}")
    with pytest.raises(DiaryUnavailable, match=trigger) as refused:
        database.prepare()
    assert refused.value.code is Code.DATABASE_GUARDS_MISSING


def test_weakened_guard_stops_the_start(database: Database, file: str) -> None:
    with closing(sqlite3.connect(file)) as intruder:
        intruder.execute("DROP TRIGGER record_kept")
        intruder.execute("CREATE TRIGGER record_kept BEFORE DELETE ON record BEGIN SELECT 1; END")
    with pytest.raises(DiaryUnavailable, match="record_kept"):
        database.prepare()
