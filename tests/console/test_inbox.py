"""The inbox: what waits at a site, what is done about it, and who may look inside what was set aside."""

import re
from datetime import timedelta

import httpx
import pytest

from diary_app.core.errors import Code
from server.access.roles import Role
from server.db import set_aside, staff_facts
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.server.handset import Handset, add, ready
from tests.server.test_settling import came_aside

PATH = "/console/inbox"
LATER = timedelta(days=4)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Something from her phone was set aside."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    came_aside(handset)
    return handset


def aside(services: Services) -> SetAside:
    with reading(services.engine) as connection:
        (one,) = set_aside.at(connection, ["copenhagen"])
    return one


def kinds(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        return [row.kind for row in staff_facts.of(connection, ALICE)]


def waiting(page: Page) -> str:
    found = re.search(r'href="/console/inbox"[^>]*>[^<]*<span class="count">(\d+)', page.response.text)
    return found[1] if found else ""


async def send(client: httpx.AsyncClient, path: str, csrf: str, **form: str) -> Page:
    return Page(await client.post(PATH + path, data={"csrf": csrf, **form}, follow_redirects=True))


async def test_an_empty_inbox_says_what_would_be_here(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = Page(await client.get(PATH))
    assert "Nothing waits for anybody at your sites." in page.text
    assert "Nothing was set aside. What arrives and cannot join a diary by itself would be here." in page.text
    assert (waiting(page), page.inline) == ("", [])


async def test_never_activated_waits_after_three_days(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    add(services, ALICE)
    add(services, BOB)
    clock.advance(days=4)
    await log_in("carol")
    page = Page(await client.get(PATH))
    assert waiting(page) == "1"
    assert f'href="/console/participants/{ALICE}"' in page.response.text
    assert BOB not in page.text


async def test_an_alert_that_was_seen_to_is_gone(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    clock.advance(days=5)
    csrf = (await log_in("carol")).csrf
    page = Page(await client.get(PATH))
    assert "The phone has not been in touch for two days, although evenings were expected" in page.text
    form = dict(re.findall(r'name="(participant|kind|since)" value="([^"]+)"', page.response.text))
    done = await send(client, "/alerts", csrf, **form, action="called")
    assert (waiting(done), "It is noted." in done.text) == ("", True)
    await send(client, "/alerts", csrf, **form, action="called")
    assert kinds(services).count("alert_acknowledged") == 1


async def test_nothing_is_noted_without_what_was_done(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf = (await log_in("carol")).csrf
    page = await send(client, "/alerts", csrf, participant=ALICE, kind="silent_phone", since="2026-11-20T00:00:00.000Z")
    assert "Choose what was done about it." in page.text
    assert "alert_acknowledged" not in kinds(services)


async def test_what_was_set_aside_is_settled_with_the_password(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf = (await log_in("carol")).csrf
    path = f"/set-aside/{aside(services).id}/settle"
    form = {"outcome": "no_entry", "reason": "not_an_entry"}
    refused = await send(client, path, csrf, **form, password="wrong")
    assert (refused.response.status_code, aside(services).waits) == (403, True)
    done = await send(client, path, csrf, **form, password=staged.PASSWORD)
    assert ("It is settled." in done.text, waiting(done)) == (True, "")
    assert aside(services).outcome == "no_entry"


async def test_a_settlement_is_taken_back(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf, path = (await log_in("carol")).csrf, f"/set-aside/{aside(services).id}"
    await send(client, f"{path}/settle", csrf, outcome="no_entry", reason="not_an_entry", password=staged.PASSWORD)
    page = await send(client, f"{path}/reopen", csrf, reason="settled_in_error", password=staged.PASSWORD)
    assert ("It waits again." in page.text, aside(services).waits) == (True, True)


async def test_only_the_investigator_looks_inside_and_it_is_logged(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    path = f"/set-aside/{aside(services).id}/contents"
    carol = (await log_in("carol")).csrf
    assert (await send(client, path, carol, password=staged.PASSWORD)).response.status_code == 403
    assert "quarantine_seen" not in kinds(services)
    ines = (await log_in("ines")).csrf
    page = await send(client, path, ines, password=staged.PASSWORD)
    assert "{no record" in page.text
    assert kinds(services).count("quarantine_seen") == 1


async def test_another_site_finds_nothing(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    staged.account(services, "mallory", (Role.INVESTIGATOR, "odense"))
    csrf = (await log_in("mallory")).csrf
    item = aside(services).id
    assert waiting(Page(await client.get(PATH))) == ""
    assert (await client.get(f"{PATH}/set-aside/{item}")).status_code == 404
    page = await send(client, f"/set-aside/{item}/settle", csrf, outcome="no_entry", password=staged.PASSWORD)
    assert (page.response.status_code, Code.NOT_FOUND in page.text) == (404, True)
    assert aside(services).waits


async def test_the_list_downloads_as_csv(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    await log_in("carol")
    answer = await client.get(f"{PATH}/set-aside?csv=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"{ALICE}," in answer.text
