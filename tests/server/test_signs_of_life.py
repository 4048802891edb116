"""What the service worker says when a reminder arrives: the phone is there, and nothing more is proven."""

from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from diary_app.core.chain import START
from diary_app.core.errors import Code
from diary_app.core.wire import CONTACT_PATH, ContactRequest, Directive, ErrorAnswer
from server import jobs
from server.db import contacts, days, devices
from server.db.devices import Device
from server.db.engine import reading
from server.intake.rebuild import rebuild
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(app: FastAPI, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    handset = ready(app.state.services, ALICE)
    clock.advance(days=1)
    return handset


async def report(client: httpx.AsyncClient, phone: Handset, token: str = "", **changes: Any) -> httpx.Response:
    """What the worker posts, with what the app had told it."""
    values = {"protocol": 1, "device": phone.device, "device_clock": phone.now(), "head": phone.head, "pending": 0}
    message = ContactRequest(**{**values, **changes})
    bearer = {"authorization": f"Bearer {token or phone.token}"}
    return await client.post(CONTACT_PATH, content=message.model_dump_json(), headers=bearer)


def standing(phone: Handset) -> Device:
    with reading(phone.services.engine) as connection:
        device = devices.get(connection, phone.device)
    assert device is not None
    return device


def past_the_deadline(phone: Handset, clock: SimulatedEnvironment) -> None:
    """Noon of the day after, with the evening's window closed for good."""
    clock.advance(hours=20)
    jobs.sweep_due(phone.services, clock.now())


def grade_of(phone: Handset) -> tuple[str, str | None]:
    with reading(phone.services.engine) as connection:
        return next((row.state, row.reason) for row in days.of(connection, ALICE) if row.diary_day == DAY)


async def test_the_phone_is_seen_and_what_it_holds_is_noted(client: httpx.AsyncClient, alice: Handset) -> None:
    answer = await report(client, alice, pending=2)
    assert answer.status_code == 200
    assert set(answer.json()) == {"protocol", "server_time"}
    assert (standing(alice).last_seen_at, standing(alice).pending) == (alice.now(), 2)


async def test_nothing_pending_never_makes_an_evening_missed(
    client: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    past_the_deadline(alice, clock)
    proven = standing(alice).complete_until
    await report(client, alice, pending=0)
    assert grade_of(alice) == ("unknown", "silent")
    assert standing(alice).complete_until == proven


async def test_a_phone_that_holds_entries_is_not_silent(
    client: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    past_the_deadline(alice, clock)
    await report(client, alice, pending=1)
    assert grade_of(alice) == ("unknown", "held_unsent")


async def test_a_head_that_lags_behind_raises_no_doubt(
    client: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    alice.fill_in(DAY)
    alice.sync()
    await report(client, alice, head=START)
    clock.advance(minutes=1)
    assert alice.sync().directive is Directive.NONE
    assert not standing(alice).doubtful


async def test_a_clock_that_is_off_is_flagged(client: httpx.AsyncClient, alice: Handset) -> None:
    await report(client, alice, device_clock="2026-11-23T12:00:00.000Z")
    with reading(alice.services.engine) as connection:
        assert contacts.of(connection, alice.device)[-1].flags == "by_reminder,clock_off"


async def test_rebuilding_keeps_what_was_seen(
    client: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    past_the_deadline(alice, clock)
    await report(client, alice, pending=1)
    before, services = standing(alice), alice.services
    services.writer.run("", lambda connection: rebuild(connection, services, clock.now()))
    assert (standing(alice), grade_of(alice)) == (before, ("unknown", "held_unsent"))


@pytest.mark.parametrize(("change", "code"), [
    ({"token": "guessed"}, Code.DEVICE_UNKNOWN),
    ({"device": "99999999-9999-4999-8999-999999999999"}, Code.DEVICE_UNKNOWN),
    ({"protocol": 2}, Code.PROTOCOL_TOO_NEW),
])  # fmt: skip
async def test_mallory_and_newer_apps_are_refused(
    client: httpx.AsyncClient, alice: Handset, change: dict[str, Any], code: Code
) -> None:
    before = standing(alice)
    refused = ErrorAnswer.model_validate_json((await report(client, alice, **change)).content)
    assert refused.code is code
    assert standing(alice) == before
