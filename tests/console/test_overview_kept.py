"""Rows of the overview that are kept: the same page as one made from nothing, for each reader what is theirs."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from diary_app.core.grading import State
from server.access.roles import Role
from server.console import reckoning
from server.db import devices
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, YESTERDAY, LogIn, Page

DONE, OPEN, MISSED = (State.DONE, None), (State.OPEN, None), (State.MISSED, None)
PAGES = ("/console/", "/console/?days=14", "/console/?days=365", "/console/?state=missed&days=56")


def map_of(page: Page) -> str:
    """The heat map alone: of the rest, a form for each log-in is another one."""
    found = re.search(r'<section class="map".*?</section>', page.response.text, re.DOTALL)
    assert found is not None
    return found[0]


async def maps(client: httpx.AsyncClient) -> list[str]:
    return [map_of(Page(await client.get(path))) for path in PAGES]


def forget_all(services: Services) -> None:
    reckoning.memory_of(services.engine).kept.clear()


async def test_a_page_of_kept_rows_is_the_page_made_from_nothing(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    staged.crowd(services, count=9)
    await log_in("carol")
    for hours in (0, 2, 3, 9):  # until noon, when evenings close, and beyond the opening of the next
        clock.advance(hours=hours)
        await log_in("carol")
        kept = await maps(client)
        assert await maps(client) == kept
        forget_all(services)
        assert await maps(client) == kept


async def test_each_reader_gets_their_own_sites_and_language(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    staged.account(services, "karen", (Role.COORDINATOR, "copenhagen"), language="da")
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    staged.participant(services, BOB, {YESTERDAY: MISSED})
    pages = {}
    for who in ("sam", "karen", "carol", "sam", "karen", "carol"):
        await log_in(who)
        pages.setdefault(who, []).append(await maps(client))
    assert all(first == second for first, second in pages.values())
    assert not any(BOB in page for who in ("karen", "carol") for page in pages[who][0])
    assert BOB in pages["sam"][0][0]
    assert "søndag 22. november: udfyldt" in pages["karen"][0][0]
    assert "Sunday 22 November: done" in pages["carol"][0][0]


async def test_a_sign_of_life_shows_although_it_is_no_change(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE}, seen_at=MORNING - timedelta(days=3))
    assert "Fri 20 Nov" in (await log_in("carol")).text
    with services.engine.begin() as connection:
        connection.execute(update(devices.TABLE).values(last_seen_at=MORNING))
    assert "today 08:02" in Page(await client.get("/console/")).text


async def test_an_evening_closes_in_a_kept_row_by_the_clock(
    services: Services, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.participant(services, ALICE, {YESTERDAY: OPEN}, is_swept=False)
    assert "Sunday 22 November: open – can still be filled in until 12:00" in (await log_in("carol")).cells
    clock.advance(hours=4)
    assert "Sunday 22 November: not heard from" in (await log_in("carol")).cells


async def test_what_is_kept_has_a_bound(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reckoning, "AT_MOST", 3)
    for number in ("01-001", "01-002"):
        staged.participant(services, number, {TODAY - timedelta(days=2): MISSED})
    await log_in("carol")
    await maps(client)
    kept = reckoning.memory_of(services.engine).kept
    assert len(kept) == 3
    assert {length for _, _, length in kept} == {15, 56}
