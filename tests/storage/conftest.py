"""A phone enrolled by an answer written here, without any server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import enrol


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "diary.db")


@pytest.fixture
def database(file: str) -> Iterator[Database]:
    database = Database(file)
    database.prepare()
    yield database
    database.close()


@pytest.fixture
def start(file: str, clock: SimulatedEnvironment) -> Iterator[Callable[[], Diary]]:
    """Start the app on the phone, again and again if need be."""
    with ExitStack() as started:

        def start() -> Diary:
            diary = Diary.open(file, clock)
            started.callback(diary.close)
            return diary

        yield start


@pytest.fixture
def diary(database: Database, clock: SimulatedEnvironment) -> Diary:
    diary = Diary(database, clock)
    enrol(diary, clock)
    return diary
