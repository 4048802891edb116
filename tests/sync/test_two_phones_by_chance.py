"""Whatever the network, the power and the backups do: in the end every record is on the server exactly once."""

import asyncio
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diary_app.core.records import RecordKind
from diary_app.sync.outcome import Standing
from server.simulate.environment import SimulatedEnvironment
from tests.sync.world import Fate, Phone, Server, running

EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)
OWNERS = {"alice": "01-001", "bob": "02-001"}
SOME = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

who = st.sampled_from(sorted(OWNERS))
fates = st.lists(st.sampled_from(list(Fate)), max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("save"), who, st.integers(1, 3)),
        st.tuples(st.just("sync"), who, fates),
        st.tuples(st.just("app restarts"), who, st.none()),
        st.tuples(st.just("server restarts"), who, st.none()),
        st.tuples(st.just("backup"), who, st.none()),
        st.tuples(st.just("restore"), who, st.none()),
        st.tuples(st.just("time passes"), who, st.integers(1, 40)),
    ),
    max_size=14,
)


class Story:
    """Two phones and a server, taken through some steps."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder = folder
        self.server = server
        self.phones: dict[str, Phone] = {}
        self.made = Counter(dict.fromkeys(OWNERS, 1))  # the training record

    async def begin(self) -> None:
        self.server.add("copenhagen", "001")
        self.server.add("odense", "001")
        for name, participant in OWNERS.items():
            self.phones[name] = Phone(self.folder / f"{name}.db", self.server)
            await self.phones[name].enrol(self.server.code(participant))
        await self.server.back_up(self.folder / "backup")

    async def take(self, act: str, name: str, how: object) -> None:
        match act, how:
            case "save", int(count):
                self.made[name] += count
                for _ in range(count):
                    self.phones[name].diary.append(RecordKind.APP_EVENT, {})
            case "sync", list(plan):
                await self.phones[name].sync(*plan)
            case "app restarts", _:
                self.phones[name].close()
                self.phones[name] = Phone(self.folder / f"{name}.db", self.server)
            case "server restarts", _:
                await self.server.restart()
            case "backup", _:
                await self.server.back_up(self.folder / "backup")
            case "restore", _:
                await self.server.restore(self.folder / "backup")
            case "time passes", int(hours):
                self.server.environment.advance(hours=hours)

    async def settle(self) -> None:
        """The network is good again."""
        for phone in self.phones.values():
            ended = await phone.sync()
            assert (ended.standing, ended.waiting) == (Standing.ALL_SENT, 0), ended

    def end(self) -> None:
        for phone in self.phones.values():
            phone.close()


async def tell(folder: Path, told: list[tuple[str, str, object]]) -> None:
    async with running(folder, SimulatedEnvironment(EVENING)) as server:
        story = Story(folder, server)
        await story.begin()
        for step in told:
            await story.take(*step)
        await story.settle()
        for name, participant in OWNERS.items():
            assert sorted(server.texts(participant)) == sorted(story.phones[name].texts())
            assert len(story.phones[name].texts()) == story.made[name]
            devices = len(story.phones[name].diary.conversation.chains())
            assert devices == 1 or any(Fate.LATE in how for _, _, how in told if isinstance(how, list))
        story.end()


@given(steps)
@SOME
def test_every_record_arrives_exactly_once(told: list[tuple[str, str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell(Path(folder), told))
