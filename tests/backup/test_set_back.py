"""A snapshot takes the place of a later database: it is noticed, and nothing is lost or doubled."""

import errno
import os
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from diary_app.core.errors import Code, XerodiaryError
from diary_app.core.facts import ContactField
from diary_app.core.times import format_utc
from server import jobs
from server.app import create_app, refused_start
from server.backup import erasures, farthest, mark, new_epoch
from server.db import contact_details, participants, state
from server.db.engine import make_engine, reading, sqlite_file
from server.intake.held import holding
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB, administer
from tests.sync.world import Phone, Server, lose, running

MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


@pytest.fixture
async def server(tmp_path: Path, clock: SimulatedEnvironment, database_url: str) -> AsyncIterator[Server]:
    async with running(tmp_path, clock, database_url=database_url) as server:
        for site in ("copenhagen", "odense"):
            server.add(site, "001")
        yield server


@pytest.fixture
async def phones(server: Server, tmp_path: Path) -> AsyncIterator[dict[str, Phone]]:
    """Alice's and Bob's, with Monday evening sent."""
    with ExitStack() as switched_on:
        made = {who: Phone(tmp_path / f"{who}.db", server) for who in (ALICE, BOB)}
        for who, phone in made.items():
            switched_on.callback(phone.close)
            await phone.enrol(server.code(who))
        await evening(server, made, MONDAY)
        yield made


class Snapshots:
    """What a machine's own snapshots do, with the database of a server that stands still."""

    def __init__(self, url: str, folder: Path) -> None:
        engine = make_engine(url)
        self._url, self._file, self._kept = url, sqlite_file(engine), folder / "snapshot"
        engine.dispose()

    def take(self) -> None:
        if self._file:
            shutil.copy(self._file, self._kept)
        else:
            self._copy(f"{self._name}_snapshot", self._name)

    def put_back(self) -> None:
        if self._file:
            lose(self._url)
            shutil.copy(self._kept, self._file)
        else:
            self._copy(self._name, f"{self._name}_snapshot")

    @property
    def _name(self) -> str:
        return str(make_url(self._url).database)

    def _copy(self, to: str, of: str) -> None:
        address = make_url(self._url).set(database="postgres").render_as_string(hide_password=False)
        administer(address, f'DROP DATABASE IF EXISTS "{to}"')
        administer(address, f'CREATE DATABASE "{to}" TEMPLATE "{of}"')


@pytest.fixture
def snapshots(database_url: str, tmp_path: Path) -> Snapshots:
    return Snapshots(database_url, tmp_path)


async def evening(server: Server, phones: dict[str, Phone], day: date) -> None:
    """Both fill it in and send; the clockwork runs."""
    server.environment.advance(days=1)
    for phone in phones.values():
        phone.save(day)
        await phone.sync()
    tick(server)


def tick(server: Server) -> None:
    for job in (jobs.extend_horizon, jobs.sweep_due, farthest.note):
        job(server.services, server.environment.now())


async def standing_still(server: Server, snapshots: Snapshots, *, put_back: bool = False) -> None:
    await server.stop()
    snapshots.put_back() if put_back else snapshots.take()
    await server.start()


async def test_phones_send_again_what_a_snapshot_lacks(
    server: Server, phones: dict[str, Phone], snapshots: Snapshots
) -> None:
    await standing_still(server, snapshots)
    for day in (TUESDAY, WEDNESDAY):
        await evening(server, phones, day)
    texts = {who: server.texts(who) for who in phones}

    await standing_still(server, snapshots, put_back=True)
    with pytest.raises(XerodiaryError) as refusal:
        farthest.require_reached(server.services)
    assert (refusal.value.code, "new-epoch" in refusal.value.remedy) == (Code.DATABASE_SET_BACK, True)
    done = new_epoch.begin(server.services)
    await server.restart()
    farthest.require_reached(server.services)

    assert (done.flaws, server.services.epoch) == (0, done.epoch)
    for phone in phones.values():
        await phone.sync()
    tick(server)
    assert {who: server.texts(who) for who in phones} == texts
    for who, phone in phones.items():
        assert Counter(server.texts(who)) == Counter(phone.texts())
        assert phone.diary.waiting() == 0
    assert server.rows("SELECT * FROM quarantine") == []
    assert {row[0] for row in server.rows("SELECT doubtful FROM device")} == {0}
    states = server.rows("SELECT diary_day, state FROM expected_day WHERE entry IS NOT NULL")
    assert Counter((date.fromisoformat(str(day)), state) for day, state in states) == Counter(
        {(day, "done"): 2 for day in (MONDAY, TUESDAY, WEDNESDAY)}
    )


