"""A server whose disk is full in storms: it refuses, says so, loses nothing, and confirms nothing that it has not."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from diary_app.core.errors import Code, CommandRefused, RequestRefused
from diary_app.sync.transport import Answer
from server.backup import making, nightly, restoring
from server.backup.new_epoch import begin
from server.db import claims, records
from server.db.engine import DatabaseUnavailable, unavailable
from server.services import Services
from server.simulate.storm.counts import Kind
from server.simulate.storm.house import House
from server.simulate.storm.steps import Do
from server.simulate.storm.wire import Message
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


def full_for_two_evenings() -> Story:
    """What is sent meanwhile waits on the phone."""
    story = Story()
    story.befalls_server(2, 12, Do.SERVER_FULL)
    for day in range(1, 6):
        story.fills_in(day)
        for hour in (18.2, 18.4, 18.6):  # the last pages have room for one or two
            story.happens(day, hour, Do.SYNC, fates=[])
    story.befalls_server(4, 12, Do.SERVER_FREE)
    return story


def killed_while_full() -> Story:
    """The power goes in between, and comes back to a disk that is full."""
    story = full_for_two_evenings()
    story.befalls_server(3, 12, Do.KILL_SERVER, when="after_commit", commits=1, in_job=False)
    return story


def what_has_no_room_is_left_out() -> AbstractContextManager[Any]:
    """Records that cannot be written are passed over, and the rest of their push is committed and confirmed."""
    add = records.add

    def careless(*given: Any) -> None:
        with suppress(DBAPIError):
            add(*given)

    return patch.object(records, "add", careless)


@pytest.mark.parametrize(("story", "kills"), [(full_for_two_evenings, 0), (killed_while_full, 1)])
async def test_nothing_is_lost_while_there_is_no_room(tmp_path: Path, story: Callable[[], Story], kills: int) -> None:
    told, while_full = story(), list[bool]()
    power_back = House._power_back  # noqa: SLF001

    def back(self: House) -> None:
        while_full.append(self._room.is_full)
        power_back(self)

    with patch.object(House, "_power_back", back):
        ended = await lived_through(told.plan(days=8), tmp_path)
    ended.storm.close()
    assert while_full == [True] * kills
    assert ended.storm.house.befell[Kind.SERVER_FULL] > 0
    assert [ended.states()[told.date(day)] for day in range(1, 6)] == ["done"] * 5
    assert ended.found == []


async def test_a_phone_is_told_to_come_again(tmp_path: Path) -> None:
    answers: list[Answer] = []
    answered = House.answer

    async def answer(self: House, message: Message) -> Answer:
        answers.append(await answered(self, message))
        return answers[-1]

    with patch.object(House, "answer", answer):
        ended = await lived_through(full_for_two_evenings().plan(days=8), tmp_path)
    ended.storm.close()
    refused = [one for one in answers if one.status != 200]
    assert refused
    assert all(one.status == 503 and one.retry_after and b"database_unavailable" in one.body for one in refused)


async def test_a_server_that_leaves_out_what_has_no_room_is_found(tmp_path: Path) -> None:
    with what_has_no_room_is_left_out():
        ended = await lived_through(full_for_two_evenings().plan(days=8), tmp_path)
    ended.storm.close()
    assert any("says that everything is sent" in one for one in ended.found), ended.found


async def test_only_what_had_no_room_is_excused(tmp_path: Path) -> None:
    with other_trouble_while_full():
        ended = await lived_through(full_for_two_evenings().plan(days=8), tmp_path)
    ended.storm.close()
    assert any("not for want of room" in one for one in ended.found), ended.found


def other_trouble_while_full() -> AbstractContextManager[Any]:
    """What finds no room is said to be something else."""
    told = unavailable

    def otherwise(error: DBAPIError) -> RequestRefused:
        return told(OperationalError("", {}, sqlite3.OperationalError("disk I/O error")))

    return patch("server.db.writer.unavailable", otherwise)


# ---- a start -----------------------------------------------------------------------------------------------


def amended_while_full() -> Story:
    """The server is started with another study on a full disk; people go on, and hours later there is room."""
    story = Story()
    for day in range(1, 6):
        story.fills_in(day)
    story.befalls_server(2, 12, Do.SERVER_FULL)
    story.befalls_server(2, 13, Do.AMEND)
    story.befalls_server(3, 20, Do.SERVER_FREE)
    return story


async def test_a_server_without_room_starts_once_there_is(tmp_path: Path) -> None:
    told = amended_while_full()
    ended = await lived_through(told.plan(days=8), tmp_path)
    services = ended.storm.house.services
    ended.storm.close()
    assert ended.storm.house.befell[Kind.START_REFUSED] > 1
    assert [one.study.version for one in services.versions] == ["1", "2"]
    assert [ended.states()[told.date(day)] for day in range(1, 6)] == ["done"] * 5
    assert ended.found == []


async def test_a_start_that_says_nothing_of_the_disk_is_found(tmp_path: Path) -> None:
    with patch("server.services.room_for", lambda _folder: nullcontext()), pytest.raises(DatabaseUnavailable):
        await lived_through(amended_while_full().plan(days=8), tmp_path)


# ---- a database that goes back -----------------------------------------------------------------------------


def goes_back_while_full(keep: Do, go_back: Do, pages: int | None) -> Story:
    """Somebody restores, or puts back, on a full disk; people go on, and the server is there once there is room."""
    story = Story()
    for day in range(1, 7):
        story.fills_in(day)
    story.befalls_server(4, 2.5, keep)
    story.befalls_server(5, 12, Do.SERVER_FULL, pages=pages)
    story.befalls_server(5, 12.5, go_back)
    story.befalls_server(6, 20, Do.SERVER_FREE)
    return story


GOES_BACK = [
    pytest.param(Do.BACK_UP, Do.RESTORE, None, Kind.RESTORE_REFUSED, id="restored without room for a transaction"),
    pytest.param(Do.BACK_UP, Do.RESTORE, 0, Kind.RESTORE_REFUSED, id="restored without room for a page"),
    pytest.param(Do.SNAPSHOT, Do.PUT_BACK, None, Kind.EPOCH_REFUSED, id="another epoch"),
]


@pytest.mark.parametrize(("keep", "go_back", "pages", "refused"), GOES_BACK)
async def test_a_database_goes_back_once_there_is_room(
    tmp_path: Path, keep: Do, go_back: Do, pages: int | None, refused: Kind
) -> None:
    told = goes_back_while_full(keep, go_back, pages)
    ended = await lived_through(told.plan(days=9), tmp_path)
    ended.storm.close()
    assert ended.storm.house.befell[refused] > 1
    assert ended.storm.house.restores == 1
    assert [ended.states()[told.date(day)] for day in range(1, 7)] == ["done"] * 6
    assert ended.found == []


async def test_half_a_restore_that_stays_is_found(tmp_path: Path) -> None:
    told = goes_back_while_full(Do.BACK_UP, Do.RESTORE, None)
    with each_table_is_kept(), pytest.raises(CommandRefused) as refused:
        await lived_through(told.plan(days=9), tmp_path)
    assert refused.value.code is Code.DATABASE_NOT_EMPTY


async def test_a_server_that_goes_on_without_another_epoch_is_found(tmp_path: Path) -> None:
    told = goes_back_while_full(Do.SNAPSHOT, Do.PUT_BACK, None)
    with patch("server.simulate.storm.snapshots.new_epoch.begin", nothing_is_done_without_room):
        ended = await lived_through(told.plan(days=9), tmp_path)
    ended.storm.close()
    assert any("is in doubt" in one for one in ended.found), ended.found


def each_table_is_kept() -> AbstractContextManager[Any]:
    """A restore commits what it has after each table."""
    fill = restoring._fill_table  # noqa: SLF001

    def and_commit(connection: Connection, *given: Any) -> None:
        fill(connection, *given)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return patch.object(restoring, "_fill_table", and_commit)


def nothing_is_done_without_room(services: Services) -> object:
    """What finds no room is passed over, and the server is served from as it is."""
    with suppress(RequestRefused):
        return begin(services)
    return None


# ---- backups -----------------------------------------------------------------------------------------------


def backups_find_no_room() -> Story:
    """In one night; the job looks again, and the next night is as any other."""
    story = Story()
    story.fills_in(1)
    for day in (1, 2, 3):
        story.befalls_server(day, 1.3, Do.BACK_UP)
    story.befalls_server(2, 1, Do.BACKUPS_FULL)
    story.befalls_server(2, 1.5, Do.BACK_UP)
    story.befalls_server(2, 2, Do.BACKUPS_FREE)
    story.befalls_server(2, 2.1, Do.BACK_UP)
    return story


async def test_a_backup_without_room_is_told_and_made_later(tmp_path: Path) -> None:
    ended = await lived_through(backups_find_no_room().plan(days=5), tmp_path)
    names = [file.name for file in ended.storm.house.backups.iterdir()]
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.house.befell[Kind.BACKUP_REFUSED] + ended.storm.ledger.befell[Kind.BACKUP_REFUSED] == 2
    assert [name.endswith(".zip") for name in names] == [True] * 3


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lambda: patch.object(making, "_remove", lambda _draft: None), "half a backup was left"),
        (lambda: patch.object(nightly, "_note_failed", lambda *_: None), "nobody is told"),
        (lambda: patch.object(claims, "give_back", lambda *_: None), "no backup was made in the night"),
    ],
    ids=["draft stays", "not noted", "turn not given back"],
)
async def test_a_fault_of_full_backups_is_found(tmp_path: Path, plant: Planted, words: str) -> None:
    with plant():
        ended = await lived_through(backups_find_no_room().plan(days=5), tmp_path)
    ended.storm.close()
    assert any(words in one for one in ended.found), ended.found
