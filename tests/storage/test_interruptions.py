"""A phone may die, or be full, at any moment: what was there stays, and a record is there whole or not at all."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from diary_app.core import chain
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import Record, RecordKind, parse
from diary_app.storage.database import Database, Journal
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import TODAY, enrol, evening

ENDLESS_WRITER = Path(__file__).with_name("endless_writer.py")
Start = Callable[[], Diary]


def snapshots_at_each_statement(database: Database, folder: Path, act: Callable[[], Any]) -> list[Path]:
    """The files as a kill just before each statement, and just after the last one, would leave them."""
    taken: list[Path] = []

    def take(*_: object) -> None:
        target = folder / f"killed-{len(taken)}"
        shutil.copytree(Path(database.path).parent, target, ignore=shutil.ignore_patterns("killed-*"))
        taken.append(target)

    event.listen(database.engine, "before_cursor_execute", take)
    event.listen(database.engine, "commit", take)
    act()
    event.remove(database.engine, "before_cursor_execute", take)
    event.remove(database.engine, "commit", take)
    take()
    return taken


@pytest.mark.parametrize("journal", list(Journal))
def test_kill_at_any_statement_leaves_the_old_or_the_new(
    journal: Journal, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    (tmp_path / "phone").mkdir()
    database = Database(str(tmp_path / "phone" / "diary.db"), journal=journal)
    database.prepare()
    diary = Diary(database, clock)
    enrol(diary, clock)
    diary.append(RecordKind.TRAINING, {})
    diary.save_draft("DMD", TODAY, {"page": 3})
    taken = snapshots_at_each_statement(database, tmp_path, lambda: diary.save_entry(evening()))
    database.close()
    found = [after_the_kill(folder, journal, clock) for folder in taken]
    assert len(taken) > 5
    assert found == sorted(found)
    assert set(found) == {(1, "draft"), (2, "no draft")}


def after_the_kill(folder: Path, journal: Journal, clock: SimulatedEnvironment) -> tuple[int, str]:
    database = Database(str(folder / "diary.db"), journal=journal)
    database.prepare()
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    diary = Diary(database, clock)
    device = diary.conversation.chains()[-1].device
    records = diary.conversation.records_after(device, 0, 100)
    assert chain.follow(records) == diary.conversation.head(device)
    draft = diary.draft("DMD", TODAY)
    database.close()
    return len(records), "draft" if draft else "no draft"


def test_killed_process_loses_nothing_it_had_acknowledged(file: str, start: Start) -> None:
    writer = subprocess.Popen(
        [sys.executable, str(ENDLESS_WRITER), file], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    writer.kill()
    acknowledged += writer.stdout.read().split()
    writer.wait()
    writer.stdout.close()
    diary = start()
    kept = diary.conversation.records_after(diary.conversation.chains()[-1].device, 0, 10_000)
    assert [record.id for record in kept][: len(acknowledged)] == acknowledged
    assert chain.follow(kept).sequence == len(kept)


def test_full_phone_says_so_and_changes_nothing(diary: Diary, database: Database) -> None:
    diary.save_entry(evening())
    diary.save_draft("DMD", TODAY, {"page": 1})
    no_more_room(database)
    before = diary.conversation.records_after(diary.conversation.chains()[-1].device, 0, 100)
    with pytest.raises(DiaryUnavailable) as refused:
        fill_up(diary, before)
    assert refused.value.code is Code.STORAGE_FULL
    after = diary.conversation.records_after(diary.conversation.chains()[-1].device, 0, 100)
    assert [record.id for record in after] == [record.id for record in before]
    assert diary.draft("DMD", TODAY) == {"page": 1}


def test_diary_goes_on_when_there_is_room_again(diary: Diary, database: Database) -> None:
    no_more_room(database)
    with pytest.raises(DiaryUnavailable):
        diary.append(RecordKind.APP_EVENT, {"note": "x" * 30_000})
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert diary.append(RecordKind.APP_EVENT, {"note": "x" * 30_000}).sequence == 1


def fill_up(diary: Diary, made: list[Record]) -> None:
    while True:
        made.append(diary.append(RecordKind.APP_EVENT, {"note": "x" * 3000}))


def no_more_room(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")


def test_record_too_large_is_refused_before_it_is_stored(diary: Diary) -> None:
    with pytest.raises(Exception, match="larger than 65536 bytes"):
        diary.append(RecordKind.APP_EVENT, {"note": "x" * 70_000})
    assert diary.waiting() == 0


def test_every_commit_is_flushed(file: str, clock: SimulatedEnvironment) -> None:
    flushed: list[int] = []
    database = Database(file, flush=lambda: flushed.append(1), journal=Journal.TRUNCATE)
    database.prepare()
    diary = Diary(database, clock)
    before = len(flushed)
    enrol(diary, clock)
    diary.save_entry(evening())
    diary.day_states()
    assert len(flushed) - before == 3
    database.close()


def test_storage_that_forgets_is_found_at_the_start(file: str, clock: SimulatedEnvironment) -> None:
    class Forgetful(Database):
        def reopen(self) -> None:
            with self.writing() as connection:
                connection.exec_driver_sql("DELETE FROM meta")

    database = Forgetful(file)
    database.prepare()
    with pytest.raises(DiaryUnavailable, match="could not be read again"):
        Diary(database, clock).self_test()
    database.close()


def test_folder_that_is_not_there_is_named(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    with pytest.raises(DiaryUnavailable) as refused:
        Diary.open(str(tmp_path / "missing" / "diary.db"), clock)
    assert refused.value.code is Code.STORAGE_UNAVAILABLE


def test_a_file_that_is_damaged_while_it_is_open_is_told_from_one_that_is_full(
    diary: Diary, database: Database, file: str
) -> None:
    diary.save_entry(evening())
    database.close()
    content = Path(file).read_bytes()
    Path(file).write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(DiaryUnavailable) as refused:
        diary.entries("DMD", TODAY)
    assert refused.value.code is Code.STORAGE_DAMAGED


def test_text_of_a_record_is_kept_to_the_letter(diary: Diary) -> None:
    made = diary.append(RecordKind.APP_EVENT, {"note": "blæ 🙂 \u2028 ø"})
    kept = diary.conversation.records_after(made.device, 0, 1)[0]
    assert kept == parse(made.text)
    assert kept.text == made.text
