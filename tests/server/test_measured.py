"""One phone cannot fill the disk of all: far beyond what a diary holds it waits, and loses nothing by it."""

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import CONTACT_PATH, CURRENT, SYNC_PATH, ContactRequest, ErrorAnswer, SyncAnswer, deflate
from diary_app.sync.outcome import PASSING
from server import measured
from server.db.devices import Activation
from server.measured import MOST_IN_AN_HOUR, Measured
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, ready

LARGE = "x" * 30_000


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What is counted stands in memory."""
    return migrated_sqlite


@pytest.fixture
def services(app: FastAPI) -> Services:
    """Those of the running server."""
    services: Services = app.state.services
    return services


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much as three large records."""
    monkeypatch.setattr(measured, "MOST_IN_AN_HOUR", 3 * len(LARGE) + 10_000)


async def send(client: httpx.AsyncClient, phone: Handset) -> httpx.Response:
    """A large record that comes as a few bytes."""
    body = deflate(phone.request([phone.record("app_event", what=LARGE).text]).model_dump_json().encode())
    named = {"authorization": f"Bearer {phone.token}", "content-encoding": "gzip"}
    return await client.post(SYNC_PATH, content=body, headers=named)


@pytest.mark.usefixtures("little")
async def test_a_phone_that_runs_wild_waits_and_the_others_go_on(
    services: Services, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    met = [(await send(client, alice)).status_code for _ in range(4)]
    assert met == [200, 200, 200, 503]
    refused = ErrorAnswer.model_validate_json((await send(client, alice)).content)
    assert (refused.code, refused.retry_after) == (Code.SERVER_BUSY, 3600)
    assert refused.code in PASSING, "the phone tells nobody of a problem, and tries again"
    assert (await send(client, bob)).status_code == 200


@pytest.mark.usefixtures("little")
async def test_signs_of_life_are_counted_with_the_rest(services: Services, client: httpx.AsyncClient) -> None:
    alice = ready(services, ALICE)
    named = {"authorization": f"Bearer {alice.token}"}
    body = ContactRequest(
        protocol=CURRENT.number, device=alice.device, device_clock=alice.now(), pending=0, head=alice.head
    ).model_dump_json()
    met = {(await client.post(CONTACT_PATH, content=body, headers=named)).status_code for _ in range(3)}
    for _ in range(3):
        await send(client, alice)
    met.add((await client.post(CONTACT_PATH, content=body + " " * 10_000, headers=named)).status_code)
    assert met == {200, 503}


@pytest.mark.usefixtures("little")
async def test_after_the_hour_everything_comes_in(
    services: Services, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    for _ in range(4):
        await send(client, alice)
    clock.advance(hours=1)
    held_back, new = alice.records[-1], alice.record("app_event", what="opened")
    body = alice.request([held_back.text, new.text]).model_dump_json()
    answer = await client.post(SYNC_PATH, content=body, headers={"authorization": f"Bearer {alice.token}"})
    receipts = SyncAnswer.model_validate_json(answer.content).receipts
    assert [(one.id, one.accepted) for one in receipts] == [(held_back.id, True), (new.id, True)]


def phone(clock: SimulatedEnvironment) -> Activation:
    return Activation("phone", ALICE, "0" * 64, clock.now())


def test_years_that_were_never_sent_come_in_at_once(clock: SimulatedEnvironment) -> None:
    """Two years of evenings of ten records each, as long as entries are, sent three times as answers are lost."""
    counted = Measured()
    for _ in range(3 * 730):
        counted.take(phone(clock), 10 * 2_000, clock.now())


@pytest.mark.parametrize("hours", [1, 500, -500])
def test_no_clock_makes_anybody_wait_for_longer(clock: SimulatedEnvironment, hours: int) -> None:
    counted = Measured()
    counted.take(phone(clock), MOST_IN_AN_HOUR, clock.now())
    with pytest.raises(RequestRefused) as refusal:
        counted.take(phone(clock), 1, clock.now())
    assert 0 < (refusal.value.retry_after or 0) <= 3600
    clock.advance(hours=hours)
    counted.take(phone(clock), MOST_IN_AN_HOUR, clock.now())
