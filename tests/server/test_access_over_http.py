"""What the console's routes rely on: the cookie, the form token, permissions, and the way to the log-in."""

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Form, Response
from starlette.datastructures import MutableHeaders

from server.access import rights, sessions, staff
from server.access.dependencies import (
    SecretDep,
    StaffDep,
    clear_cookie,
    cookie_name,
    require,
    set_cookie,
)
from server.access.rights import Right
from server.access.roles import Permission, Role
from server.dependencies import AddressDep
from server.security import stay_here
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

PASSWORD = "rolig vinter aften"
#: From where the client of these tests comes.
PROXY = "192.0.2.1"


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What is tested here does not depend on the database."""
    return migrated_sqlite


@pytest.fixture(autouse=True)
def pages(app: FastAPI) -> None:
    """Pages as the console has them, cut down to what they ask for."""

    @app.get("/console/who")
    def who(staff: StaffDep) -> str:
        return staff.username

    @app.get("/console/answers")
    def answers(staff: StaffDep) -> str:
        require(staff, Permission.SEE_ANSWERS)
        return "seven"

    @app.get("/console/sites/{site}")
    def site(site: str, staff: StaffDep) -> str:
        require(staff, Permission.SEE_STATES, site)
        return site

    @app.post("/console/note")
    def note(staff: StaffDep, text: Annotated[str, Form()], csrf: Annotated[str, Form()] = "") -> str:
        sessions.check_csrf(staff, csrf)
        return f"{staff.username}: {text}"

    @app.post("/console/leave")
    def leave(response: Response, secret: SecretDep) -> None:
        clear_cookie(response, app.state.services.settings)

    @app.get("/console/address")
    def address(address: AddressDep) -> str:
        return address


@pytest.fixture
def carol(app: FastAPI, client: httpx.AsyncClient) -> sessions.Staff:
    """Carol, coordinator in Copenhagen, logged in with this client."""
    services: Services = app.state.services
    with services.engine.begin() as connection:
        account = staff.add_account(
            connection, services.environment, username="carol", display_name="Carol", password=PASSWORD
        )
        right = Right(account.id, Role.COORDINATOR, "copenhagen")
        rights.give(connection, right, author="root", environment=services.environment)
    opened = sessions.log_in(services, username="carol", password=PASSWORD, address="")
    client.cookies.set(cookie_name(services.settings), opened.secret)
    return opened.staff


async def test_a_session_says_who_asks(client: httpx.AsyncClient, carol: sessions.Staff) -> None:
    assert (await client.get("/console/who")).json() == "carol"


async def test_a_page_leads_to_the_log_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/console/who?day=2026-11-22", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/login?next=%2Fconsole%2Fwho%3Fday%3D2026-11-22"


async def test_a_made_up_session_is_refused(client: httpx.AsyncClient) -> None:
    client.cookies.set("xerodiary", "0" * 64)
    answer = await client.get("/console/who")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_a_session_that_idles_ends(
    client: httpx.AsyncClient, carol: sessions.Staff, clock: SimulatedEnvironment
) -> None:
    for _ in range(3):
        clock.advance(minutes=20)
        assert (await client.get("/console/who")).status_code == 200
    clock.advance(minutes=30)
    assert (await client.get("/console/who")).status_code == 403


async def test_a_form_needs_its_token(client: httpx.AsyncClient, carol: sessions.Staff) -> None:
    for sent in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "ø"}):
        assert (await client.post("/console/note", data={"text": "hej", **sent})).status_code == 403
    answer = await client.post("/console/note", data={"text": "hej", "csrf": carol.csrf})
    assert answer.json() == "carol: hej"


async def test_a_token_of_another_log_in_is_refused(
    client: httpx.AsyncClient, carol: sessions.Staff, app: FastAPI
) -> None:
    again = sessions.log_in(app.state.services, username="carol", password=PASSWORD, address="")
    assert again.staff.csrf != carol.csrf
    assert (await client.post("/console/note", data={"text": "hej", "csrf": again.staff.csrf})).status_code == 403


async def test_a_coordinator_sees_states_of_her_site_and_no_answers(
    client: httpx.AsyncClient, carol: sessions.Staff
) -> None:
    assert (await client.get("/console/sites/copenhagen")).status_code == 200
    assert (await client.get("/console/sites/odense")).status_code == 403
    assert (await client.get("/console/answers")).status_code == 403


@pytest.mark.parametrize(("https_only", "name"), [(False, "xerodiary"), (True, "__Host-xerodiary")])
def test_the_cookie_is_out_of_reach(settings: Settings, https_only: bool, name: str) -> None:
    response = Response()
    set_cookie(response, settings.model_copy(update={"https_only": https_only}), "secret")
    kept = response.headers["Set-Cookie"]
    assert kept.startswith(f"{name}=secret; ")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(kept.split("; "))
    assert ("Secure" in kept) is https_only
    assert "Domain" not in kept


async def test_leaving_takes_the_cookie_away(client: httpx.AsyncClient, carol: sessions.Staff) -> None:
    left = await client.post("/console/leave")
    assert {'xerodiary=""', "Max-Age=0", "HttpOnly", "Path=/"} <= set(left.headers["Set-Cookie"].split("; "))


@pytest.mark.parametrize(
    ("proxies", "named", "header", "address"),
    [
        (0, PROXY, "203.0.113.1", PROXY),
        (1, PROXY, "203.0.113.66, 203.0.113.1", "203.0.113.1"),
        (2, PROXY, "203.0.113.66, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (1, PROXY, "", PROXY),
        (1, "10.0.0.0/8, 192.0.2.0/24", "203.0.113.1", "203.0.113.1"),
        (1, "*", "203.0.113.1", "203.0.113.1"),
        (1, "127.0.0.1,::1", "203.0.113.1", PROXY),
        (2, "192.0.2.2", "203.0.113.1, 192.0.2.2", PROXY),
        (1, "", "203.0.113.1", PROXY),
    ],
)
async def test_only_our_own_proxies_are_believed(
    client: httpx.AsyncClient, app: FastAPI, proxies: int, named: str, header: str, address: str
) -> None:
    update = {"trusted_proxies": proxies, "proxy_addresses": named}
    app.state.services.settings = app.state.services.settings.model_copy(update=update)
    answer = await client.get("/console/address", headers={"X-Forwarded-For": header})
    assert answer.json() == address


async def test_a_proxy_may_add_a_line_of_its_own(client: httpx.AsyncClient, app: FastAPI) -> None:
    update = {"trusted_proxies": 1, "proxy_addresses": PROXY}
    app.state.services.settings = app.state.services.settings.model_copy(update=update)
    lines = [("X-Forwarded-For", "198.51.100.66"), ("X-Forwarded-For", "203.0.113.1")]
    assert (await client.get("/console/address", headers=lines)).json() == "203.0.113.1"


@pytest.mark.parametrize(
    ("said", "led_to"),
    [
        ("http://diary.example/console/", "/console/"),
        ("http://diary.example//elsewhere.example/", "/elsewhere.example/"),
        ("http://diary.example/\\elsewhere.example/", "/elsewhere.example/"),
        ("https://diary.example/console/?days=14", "/console/?days=14"),
        ("http://[::1/console/", "/console/"),
        ("http://127.0.0.1:None/console/", "/console/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/elsewhere.example/"),
        ("/console/?find=http://elsewhere", "/console/?find=http://elsewhere"),
    ],
)
def test_a_redirect_to_ourselves_names_neither_scheme_nor_host(said: str, led_to: str) -> None:
    headers = MutableHeaders({"location": said})
    stay_here(headers)
    assert headers["location"] == led_to


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example/x", "[::1", "a b", "", "x@elsewhere.example"])
async def test_whatever_host_is_asked_for_stands_in_no_redirect(client: httpx.AsyncClient, host: str) -> None:
    """A host that cannot be read was answered with the address of the process itself."""
    answer = await client.get("/healthz/", headers={"host": host, "x-forwarded-host": "elsewhere.example"})
    assert answer.headers["location"] == "/healthz"
