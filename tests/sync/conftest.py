"""Alice's phone with one entry on it, enrolled without a server; and a server that only keeps chains."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import enrol
from tests.sync.fakes import ChainKeeper


@pytest.fixture
def diary(tmp_path: Path, clock: SimulatedEnvironment) -> Iterator[Diary]:
    diary = Diary.open(str(tmp_path / "alice.db"), clock)
    enrol(diary, clock)
    yield diary
    diary.close()


@pytest.fixture
def keeper(clock: SimulatedEnvironment) -> ChainKeeper:
    return ChainKeeper(clock)
