"""Disks that are full, folders that cannot be written, databases that go away: said with a code, nothing half-done."""

import gc
import resource
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from server.backup import making, restoring
from server.backup.making import Made
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import administer

LITTLE = 4096


@contextmanager
def files_no_larger_than(limit: int) -> Iterator[None]:
    """What a full disk does, to this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_earlier_backup_alone(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    earlier = making.make(services, folder, clock.now())
    content = earlier.file.read_bytes()
    clock.advance(hours=1)
    with files_no_larger_than(LITTLE), pytest.raises(CommandRefused) as refusal:
        making.make(services, folder, clock.now())
    assert refusal.value.code is Code.BACKUP_FAILED
    assert [file.name for file in folder.iterdir()] == [earlier.file.name]
    assert earlier.file.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_named(services: Services, clock: SimulatedEnvironment) -> None:
    with pytest.raises(CommandRefused, match="/proc/backups") as refusal:
        making.make(services, Path("/proc/backups"), clock.now())
    assert refusal.value.code is Code.BACKUP_FAILED


def test_a_disk_that_fills_up_while_restoring_leaves_nothing_and_the_next_try_works(
    small: Made, here: Settings, clock: SimulatedEnvironment
) -> None:
    with files_no_larger_than(16 * LITTLE), pytest.raises(XerodiaryError) as refusal:
        restoring.restore(small.file, here, clock)
    assert refusal.value.code is Code.DATABASE_UNAVAILABLE
    assert restoring.restore(small.file, here, clock).manifest == small.manifest


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_in_the_middle_leaves_no_file(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    with services.engine.connect() as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(text("LOCK TABLE account"))  # the backup has written much already when it comes here
        making_it = pool.submit(making.make, services, tmp_path / "backups", clock.now())
        waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE "
        waiting += "datname = current_database())"
        while (process := holder.execute(text(waiting)).scalar()) is None and not making_it.done():
            time.sleep(0.05)
        administer(services.settings.database_url, f"SELECT pg_terminate_backend({process})")
        with pytest.raises(CommandRefused) as refusal:
            making_it.result(30)
    assert refusal.value.code is Code.BACKUP_FAILED
    assert list((tmp_path / "backups").iterdir()) == []
    assert making.make(services, tmp_path / "backups", clock.now()).file.exists()
    del refusal, making_it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # SQLAlchemy leaves the cursor of a lost connection open
        gc.collect()
