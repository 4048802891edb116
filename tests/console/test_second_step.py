"""The second step at the door: what a right password alone opens, the order of steps, and what Mallory tries."""

import httpx
import pytest

from server.access.console_table import CONSOLE, Anyone
from server.access.roles import Role
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import Page
from tests.console.stepping import CODES, FORM, STEP, arrive, secret_on, send, set_up
from tests.console.test_console_table import ask

BEHIND = [name for name, needed in CONSOLE.items() if needed not in (Anyone.PUBLIC, Anyone.ARRIVING)]


@pytest.fixture(autouse=True)
def required(services: Services) -> None:
    """The study asks everybody for a second step."""
    services.settings.second_factor = "required"


async def test_the_first_log_in_leads_to_setting_it_up_and_on(
    client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    shared, done = await set_up(client, clock)
    assert "Your recovery codes" in done.text
    assert len(CODES.findall(done.response.text)) == 10
    assert "Carol Holm" in Page(await client.get("/console/")).text
    assert shared.secret not in (await client.get("/console/me")).text


async def test_the_next_one_asks_for_the_code_and_goes_on_to_the_page(
    client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    shared, _ = await set_up(client, clock)
    client.cookies.clear()
    page = Page(await client.post("/console/login", data={**FORM, "next": "/console/rescue"}, follow_redirects=True))
    assert "You are logging in as carol." in page.text
    arrived = await send(client, page, STEP, code=shared.code_at(clock.now()), next="/console/rescue")
    assert arrived.response.url.path == "/console/me/notices", "she is told that it was set up"
    gone_on = await send(client, arrived, "/console/me/notices", next="/console/rescue")
    assert gone_on.response.url.path == "/console/rescue"


@pytest.mark.parametrize("is_set_up", [False, True])
async def test_a_right_password_alone_opens_no_route(
    client: httpx.AsyncClient, clock: SimulatedEnvironment, is_set_up: bool
) -> None:
    if is_set_up:
        await set_up(client, clock)
        client.cookies.clear()
    page = await arrive(client)
    client.headers["accept"] = "text/html"
    answers = {name: await ask(client, name, page.csrf) for name in BEHIND}
    assert [name for name, answer in answers.items() if not is_sent_to_the_step(name, answer)] == []


def is_sent_to_the_step(name: str, answer: httpx.Response) -> bool:
    if name.startswith("GET"):
        return answer.status_code == 303 and answer.headers["location"].startswith(f"{STEP}?next=")
    return answer.status_code == 403 and "the second step is missing" in Page(answer).text


async def test_a_code_that_is_wrong_is_said_and_typed_again(
    client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    await set_up(client, clock)
    client.cookies.clear()
    page = await send(client, await arrive(client), STEP, code="000000")
    assert page.response.status_code == 403
    assert "This code is wrong, or was used before." in page.text


async def test_too_many_wrong_codes_have_to_wait(client: httpx.AsyncClient, clock: SimulatedEnvironment) -> None:
    await set_up(client, clock)
    client.cookies.clear()
    page = await arrive(client)
    for _ in range(6):
        page = await send(client, page, STEP, code="000000")
    assert page.response.status_code == 429
    assert int(page.response.headers["retry-after"]) > 0


async def test_mallory_cannot_set_up_her_phone_in_place_of_carols(
    client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    await set_up(client, clock)
    client.cookies.clear()
    page = await send(client, await arrive(client), f"{STEP}/set-up", code="123456")
    assert page.response.status_code == 403
    assert "QR code" not in page.text


@pytest.mark.parametrize("path", [STEP, f"{STEP}/recovery", f"{STEP}/set-up"])
async def test_each_step_needs_its_own_form(client: httpx.AsyncClient, path: str) -> None:
    await arrive(client)
    for csrf in ("", "0" * 64):
        answer = await client.post(path, data={"csrf": csrf, "code": "123456"})
        assert answer.status_code == 403
        assert "This form belongs to another log-in" in Page(answer).text


async def test_a_secret_from_before_the_step_is_worth_nothing_after_it(
    client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    page = await arrive(client)
    before = client.cookies["xerodiary"]
    await send(client, page, f"{STEP}/set-up", code=secret_on(page).code_at(clock.now()))
    assert client.cookies["xerodiary"] != before
    client.cookies.clear()
    client.cookies.set("xerodiary", before)
    answer = await client.get("/console/", headers={"accept": "text/html"})
    assert answer.headers["location"].startswith("/console/login?next=")


async def test_a_recovery_code_lets_in_once(client: httpx.AsyncClient, clock: SimulatedEnvironment) -> None:
    _, done = await set_up(client, clock)
    code = CODES.findall(done.response.text)[0]
    client.cookies.clear()
    await send(client, await arrive(client), f"{STEP}/recovery", code=code)
    assert "9 recovery codes are left." in Page(await client.get("/console/me")).text
    client.cookies.clear()
    again = await send(client, await arrive(client), f"{STEP}/recovery", code=code)
    assert again.response.status_code == 403


async def test_whoever_stops_half_way_can_log_out(client: httpx.AsyncClient) -> None:
    page = await send(client, await arrive(client), "/console/logout")
    assert "You are logged out." in page.text


async def test_nobody_is_led_elsewhere_after_the_step(client: httpx.AsyncClient, clock: SimulatedEnvironment) -> None:
    shared, _ = await set_up(client, clock)
    client.cookies.clear()
    page = await arrive(client)
    form = {"csrf": page.csrf, "code": shared.code_at(clock.now()), "next": "https://mallory.example/"}
    arrived = Page(await client.post(STEP, data=form, follow_redirects=True))
    form = {"csrf": arrived.csrf, "next": "https://mallory.example/"}
    assert (await client.post("/console/me/notices", data=form)).headers["location"] == "/console/"


@pytest.mark.parametrize("language", ["da", "en"])
async def test_pages_keep_to_the_strict_policy(
    services: Services, client: httpx.AsyncClient, clock: SimulatedEnvironment, language: str
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), language=language)
    form = {"username": "ines", "password": staged.PASSWORD}
    page = Page(await client.post("/console/login", data=form, follow_redirects=True))
    done = await send(client, page, f"{STEP}/set-up", code=secret_on(page).code_at(clock.now()))
    me = Page(await client.get("/console/me"))
    assert [page.inline, done.inline, me.inline] == [[], [], []]
    assert all(f'<html lang="{language}">' in one.response.text for one in (page, done, me))
