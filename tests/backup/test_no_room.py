"""A disk without room, as the system says it: for a start, for a backup in its middle, for the log.

The limits are those that any user may set for a process of their own, and Linux's /dev/full; nothing is mounted.
"""

import errno
import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, RequestRefused
from server import logs
from server.alerts.house_alerts import house_alerts
from server.alerts.open_alerts import Kind
from server.backup import archive, making, new_epoch, nightly, restoring, standing
from server.backup.making import Made
from server.db import state
from server.db.engine import reading
from server.db.writer import InlineWriter, Work
from server.full_disk import DiskFull
from server.own_secret import own_secret
from server.services import Services, open_services, reachable
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.room import Room

ROOT = Path(__file__).parents[2]
#: Starts a server of which no file may grow beyond so many bytes, and says what came of it.
START = """
import resource, sys
from pathlib import Path
from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import XerodiaryError
from server.services import open_services
from server.settings import Settings
folder, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
settings = Settings(var_folder=folder, database_url=f"sqlite:///{folder / 'server.sqlite'}")
try:
    open_services(settings, SystemEnvironment(), threaded=True).close()
except XerodiaryError as error:
    print(error.code, error.remedy)
else:
    print("started")
"""


def settings_in(folder: Path) -> Settings:
    return Settings(var_folder=folder, database_url=f"sqlite:///{folder / 'server.sqlite'}")