@pytest.mark.parametrize("how", ["a restore", "the same snapshot"])
async def test_a_snapshot_from_before_another_epoch_is_noticed_too(
    server: Server, phones: dict[str, Phone], snapshots: Snapshots, tmp_path: Path, how: str
) -> None:
    """What it holds says nothing then: the epoch that was served last is not one that it follows."""
    await server.back_up(tmp_path / "backup.zip")
    await evening(server, phones, TUESDAY)
    await standing_still(server, snapshots)
    if how == "a restore":
        await server.restore(tmp_path / "backup.zip")
    else:
        await evening(server, phones, WEDNESDAY)
        await standing_still(server, snapshots, put_back=True)
        new_epoch.begin(server.services)
        await server.restart()
    farthest.require_reached(server.services)
    tick(server)

    await standing_still(server, snapshots, put_back=True)
    for _ in range(2):
        with pytest.raises(XerodiaryError) as refusal:
            farthest.require_reached(server.services)
        assert refusal.value.code is Code.DATABASE_SET_BACK
    new_epoch.begin(server.services)
    await server.restart()
    farthest.require_reached(server.services)
    for who, phone in phones.items():
        await phone.sync()
        assert Counter(server.texts(who)) == Counter(phone.texts())
    assert {row[0] for row in server.rows("SELECT doubtful FROM device")} == {0}


async def test_what_was_ended_since_is_not_good_again(
    server: Server, phones: dict[str, Phone], snapshots: Snapshots
) -> None:
    services, environment = server.services, server.environment
    code = server.code(BOB)
    details = {ContactField.EMAIL: "alice@example.org"}
    services.writer.run(ALICE, lambda connection: contact_details.save(connection, ALICE, details))
    await standing_still(server, snapshots)
    environment.advance(hours=1)
    erasures.note(erasures.folder_of(services.settings), [erasures.Erasure(environment.now(), ALICE)])

    await standing_still(server, snapshots, put_back=True)
    done = new_epoch.begin(server.services)
    await server.restart()

    with reading(server.services.engine) as connection:
        assert set(contact_details.of(connection, ALICE).values()) == {""}
        assert state.value(connection, state.SWEPT_AT) == done.until
    assert done.erased == 1
    with pytest.raises(XerodiaryError) as refusal:
        await phones[BOB].enrol(code)
    assert refusal.value.code is Code.CODE_EXPIRED


async def test_a_server_that_goes_on_ends_and_it_stays_noted_whatever_comes_in(
    server: Server, phones: dict[str, Phone], snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda process, signal: ended.append((process, signal)))
    await standing_still(server, snapshots)
    await evening(server, phones, TUESDAY)
    farthest.guard(server.services, server.environment.now())
    assert ended == []

    await standing_still(server, snapshots, put_back=True)
    swept_at = value_of(server, state.SWEPT_AT)
    assert farthest.guard(server.services, server.environment.now()) == 1
    for day in (WEDNESDAY, WEDNESDAY + timedelta(days=1)):
        await evening(server, phones, day)
    assert farthest.guard(server.services, server.environment.now()) == 0
    assert ended == [(os.getpid(), signal.SIGTERM)] * 2
    with pytest.raises(XerodiaryError) as refusal:
        farthest.require_reached(server.services)
    assert refusal.value.code is Code.DATABASE_SET_BACK

    assert new_epoch.begin(server.services).until == swept_at
    farthest.require_reached(server.services)
    assert farthest.guard(server.services, server.environment.now()) == 0
    assert len(ended) == 2


