"""An invitation is opened: Alma, the administrator, has invited Dorte."""

import httpx
import pytest

from server.access import invitations, second_factor, sessions
from server.access.invitations import Wanted
from server.access.roles import Role
from server.db import accounts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import Page
from tests.console.stepping import NEW, STEP, rows, secret_on, set_up


@pytest.fixture
def required(services: Services) -> None:
    """The study asks everybody for a second step."""
    services.settings.second_factor = "required"


def link_path(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def link(services: Services) -> str:
    wanted = Wanted("dorte", "Dorte Dahl", "en", [(Role.COORDINATOR, "copenhagen")])
    with services.engine.begin() as connection:
        invited = invitations.invite(connection, services, wanted, author="alma-id")
    return link_path(invited.link(services))


async def test_the_code_leaves_the_address_at_once(client: httpx.AsyncClient, link: str) -> None:
    answer = await client.get(link)
    assert answer.headers["location"] == "/console/join"
    assert answer.headers["referrer-policy"] == "no-referrer"
    page = Page(await client.get("/console/join"))
    assert "Welcome, Dorte Dahl." in page.text
    assert link.split("=")[1] not in page.response.text


async def test_dorte_chooses_a_password_and_is_offered_the_second_step(client: httpx.AsyncClient, link: str) -> None:
    await client.get(link, follow_redirects=True)
    form = {"password": NEW, "again": NEW, "language": "en"}
    page = Page(await client.post("/console/join", data=form, follow_redirects=True))
    assert page.response.url.path == "/console/me/second-factor"
    assert secret_on(page).secret
    assert "xerodiary-join" not in client.cookies


@pytest.mark.usefixtures("required")
async def test_where_the_study_asks_dorte_has_to_set_it_up(client: httpx.AsyncClient, link: str) -> None:
    await client.get(link, follow_redirects=True)
    form = {"password": NEW, "again": NEW}
    page = Page(await client.post("/console/join", data=form, follow_redirects=True))
    assert page.response.url.path == STEP
    answer = await client.get("/console/", headers={"accept": "text/html"})
    assert answer.headers["location"].startswith(STEP)


async def test_a_link_works_once(client: httpx.AsyncClient, link: str) -> None:
    form = {"password": NEW, "again": NEW}
    await client.get(link)
    await client.post("/console/join", data=form)
    client.cookies.clear()
    assert (await client.get(link, follow_redirects=True)).status_code == 404
    assert (await client.post("/console/join", data=form)).status_code == 404


async def test_a_link_runs_out(client: httpx.AsyncClient, clock: SimulatedEnvironment, link: str) -> None:
    clock.advance(hours=72)
    page = Page(await client.get(link, follow_redirects=True))
    assert page.response.status_code == 410
    assert "This link has run out." in page.text


@pytest.mark.parametrize("code", ["x", "0" * 64, "%00", "ø", "x" * 5000])
async def test_garbage_opens_nothing(services: Services, client: httpx.AsyncClient, code: str) -> None:
    page = Page(await client.get(f"/console/join?code={code}", follow_redirects=True))
    assert page.response.status_code == 404
    assert "This link is not known" in page.text


async def test_without_a_password_nobody_logs_in(client: httpx.AsyncClient, link: str) -> None:
    for password in ("", "!", staged.PASSWORD):
        answer = await client.post("/console/login", data={"username": "dorte", "password": password})
        assert answer.status_code == 403


async def test_a_new_link_ends_the_older_one_and_keeps_the_second_step(
    services: Services, client: httpx.AsyncClient, clock: SimulatedEnvironment, link: str
) -> None:
    services.settings.second_factor = "required"
    await set_up(client, clock)
    client.cookies.clear()
    with services.engine.begin() as connection:
        account = invitations.invited_by(services, link.split("=")[1])
        newer = invitations.renew(connection, services, account, author="alma-id")
    assert (await client.get(link, follow_redirects=True)).status_code == 404
    assert (await client.get(link_path(newer.link(services)), follow_redirects=True)).status_code == 200


def test_the_code_is_kept_nowhere(services: Services, link: str) -> None:
    code = link.split("=")[1]
    assert not [name for name in ("invitation", "site_fact", "account") if code in rows(services, name)]


def test_the_second_step_stays_when_the_password_is_forgotten(services: Services, clock: SimulatedEnvironment) -> None:
    services.settings.second_factor = "required"
    entered = sessions.log_in(services, username="carol", password=staged.PASSWORD, address="")
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, entered.secret, clock.now())
    shared = second_factor.offered(services, held)
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, entered.secret, clock.now())
    second_factor.set_up(services, held, shared.code_at(clock.now()), "")
    with services.engine.begin() as connection:
        account = accounts.of_username(connection, "carol")
        assert account is not None
        again = invitations.renew(connection, services, account, author="alma-id")
    joined = invitations.join(services, again.code, NEW, "")
    assert joined.due is sessions.Due.CODE