def started(folder: Path, limit: int) -> str:
    line = [sys.executable, "-c", START, str(folder), str(limit)]
    done = subprocess.run(line, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("limit", [0, 10, 200, 30_000, 200_000])
def test_a_first_start_without_room_refuses_in_words_and_the_next_one_starts(tmp_path: Path, limit: int) -> None:
    code, _, remedy = started(tmp_path, limit).partition(" ")
    assert code in {Code.DISK_FULL, Code.DATABASE_UNAVAILABLE}  # what a limit stops the database calls an I/O error
    assert remedy
    assert not [*tmp_path.glob("secret.*")]
    assert started(tmp_path, 50_000_000) == "started"


def test_a_start_without_room_keeps_the_secret_that_there_is(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    open_services(settings_in(tmp_path), clock).close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if "sqlite" not in file.name}
    started(tmp_path, 0)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_half_a_secret_is_never_one(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    draft = tmp_path / f"secret.{os.getpid()}"
    draft.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        own_secret(settings_in(tmp_path), clock)
    assert [*tmp_path.iterdir()] == []
    assert len(own_secret(settings_in(tmp_path), clock)) == 64


def test_a_database_without_room_is_told_as_that(tmp_path: Path, clock: SimulatedEnvironment) -> None:
    room = Room()
    room.is_full = True
    with room.everywhere(), pytest.raises(DiskFull) as refused:
        open_services(settings_in(tmp_path), clock)
    assert refused.value.code is Code.DISK_FULL
    assert "the database" in refused.value.message
    open_services(settings_in(tmp_path), clock).close()


def test_what_the_system_gives_no_name_is_told_as_the_database() -> None:
    with pytest.raises(DiskFull) as refused, reachable():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert refused.value.message == "The disk has no room left for the database."


# ---- backups -----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(services: Services, tmp_path: Path) -> Path:
    services.settings.backup_folder = tmp_path / "backups"
    return tmp_path / "backups"


@contextmanager
def no_file_grows_beyond(so_many_bytes: int) -> Iterator[None]:
    """Of those that this process writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (so_many_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def so_much_room(bytes_left: int) -> Iterator[None]:
    """While a backup is written no file of this process grows beyond that."""
    whole = archive.write

    def write(stream: IO[bytes], *given: Any) -> Any:
        with no_file_grows_beyond(bytes_left):
            made = whole(stream, *given)
            stream.flush()
            return made

    with patch.object(archive, "write", write):
        yield


def is_told(services: Services, now: datetime) -> tuple[bool, bool]:
    """By System health, and by an alert."""
    with reading(services.engine) as connection:
        alerts = house_alerts(connection, now, backups_wanted=True)
        health = standing.known(services, connection).failed_at is not None
    return health, any(one.kind is Kind.BACKUP_FAILED for one in alerts)


@pytest.mark.parametrize("part", [0, 0.3, 0.99])
def test_a_backup_that_finds_no_room_is_none(
    services: Services, folder: Path, clock: SimulatedEnvironment, part: float
) -> None:
    assert nightly.back_up(services, clock.now()) == 1
    (earlier,) = folder.iterdir()
    kept = earlier.read_bytes()
    clock.advance(days=1)
    with so_much_room(int(len(kept) * part)):
        assert nightly.back_up(services, clock.now()) == 0
    assert [(file, file.read_bytes()) for file in folder.iterdir()] == [(earlier, kept)]
    assert is_told(services, clock.now()) == (True, True)
    clock.advance(minutes=10)
    assert nightly.back_up(services, clock.now()) == 1
    assert len([*folder.iterdir()]) == 2
    assert is_told(services, clock.now()) == (False, False)


def test_a_failure_that_finds_no_room_to_be_noted_is_told_and_tried_again(
    services: Services, folder: Path, clock: SimulatedEnvironment
) -> None:
    with patch.object(making, "_write", without_room(services)), pytest.raises(RequestRefused):
        nightly.back_up(services, clock.now())
    assert is_told(services, clock.now())[0]
    services.writer.has_room = True  # type: ignore[attr-defined]
    clock.advance(minutes=10)
    assert nightly.back_up(services, clock.now()) == 1
    assert is_told(services, clock.now()) == (False, False)


def test_a_failure_that_is_noted_late_undoes_nothing_that_another_process_has_done(
    services: Services, open_more: Callable[..., Services], folder: Path, clock: SimulatedEnvironment
) -> None:
    another = open_more()
    another.settings.backup_folder = folder
    with patch.object(making, "_write", without_room(services)), pytest.raises(RequestRefused):
        nightly.back_up(services, clock.now())
    clock.advance(hours=6)  # the lease of the first has ended
    assert nightly.back_up(another, clock.now()) == 1
    services.writer.has_room = True  # type: ignore[attr-defined]
    clock.advance(minutes=10)
    assert nightly.back_up(services, clock.now()) == 0
    assert is_told(services, clock.now()) == (False, False)
    assert len([*folder.iterdir()]) == 1


def without_room(services: Services) -> Callable[..., None]:
    """One disk for the database and its backups, which is full in the middle of a backup."""

    class Full(InlineWriter):
        has_room = False

        def run(self, participant: str, work: Work[Any]) -> Any:
            if not self.has_room:
                raise RequestRefused(Code.DATABASE_UNAVAILABLE, "The database cannot be used just now.", "Make room.")
            return super().run(participant, work)

    def write(*_: object) -> None:
        services.writer = Full(services.engine)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return write


# ---- a restore, and another epoch -------------------------------------------------------------------------


@contextmanager
def so_many_pages(left: int) -> Iterator[None]:
    """No SQLite database that is opened meanwhile grows by more than that."""
    room = Room()
    room.is_full, room.left = True, left
    with room.everywhere():
        yield


@pytest.mark.parametrize("left", [0, 20, 80])
def test_a_restore_without_room_refuses_in_words_and_the_next_one_restores(
    made: Made, here: Settings, clock: SimulatedEnvironment, left: int
) -> None:
    with so_many_pages(left), pytest.raises(DiskFull) as refused:
        restoring.restore(made.file, here, clock)
    assert refused.value.message == "The disk has no room left for the database."
    restored = restoring.restore(made.file, here, clock)
    assert (restored.manifest, restored.flaws) == (made.manifest, 0)


@pytest.mark.parametrize("name", ["sealing.key", "secret"])
def test_a_restore_without_room_for_a_file_beside_the_database_refuses_in_words(
    small: Made, here: Settings, clock: SimulatedEnvironment, name: str
) -> None:
    here.var_folder.mkdir()
    (here.var_folder / f"{name}.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(DiskFull) as refused:
        restoring.restore(small.file, here, clock)
    assert (refused.value.code, (here.var_folder / name).exists()) == (Code.DISK_FULL, False)
    assert restoring.restore(small.file, here, clock).flaws == 0


def test_another_epoch_without_room_is_not_begun(
    migrated_sqlite: str, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services = open_services(Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var"), clock)
    with no_file_grows_beyond(0), pytest.raises(RequestRefused) as refused:
        new_epoch.begin(services)
    assert refused.value.code is Code.DATABASE_UNAVAILABLE
    with reading(services.engine) as connection:
        assert state.value(connection, state.EPOCH) == services.epoch
    assert new_epoch.begin(services).epoch != services.epoch
    services.close()


# ---- the log -----------------------------------------------------------------------------------------------


def test_a_log_without_room_keeps_nobody_from_serving(
    own_logging: None, services: Services, clock: SimulatedEnvironment, folder: Path
) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, patch.object(sys, "stderr", io.StringIO()):
        logs.configure("info", clock, full)
        logs.logger().error("this_finds_no_room")
        assert nightly.back_up(services, clock.now()) == 1
        with suppress(OSError):
            full.close()
