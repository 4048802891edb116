"""Alice's phone enrolled without a server and a server that only keeps chains; and a real server with real phones."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import enrol
from tests.sync.fakes import ChainKeeper
from tests.sync.world import Phone, Server, running


@pytest.fixture
def diary(tmp_path: Path, clock: SimulatedEnvironment) -> Iterator[Diary]:
    diary = Diary.open(str(tmp_path / "alice.db"), clock)
    enrol(diary, clock)
    yield diary
    diary.close()


@pytest.fixture
def keeper(clock: SimulatedEnvironment) -> ChainKeeper:
    return ChainKeeper(clock)


@pytest.fixture
async def server(tmp_path: Path, clock: SimulatedEnvironment) -> AsyncIterator[Server]:
    async with running(tmp_path, clock) as server:
        server.add("copenhagen", "001")
        server.add("odense", "001")
        yield server


@pytest.fixture
def phone(server: Server, tmp_path: Path) -> Iterator[Callable[[str], Phone]]:
    """Makes phones by name; the same name is the same file, as after a restart of the app."""
    with ExitStack() as switched_on:

        def phone(name: str) -> Phone:
            made = Phone(tmp_path / f"{name}.db", server)
            switched_on.callback(made.close)
            return made

        yield phone


@pytest.fixture
async def alice(server: Server, phone: Callable[[str], Phone]) -> Phone:
    """Alice's phone, enrolled and trained, on an evening when her diary is open."""
    made = phone("alice")
    await made.enrol(server.code("01-001"))
    await made.sync()
    server.environment.advance(days=2)
    return made


@pytest.fixture
async def bob(server: Server, phone: Callable[[str], Phone]) -> Phone:
    """Bob's phone at another site."""
    made = phone("bob")
    await made.enrol(server.code("02-001"))
    await made.sync()
    return made
