"""Every schema that was ever released opens in this app, with what had not been sent."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.merge import counting
from diary_app.storage import ladder
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.storage.tables import METADATA
from tests.storage.phones import TODAY, evening

SAVED = sorted((Path(__file__).parent / "saved").glob("v*.sqlite"))
A_STEP_FURTHER = (*ladder.STEPS, "CREATE TABLE note (id VARCHAR PRIMARY KEY NOT NULL)")
Start = Callable[[], Diary]


def version_of(file: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        step: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return step


def test_a_file_of_every_released_schema_is_saved() -> None:
    assert [file.stem for file in SAVED] == [f"v{step}" for step in range(1, len(ladder.STEPS) + 1)]


@pytest.mark.parametrize("saved", SAVED, ids=lambda path: path.stem)
def test_released_schema_opens_with_its_unsent_records(saved: Path, file: str, start: Start) -> None:
    shutil.copyfile(saved, file)
    diary = start()
    found = counting(diary.entries("DMD", TODAY))
    assert found is not None
    assert (diary.waiting(), found.current.body.revision) == (3, 2)
    assert diary.draft("DMD", TODAY + timedelta(days=1)) == {"answers": {"DRY01": 2}}
    assert diary.save_entry(evening(TODAY + timedelta(days=1))).sequence == 4


def test_the_ladder_builds_what_the_tables_describe(database: Database) -> None:
    for name, table in METADATA.tables.items():
        with database.reading() as connection:
            rows = connection.exec_driver_sql(f"PRAGMA table_info({name})").mappings().all()
        assert {row["name"] for row in rows} == set(table.columns.keys())
        assert {row["name"] for row in rows if row["pk"]} == {column.name for column in table.primary_key}
        assert {row["name"] for row in rows if not row["notnull"]} == {c.name for c in table.columns if c.nullable}


def test_file_is_copied_before_its_schema_changes(diary: Diary, database: Database, file: str) -> None:
    saved = diary.save_entry(evening())
    database.prepare(steps=A_STEP_FURTHER)
    assert (version_of(file), version_of(f"{file}.copy")) == (len(A_STEP_FURTHER), len(ladder.STEPS))
    with closing(sqlite3.connect(f"{file}.copy")) as copy:
        assert copy.execute("SELECT id FROM record").fetchall() == [(saved.id,)]


def test_copy_needs_no_file_beside_it(diary: Diary, database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    database.prepare(str(folder / "earlier"), A_STEP_FURTHER)
    assert [path.name for path in folder.iterdir()] == ["earlier"]


def test_failed_step_leaves_the_file_as_it_was(diary: Diary, database: Database, file: str) -> None:
    diary.save_entry(evening())
    broken = (*A_STEP_FURTHER, "CREATE TABLE note (id VARCHAR)")
    with pytest.raises(DiaryUnavailable, match="already exists"):
        database.prepare(steps=broken)
    assert version_of(file) == len(ladder.STEPS)
    database.prepare()
    assert len(diary.entries("DMD", TODAY)) == 1


def test_file_of_a_newer_app_is_left_alone(diary: Diary, database: Database, start: Start) -> None:
    diary.save_entry(evening())
    database.prepare(steps=A_STEP_FURTHER)
    with pytest.raises(DiaryUnavailable) as refused:
        start()
    assert refused.value.code is Code.STORAGE_TOO_NEW


def test_file_that_is_no_database_is_named(file: str, start: Start) -> None:
    Path(file).write_bytes(b"this was never a diary" * 100)
    with pytest.raises(DiaryUnavailable) as refused:
        start()
    assert refused.value.code is Code.STORAGE_DAMAGED
