"""Many phones at once through the one writing thread: each entry is in, each is confirmed, none waits for another."""

import asyncio
from collections.abc import Callable
from datetime import date

import httpx
from fastapi import FastAPI

from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.db import records
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.server.handset import Handset, ready

DAY = date(2026, 11, 23)
PHONES = 12


async def sent(client: httpx.AsyncClient, handset: Handset) -> SyncAnswer:
    response = await client.post(
        SYNC_PATH, content=handset.request().model_dump_json(), headers={"authorization": f"Bearer {handset.token}"}
    )
    return SyncAnswer.model_validate_json(response.content)


async def test_many_phones_return_at_once(
    app: FastAPI, client: httpx.AsyncClient, clock: SimulatedEnvironment, open_more: Callable[..., Services]
) -> None:
    services: Services = app.state.services
    phones = [ready(services, f"01-{number:03d}", f"phone {number}") for number in range(PHONES)]
    clock.advance(days=1)
    entries = [phone.fill_in(DAY) for phone in phones]
    app.state.services = open_more(threaded=True)
    answers = await asyncio.gather(*(sent(client, phone) for phone in (*phones, *reversed(phones))))
    assert [one.receipts[0].accepted for one in answers] == [True] * 2 * PHONES
    assert {one.directive for one in answers} == {"none"}
    with reading(services.engine) as connection:
        kept = [row.id for phone in phones for row in records.accepted_entries(connection, phone.participant)]
    assert kept == [entry.id for entry in entries]
