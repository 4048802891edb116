"""Whoever holds every role at Odense finds nobody of Copenhagen: at no address, by no form, in no file."""

import re

import httpx
import pytest
from sqlalchemy import func, select

from server.access.console_table import CONSOLE, Permission
from server.access.roles import Role
from server.db import staff_facts
from server.db.engine import reading
from server.intake.corrected import corrections_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import kept, staged
from tests.console.conftest import MORNING, LogIn

ROUTES = [name.split() for name, needed in CONSOLE.items() if isinstance(needed, Permission)]
ELSEWHERE = {"site": "copenhagen", "participant": kept.NUMBER, "password": staged.PASSWORD}


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Early enough for a diary to have been kept when the morning comes."""
    return SimulatedEnvironment(kept.begin(MORNING))


@pytest.fixture
def places(services: Services) -> dict[str, str]:
    """What stands at Copenhagen, for the places in an address."""
    kept.keep(services, MORNING)
    with reading(services.engine) as connection:
        (correction,) = corrections_of(connection, kept.NUMBER)
    return {"participant": kept.NUMBER, "correction": correction.id}


def facts(services: Services) -> int:
    with reading(services.engine) as connection:
        return connection.execute(select(func.count()).select_from(staff_facts.TABLE)).scalar_one()


async def csrf_of_mallory(services: Services, log_in: LogIn) -> str:
    staged.account(services, "mallory", *((role, "odense") for role in Role if role is not Role.SPONSOR))
    return (await log_in("mallory")).csrf


async def test_every_address_of_somebody_elsewhere_leads_nowhere(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, places: dict[str, str]
) -> None:
    csrf, before = await csrf_of_mallory(services, log_in), facts(services)
    theirs = [(method, path) for method, path in ROUTES if "{participant}" in path]
    met = {}
    for method, path in theirs:
        here = re.sub(r"\{(\w+)\}", lambda place: places[place[1]], path)
        form = {**ELSEWHERE, "csrf": csrf} if method == "POST" else None
        met[method, path] = (await client.request(method, here, data=form)).status_code
    assert set(met.values()) == {404}, met
    assert (len(theirs) > 30, facts(services)) == (True, before)


async def test_no_page_list_or_file_names_anybody_elsewhere(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, places: dict[str, str]
) -> None:
    await csrf_of_mallory(services, log_in)
    pages = [path for method, path in ROUTES if method == "GET" and "{" not in path]
    for path in pages:
        for asked in ({}, {"csv": "1"}, {"site": "copenhagen"}, {"find": "01-"}):
            answer = await client.get(path, params=asked)
            assert kept.NUMBER not in answer.text, (path, asked)
            assert answer.status_code < 500, (path, asked)


async def test_somebody_at_the_site_is_led_there(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, places: dict[str, str]
) -> None:
    """So that the tests above would notice."""
    await log_in("carol")
    assert kept.NUMBER in (await client.get("/console/participants")).text