async def test_no_change_number_is_given_twice_when_it_goes_back_twice_within_minutes(
    server: Server, phones: dict[str, Phone], snapshots: Snapshots
) -> None:
    await standing_still(server, snapshots)
    await evening(server, phones, TUESDAY)
    await standing_still(server, snapshots, put_back=True)
    new_epoch.begin(server.services)
    await standing_still(server, snapshots)
    highest = many_changes(server)
    await standing_still(server, snapshots, put_back=True)
    server.environment.advance(seconds=90)
    new_epoch.begin(server.services)
    assert change_no(server) > highest


async def test_the_copy_alone_tells_of_numbers_that_were_given_shortly_before(
    server: Server, phones: dict[str, Phone]
) -> None:
    new_epoch.begin(server.services)
    highest = many_changes(server)
    (server.services.settings.var_folder / mark.FILE).unlink()
    server.environment.advance(seconds=90)
    new_epoch.begin(server.services)
    assert change_no(server) > highest


def many_changes(server: Server) -> int:
    """As when a phone sends a year again: more than seconds pass until the next look. The number of the last one."""

    def count(connection: Connection) -> None:
        with holding(connection, ALICE) as held:
            for _ in range(1000):
                held.next_change()

    server.services.writer.run(ALICE, count)
    farthest.note(server.services, server.environment.now())
    return change_no(server)


def change_no(server: Server) -> int:
    with reading(server.services.engine) as connection:
        row = participants.get(connection, ALICE)
    assert row is not None
    return row.change_no


def test_a_mark_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    file = tmp_path / mark.FILE
    for words, set_back in (("e 5 then", ""), ("e 5 then earlier", "earlier"), ("e 5 then - 0", "")):
        file.write_text(words + "\n")
        assert mark.noted(file) == mark.Farthest("e", 5, "then", set_back)
    for words in ("e 5", "e five then", "e 5 then - many", "e 5 then - 6 7"):
        file.write_text(words + "\n")
        assert mark.noted(file) is None


def value_of(server: Server, name: str) -> str | None:
    with reading(server.services.engine) as connection:
        return state.value(connection, name)


async def test_nothing_is_noted_twice_and_a_mark_that_is_cut_short_stops_nobody(
    server: Server, phones: dict[str, Phone]
) -> None:
    file = server.services.settings.var_folder / mark.FILE
    assert farthest.note(server.services, server.environment.now()) == 0
    file.write_text(file.read_text()[:20])
    farthest.require_reached(server.services)
    assert farthest.note(server.services, server.environment.now()) == 0
    noted = mark.noted(file)
    assert noted is not None
    assert (noted.epoch, noted.at) == (server.services.epoch, format_utc(server.environment.now()))


async def test_a_mark_that_cannot_be_kept_or_read_stops_nobody(
    server: Server, phones: dict[str, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = server.services.settings.var_folder / mark.FILE
    file.write_bytes(b"\xff\x00 not a mark")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert farthest.note(server.services, server.environment.now()) == 0
        farthest.require_reached(server.services)
    assert [one.name for one in file.parent.glob(f"{mark.FILE}*")] == [mark.FILE]
    assert file.read_bytes().startswith(b"\xff")


@pytest.mark.usefixtures("own_logging")
async def test_serving_from_less_is_refused(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        epoch = app.state.services.epoch
    (settings.var_folder / mark.FILE).write_text(f"{epoch} 1000000 2026-11-22T18:00:00.000Z\n")
    with pytest.raises(XerodiaryError) as refusal:
        async with app.router.lifespan_context(app):
            pass
    assert refusal.value.code is Code.DATABASE_SET_BACK
    assert refused_start(app) is refusal.value, "only then it is told in words"
