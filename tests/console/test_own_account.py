"""One's own account: second step, password, and where one is logged in. The study leaves the step to everybody."""

import re

import httpx
import pytest

from server.access import sessions
from server.access.roles import Role
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page
from tests.console.stepping import NEW, rows, secret_on, send


async def test_setting_it_up_asks_for_the_password_first(
    client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    page = await log_in("carol")
    assert (await client.get("/console/me/second-factor")).headers["location"] == "/console/me"
    refused = await send(client, page, "/console/me/second-factor", password="not the password")
    assert "User name or password is wrong." in refused.text
    offered = await send(client, page, "/console/me/second-factor", password=staged.PASSWORD)
    code = secret_on(offered).code_at(clock.now())
    done = await send(client, offered, "/console/me/second-factor/confirm", code=code)
    assert "Your recovery codes" in done.text
    client.cookies.clear()
    assert "Code from your authenticator app" in (await log_in("carol")).text


async def test_it_can_be_turned_off_again(
    client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    page = await log_in("carol")
    offered = await send(client, page, "/console/me/second-factor", password=staged.PASSWORD)
    code = secret_on(offered).code_at(clock.now())
    done = await send(client, offered, "/console/me/second-factor/confirm", code=code)
    wrong = await send(client, done, "/console/me/second-factor/off", password="not the password")
    assert wrong.response.status_code == 403
    off = await send(client, done, "/console/me/second-factor/off", password=staged.PASSWORD)
    assert "The second step is off." in off.text
    assert "Overview" in (await log_in("carol")).text


async def test_a_new_password_asks_for_the_old_one_and_logs_out_elsewhere(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    elsewhere = sessions.log_in(services, username="carol", password=staged.PASSWORD, address="")
    page = await log_in("carol")
    new = {"new": NEW, "again": NEW}
    assert (await send(client, page, "/console/me/password", old="wrong one", **new)).response.status_code == 403
    assert (
        "The password is changed."
        in (await send(client, page, "/console/me/password", old=staged.PASSWORD, **new)).text
    )
    with reading(services.engine) as connection, pytest.raises(sessions.NotLoggedIn):
        sessions.held_by(connection, services.settings, elsewhere.secret, services.environment.now())


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        (NEW, "tre gule både", "not the same"),
        ("for kort", "for kort", "12 to 128 characters"),
        ("my name is carol", "my name is carol", "user name is part"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "repeats a few characters"),
        ("Passw0rd2026!", "Passw0rd2026!", "one of the commonest"),
    ],
)
async def test_plain_passwords_are_refused(
    client: httpx.AsyncClient, log_in: LogIn, new: str, again: str, words: str
) -> None:
    page = await log_in("carol")
    refused = await send(client, page, "/console/me/password", old=staged.PASSWORD, new=new, again=again)
    assert refused.response.status_code == 422
    assert words in refused.text
    assert new not in refused.text


async def test_carol_sees_where_she_is_logged_in_and_ends_one(
    services: Services, client: httpx.AsyncClient, log_in: LogIn
) -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other = sessions.log_in(services, username="carol", password=staged.PASSWORD, address="", agent=agent)
    page = await log_in("carol")
    me = Page(await client.get("/console/me"))
    assert "Firefox on Windows" in me.text
    assert "Gecko" not in rows(services, "session")
    found = re.search(r'name="session" value="([0-9a-f-]{36})"', me.response.text)
    assert found is not None
    await send(client, page, "/console/me/sessions", session=found[1])
    with reading(services.engine) as connection, pytest.raises(sessions.NotLoggedIn):
        sessions.held_by(connection, services.settings, other.secret, services.environment.now())
    assert (await client.get("/console/me")).status_code == 200


async def test_mallory_cannot_end_carols_log_in(services: Services, client: httpx.AsyncClient, log_in: LogIn) -> None:
    staged.account(services, "mallory", (Role.COORDINATOR, "odense"))
    of_carol = sessions.log_in(services, username="carol", password=staged.PASSWORD, address="")
    with reading(services.engine) as connection:
        held = sessions.held_by(connection, services.settings, of_carol.secret, services.environment.now())
    page = await log_in("mallory")
    await send(client, page, "/console/me/sessions", session=held.session.id)
    await send(client, page, "/console/me/sessions", session="others")
    with reading(services.engine) as connection:
        assert sessions.held_by(connection, services.settings, of_carol.secret, services.environment.now())
