"""Whom no mail reaches is shown what happened to their log-in after the next one, and finds it on their own page."""

import httpx

from server.access.account_facts import Happened, note
from server.access.roles import Role
from server.db import accounts
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page

NOTICES = "/console/me/notices"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def happens(services: Services, kind: Happened, name: str = "carol") -> None:
    with services.engine.begin() as connection:
        account = accounts.of_username(connection, name)
        assert account is not None
        note(connection, services.environment, kind, account.id, author="root")


async def have_read(client: httpx.AsyncClient, page: Page, **form: object) -> httpx.Response:
    return await client.post(NOTICES, data={"csrf": page.csrf, **form})


def facts_on(page: Page) -> list[str]:
    return [part.split('"')[0] for part in page.response.text.split('name="fact" value="')[1:]]


async def test_the_next_log_in_shows_it_and_goes_on_to_where_somebody_was_going(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    happens(services, Happened.PASSWORD_CHANGED)
    clock.advance(hours=1)
    form = {"username": "carol", "password": staged.PASSWORD, "next": "/console/calls"}
    page = Page(await client.post("/console/login", data=form, follow_redirects=True))
    assert page.response.url.path == NOTICES
    assert "The password of your account was changed." in page.text
    assert "If it was somebody else" in page.text
    gone_on = await have_read(client, page, next="/console/calls", fact=facts_on(page))
    assert gone_on.headers["location"] == "/console/calls"
    assert (await log_in("carol")).response.url.path == "/console/"
    assert (await client.get(NOTICES, params={"next": "//elsewhere.example"})).headers["location"] == "/console/"


async def test_unread_it_is_shown_again(services: Services, log_in: LogIn, clock: SimulatedEnvironment) -> None:
    happens(services, Happened.SECOND_FACTOR_RESET)
    clock.advance(hours=1)
    for _ in range(2):
        assert (await log_in("carol")).response.url.path == NOTICES


async def test_who_comes_in_from_another_browser_does_not_read_the_warning_away(
    client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    await log_in("carol")
    client.headers["user-agent"] = SAFARI
    clock.advance(hours=1)
    of_mallory = await log_in("carol")
    assert of_mallory.response.url.path == "/console/"
    await have_read(client, of_mallory)
    client.headers["user-agent"] = "python"
    clock.advance(hours=1)
    page = await log_in("carol")
    assert "from another kind of browser than before." in page.text
    assert "Safari on iPhone" in page.text


async def test_nobody_reads_or_removes_what_concerns_another(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    happens(services, Happened.PASSWORD_CHANGED)
    clock.advance(hours=1)
    facts = facts_on(await log_in("carol"))
    assert len(facts) == 1
    page = await log_in("ines")
    assert page.response.url.path == "/console/"
    await have_read(client, page, fact=facts)
    assert facts_on(await log_in("carol")) == facts


async def test_where_mail_tells_it_no_page_does(services: Services, log_in: LogIn, clock: SimulatedEnvironment) -> None:
    services.settings.smtp_host = "127.0.0.1"
    with services.engine.begin() as connection:
        carol = accounts.of_username(connection, "carol")
        assert carol is not None
        accounts.set_email(connection, carol.id, "carol@hospital.example")
    happens(services, Happened.PASSWORD_CHANGED)
    clock.advance(hours=1)
    assert (await log_in("carol")).response.url.path == "/console/"


async def test_ones_own_page_lists_it_however_it_was_told(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    happens(services, Happened.RECOVERY_CODE_USED)
    happens(services, Happened.SECOND_FACTOR_RESET, "ines")
    clock.advance(hours=1)
    page = await log_in("carol")
    await have_read(client, page, fact=facts_on(page))
    me = Page(await client.get("/console/me"))
    assert "What happened to your log-in" in me.text
    assert "One of your recovery codes was used." in me.text
    assert "was reset" not in me.text
