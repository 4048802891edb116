"""A file of which some bytes are not as SQLite wrote them: found before they are needed, and past them all is read."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.ciphers import QuickCipher
from tests.storage.phones import TODAY, enrol, evening
from tests.storage.test_sealing import STUDY

EVENINGS = 40


def damage(file: str, *, of: str, at_end: bool = False) -> None:
    """One page in the middle of that table or index, or its last, is noise; where it is, another program says."""
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("PRAGMA wal_checkpoint(truncate)")
        [size] = reader.execute("PRAGMA page_size").fetchone()
        pages = _leaves(Path(file).read_bytes(), size, *_root(reader, of))
    page = pages[-1] if at_end else pages[len(pages) // 2]
    with Path(file).open("r+b") as content:
        content.seek((page - 1) * size)
        content.write(b"\xee" * size)


def forget_the_last(file: str, index: str) -> None:
    """Its last page names some fewer rows, as it did some evenings ago."""
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("PRAGMA wal_checkpoint(truncate)")
        [size] = reader.execute("PRAGMA page_size").fetchone()
        start = (_leaves(Path(file).read_bytes(), size, *_root(reader, index))[-1] - 1) * size
    with Path(file).open("r+b") as content:
        content.seek(start + 3)
        count = int.from_bytes(content.read(2))
        content.seek(start + 3)
        content.write((count - 3).to_bytes(2))


def _root(reader: sqlite3.Connection, name: str) -> tuple[int]:
    root: tuple[int] = reader.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    return root


def _leaves(content: bytes, size: int, page: int) -> list[int]:
    """The pages at the bottom of the tree, as the file format has them."""
    start = (page - 1) * size
    if content[start] in {0x0D, 0x0A}:
        return [page]
    count = int.from_bytes(content[start + 3 : start + 5])
    cells = [int.from_bytes(content[start + 12 + 2 * n : start + 14 + 2 * n]) for n in range(count)]
    below = [int.from_bytes(content[start + cell : start + cell + 4]) for cell in cells]
    below.append(int.from_bytes(content[start + 8 : start + 12]))
    return [leaf for child in below for leaf in _leaves(content, size, child)]


@pytest.fixture
async def full(database: Database, clock: SimulatedEnvironment) -> Diary:
    """A phone that could send nothing for weeks."""
    diary = Diary(database, clock, QuickCipher())
    enrol(diary, clock, sealing_key=STUDY)
    await diary.keyring.set_pin("2580")
    for back in range(EVENINGS):
        await diary.write_entry(evening(TODAY - timedelta(days=back)))
    diary.close()
    return diary


def test_a_whole_file_is_looked_through_and_found_well(full: Diary) -> None:
    full.look_through()


@pytest.mark.parametrize("place", ["record", "sqlite_autoindex_record_1", "sqlite_autoindex_record_2"])
def test_a_damaged_page_is_found_before_it_is_needed(full: Diary, file: str, place: str) -> None:
    damage(file, of=place)
    with pytest.raises(DiaryUnavailable) as found:
        full.look_through()
    assert found.value.code is Code.STORAGE_DAMAGED


def test_it_is_looked_through_once_a_day(full: Diary, file: str, clock: SimulatedEnvironment) -> None:
    full.look_through()
    full.close()
    damage(file, of="record")
    clock.advance(hours=23)
    full.look_through()
    clock.advance(hours=1)
    for _ in range(2):
        with pytest.raises(DiaryUnavailable):
            full.look_through()


def test_a_clock_that_was_years_ahead_does_not_stop_the_looking(
    full: Diary, file: str, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=4000)
    full.look_through()
    full.close()
    damage(file, of="record")
    clock.advance(days=-4000)
    with pytest.raises(DiaryUnavailable):
        full.look_through()


async def rescued(diary: Diary) -> tuple[int, int]:
    """How many records the file of what was not sent has, and how many it says are missing."""
    content = json.loads(await diary.rescue())
    return sum(len(chain["records"]) for chain in content["chains"]), content["left_out"]


async def test_what_a_damaged_file_still_holds_can_be_handed_over(full: Diary, file: str) -> None:
    total = (await rescued(full))[0]
    full.close()
    damage(file, of="record")
    found, missing = await rescued(full)
    assert (found + missing, 0 < missing < 10) == (total, True)
    assert await rescued(full) == (found, missing), "the second time as the first"


async def test_the_newest_records_are_said_to_be_missing_too(full: Diary, file: str) -> None:
    """Those that are known of by the index alone."""
    total = (await rescued(full))[0]
    full.close()
    damage(file, of="record", at_end=True)
    found, missing = await rescued(full)
    assert (found + missing, 0 < missing < 10) == (total, True)


@pytest.mark.parametrize("index", ["sqlite_autoindex_record_1", "sqlite_autoindex_record_2", "record_by_day"])
async def test_nothing_is_lost_where_an_index_is_damaged(full: Diary, file: str, index: str) -> None:
    before = await rescued(full)
    full.close()
    damage(file, of=index)
    assert await rescued(full) == before


@pytest.mark.parametrize("index", ["sqlite_autoindex_record_1", "sqlite_autoindex_record_2"])
async def test_nothing_is_lost_where_an_index_is_whole_and_passes_records_over(
    full: Diary, file: str, index: str
) -> None:
    """As after a page that the phone never wrote: SQLite reads the older one and sees nothing wrong."""
    before = await rescued(full)
    full.close()
    forget_the_last(file, index)
    assert await rescued(full) == before


def put_a_folder_in_its_place(file: str) -> None:
    Path(file).unlink()
    Path(file).mkdir()


async def test_a_file_that_cannot_be_read_for_another_reason_is_no_damage(full: Diary, file: str) -> None:
    put_a_folder_in_its_place(file)
    with pytest.raises(DiaryUnavailable) as refused:
        await rescued(full)
    assert refused.value.code is Code.STORAGE_UNAVAILABLE


def test_the_day_of_the_look_is_no_record(full: Diary) -> None:
    before = full.records(*RecordKind)
    full.look_through()
    assert full.records(*RecordKind) == before


def content_of(file: str) -> bytes:
    return Path(file).read_bytes()


@pytest.mark.parametrize("table", ["meta", "sqlite_autoindex_meta_1"])
async def test_without_the_single_values_everything_is_handed_over(
    full: Diary, file: str, clock: SimulatedEnvironment, table: str
) -> None:
    """They say what the server has, and the study's key: it knows its own again, and envelopes were made before."""
    before = await rescued(full)
    full.close()
    damage(file, of=table)
    assert await rescued(full) == before
    full.close()
    left = content_of(file)
    with pytest.raises(DiaryUnavailable) as refused:
        Diary.open(file, clock, cipher=QuickCipher())
    assert refused.value.code is Code.STORAGE_DAMAGED
    content = json.loads(await Diary.salvage(file, clock, QuickCipher()))
    assert (sum(len(chain["records"]) for chain in content["chains"]), content["left_out"]) == before
    assert content_of(file) == left


