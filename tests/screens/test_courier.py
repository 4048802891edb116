"""Which server a code is taken to, and which one the diary is sent to from then on."""

import asyncio
from dataclasses import dataclass, field

import pytest

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused
from diary_app.core.records import RecordKind
from diary_app.core.wire import ENROL_PATH
from diary_app.courier import Courier
from diary_app.sync.connecting import connect
from diary_app.sync.transport import Answer, ServerUnreachable, Transport
from tests.screens.conftest import CODE, Phone
from tests.screens.test_app import FakeServer
from tests.storage.phones import answer

WRONG, RIGHT = "https://wrong.example", "https://right.example"


@dataclass
class Network:
    """Servers by address; one that was never set up cannot be reached."""

    servers: dict[str, FakeServer] = field(default_factory=dict)

    def __call__(self, address: str) -> Transport:
        return self.servers.setdefault(address, FakeServer())


@pytest.fixture
def network(phone: Phone) -> Network:
    enrolled = Answer(200, answer(phone.clock).model_dump_json().encode())
    return Network({RIGHT: FakeServer([enrolled]), phone.host.server_url(): FakeServer([enrolled])})


@pytest.fixture
def courier(phone: Phone, network: Network) -> Courier:
    return Courier(phone.diary, phone.host, phone.clock, lambda _: None, network)


async def done() -> None:
    """Whatever was begun in the background has ended."""
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})


async def test_after_a_link_to_a_wrong_server_the_next_link_counts(
    phone: Phone, courier: Courier, network: Network
) -> None:
    with pytest.raises(ServerUnreachable):
        await courier.enrol(CODE, WRONG)
    await courier.enrol(CODE, RIGHT)
    installation = phone.diary.installation()
    assert installation is not None
    assert installation.server_url == RIGHT
    assert [network.servers[one].paths for one in (WRONG, RIGHT)] == [[ENROL_PATH], [ENROL_PATH]]


async def test_a_bare_code_after_a_link_goes_where_the_app_came_from(phone: Phone, courier: Courier) -> None:
    with pytest.raises(ServerUnreachable):
        await courier.enrol(CODE, WRONG)
    await courier.enrol(CODE)
    installation = phone.diary.installation()
    assert installation is not None
    assert installation.server_url == phone.host.server_url()


async def test_an_enrolled_phone_stays_with_its_server(phone: Phone, courier: Courier, network: Network) -> None:
    await courier.enrol(CODE, RIGHT)
    with pytest.raises(ServerUnreachable):
        await courier.enrol(CODE, WRONG)
    assert WRONG not in network.servers


async def test_a_bare_code_where_nobody_named_a_server_is_no_missing_network(phone: Phone, courier: Courier) -> None:
    phone.host.home = ""
    with pytest.raises(RequestRefused) as refused:
        await courier.enrol(CODE)
    assert refused.value.code is Code.SERVER_NOT_NAMED


async def test_an_address_in_the_clear_is_refused_and_not_tried(phone: Phone) -> None:
    courier = Courier(phone.diary, phone.host, phone.clock, lambda _: None, connect)
    with pytest.raises(RequestRefused) as refused:
        await courier.enrol(CODE, "http://diary.example")
    assert refused.value.code is Code.ADDRESS_NOT_SAFE


async def test_a_tap_on_a_reminder_is_written_down_once_with_its_moment(alice: Phone) -> None:
    courier = Courier(alice.diary, alice.host, alice.clock, lambda _: None, lambda _: FakeServer())
    alice.host.tapped = 1_795_370_400_000
    courier.wake()
    courier.wake()
    await done()
    courier.wake()
    await done()
    (noted,) = alice.diary.records(RecordKind.APP_EVENT)
    assert (noted.body["what"], noted.body["captured_at"]) == ("reminder_opened", "2026-11-22T18:00:00.000Z")
    assert alice.host.tapped == 0


async def test_a_tap_waits_until_the_diary_can_be_written(alice: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: object) -> None:
        raise DiaryUnavailable(Code.DIARY_LOCKED, "It is locked.", "Type the PIN.")

    courier = Courier(alice.diary, alice.host, alice.clock, lambda _: None, lambda _: FakeServer())
    alice.host.tapped = 1_795_370_400_000
    with monkeypatch.context() as patched:
        patched.setattr(alice.diary, "write", locked)
        courier.wake()
        await done()
    assert (alice.diary.records(RecordKind.APP_EVENT), alice.host.tapped > 0) == ((), True)
    courier.wake()
    await done()
    assert len(alice.diary.records(RecordKind.APP_EVENT)) == 1
