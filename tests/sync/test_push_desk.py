"""Telling the server where this browser takes reminders: once, again when either side changed, at no cost of a sync."""

import asyncio
import json

import pytest

from diary_app.core.wire import PushAddress, SyncAnswer
from diary_app.courier import Courier
from diary_app.host import Permission
from diary_app.storage.diary import Diary
from diary_app.sync.engine import SyncEngine
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.push_desk import PushDesk
from server.simulate.environment import SimulatedEnvironment
from tests.screens.conftest import FakeHost
from tests.screens.test_app import StandingClock
from tests.sync.fakes import ChainKeeper

KEY = "B" * 87
ADDRESS = PushAddress(endpoint="https://push.example/secret", p256dh="P" * 87, auth="A" * 22)


class Browser:
    """Gives out one address, and counts how often it is asked."""

    def __init__(self, said: str = ADDRESS.model_dump_json()) -> None:
        self.said = said
        self.keys: list[str] = []

    async def __call__(self, key: str) -> str:
        self.keys.append(key)
        return self.said


@pytest.fixture
def desk() -> PushDesk:
    return PushDesk()


@pytest.fixture
def engine(diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment, desk: PushDesk) -> SyncEngine:
    return SyncEngine(diary, keeper, clock, desk=desk)


def push(keeper: ChainKeeper, *, key: str = KEY, held: str | None = None) -> None:
    """The server pushes reminders, and keeps what it is told unless `held` names something else."""

    def change(answer: SyncAnswer) -> SyncAnswer:
        said = keeper.requests[-1].push
        kept = said.fingerprint if said and held is None else held or ""
        return answer.model_copy(update={"push_key": key, "push_held": kept})

    keeper.change = change


async def test_the_address_goes_with_the_next_sync_and_not_with_the_one_after(
    engine: SyncEngine, keeper: ChainKeeper, desk: PushDesk
) -> None:
    push(keeper)
    await engine.sync()
    browser = Browser()
    assert await desk.ask(browser)
    await engine.sync()
    keeper.change = lambda answer: answer.model_copy(update={"push_key": KEY, "push_held": ADDRESS.fingerprint})
    await engine.sync()
    assert [request.push for request in keeper.requests] == [None, ADDRESS, None]
    assert browser.keys == [KEY]


async def test_a_server_that_lost_it_hears_it_again(engine: SyncEngine, keeper: ChainKeeper, desk: PushDesk) -> None:
    push(keeper)
    await engine.sync()
    await desk.ask(Browser())
    await engine.sync()
    push(keeper, held="")
    await engine.sync()
    await engine.sync()
    assert [request.push is not None for request in keeper.requests] == [False, True, False, True]


async def test_a_server_that_will_not_have_it_is_not_asked_at_once_again(
    engine: SyncEngine, keeper: ChainKeeper, desk: PushDesk
) -> None:
    push(keeper, held="")
    await engine.sync()
    assert await desk.ask(Browser())
    await engine.sync()
    assert not await desk.ask(Browser())


async def test_where_nothing_is_pushed_the_browser_is_not_asked(
    engine: SyncEngine, keeper: ChainKeeper, desk: PushDesk
) -> None:
    await engine.sync()
    browser = Browser()
    assert not await desk.ask(browser)
    assert browser.keys == []


@pytest.mark.parametrize(
    "said",
    ["", "null", "[]", "{}", "\x00", json.dumps({**ADDRESS.model_dump(), "endpoint": "https://a/" + "x" * 3000})],
)
async def test_what_a_browser_says_can_stop_no_sync(
    engine: SyncEngine, keeper: ChainKeeper, desk: PushDesk, said: str
) -> None:
    push(keeper)
    await engine.sync()
    assert not await desk.ask(Browser(said))
    await engine.sync()
    assert keeper.requests[-1].push is None


@pytest.mark.parametrize(
    ("permission", "sent"),
    [(Permission.GRANTED, [None, ADDRESS]), (Permission.DENIED, [None]), (Permission.ASK, [None])],
)
async def test_only_where_reminders_are_allowed(
    diary: Diary, clock: SimulatedEnvironment, permission: Permission, sent: list[PushAddress | None]
) -> None:
    keeper, host = ChainKeeper(clock), FakeHost(permission=permission, address=ADDRESS.model_dump_json())
    push(keeper)
    outcomes: list[SyncOutcome] = []
    courier = Courier(diary, host, StandingClock(clock.now()), outcomes.append, lambda _address: keeper)
    sending = asyncio.ensure_future(courier.run())
    for _ in range(100):
        await asyncio.sleep(0)
    sending.cancel()
    assert [request.push for request in keeper.requests] == sent
    assert {outcome.standing for outcome in outcomes} == {Standing.ALL_SENT}