@pytest.mark.parametrize("table", ["installation", "enrolment"])
async def test_without_ids_and_tokens_no_file_says_that_there_is_nothing(
    full: Diary, file: str, clock: SimulatedEnvironment, table: str
) -> None:
    full.close()
    damage(file, of=table)
    with pytest.raises(DiaryUnavailable):
        await Diary.salvage(file, clock, QuickCipher())


@contextmanager
def unguarded(file: Path | str) -> Iterator[sqlite3.Connection]:
    """As a failing memory card changes it, which no guard of the file hears of; no page is damaged."""
    with closing(sqlite3.connect(file)) as writer:
        guards = writer.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            writer.execute(f"DROP TRIGGER {name}")
        yield writer
        for _, sql in guards:
            writer.execute(sql)
        writer.commit()


def changed(file: str, statement: str) -> None:
    """One value is other bytes."""
    with unguarded(file) as writer:
        assert writer.execute(statement).rowcount == 1


async def test_a_record_with_letters_that_are_none_is_left_out_alone(full: Diary, file: str) -> None:
    total = (await rescued(full))[0]
    full.close()
    changed(file, "UPDATE record SET hash = CAST(x'e5e5' AS TEXT) WHERE sequence = 7")
    assert await rescued(full) == (total - 1, 1)


OTHER_KINDS = (
    "UPDATE record SET sequence = 'x' WHERE sequence = 7",
    "UPDATE record SET content = 'x', envelope = NULL WHERE sequence = 7",
    "UPDATE record SET content = 3, envelope = 'x' WHERE sequence = 7",
)


@pytest.mark.parametrize("statement", OTHER_KINDS)
async def test_a_value_of_another_kind_costs_its_own_record_alone(full: Diary, file: str, statement: str) -> None:
    total = (await rescued(full))[0]
    full.close()
    changed(file, statement)
    damage(file, of="record_by_day")
    assert await rescued(full) == (total - 1, 1)


async def test_a_place_that_is_no_number_is_no_place(full: Diary, file: str) -> None:
    before = await rescued(full)
    full.close()
    with closing(sqlite3.connect(file)) as writer:
        [device] = writer.execute("SELECT device FROM installation").fetchone()
        [epoch] = writer.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
        writer.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"have:{device}", f"{epoch} 1x"))
        writer.commit()
    assert await rescued(full) == before


async def test_a_damaged_envelope_is_made_anew_where_the_record_can_be_read(full: Diary, file: str) -> None:
    before = await rescued(full)
    full.close()
    changed(file, "UPDATE record SET envelope = zeroblob(length(envelope)) WHERE sequence = 7")
    assert await rescued(full) == before
    full.keyring.shut()
    assert await rescued(full) == (before[0] - 1, 1)


def test_a_file_whose_damage_sqlite_cannot_even_quote_is_said_to_be_damaged(
    full: Diary, file: str, clock: SimulatedEnvironment
) -> None:
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA wal_checkpoint(truncate)")
    content = Path(file).read_bytes()
    assert b"CREATE TABLE receipt" in content
    Path(file).write_bytes(content.replace(b"CREATE TABLE receipt", b"CREATE \xe5\xe5BLE receipt"))
    with pytest.raises(DiaryUnavailable) as refused:
        Diary.open(file, clock, cipher=QuickCipher())
    assert refused.value.code is Code.STORAGE_DAMAGED
