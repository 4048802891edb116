"""Logging in and out of the console: cookies, forms that are one's own, wrong passwords, and lapsed log-ins."""

import re
from html import unescape

import httpx
import pytest

from server.access import staff
from server.db import accounts
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page

FORM = {"username": "carol", "password": staged.PASSWORD}


async def test_without_a_log_in_the_overview_leads_to_the_form(client: httpx.AsyncClient) -> None:
    answer = await client.get("/console/?days=14", headers={"accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/login?next=%2Fconsole%2F%3Fdays%3D14"


async def test_whoever_has_forgotten_the_password_is_told_whom_to_ask(client: httpx.AsyncClient) -> None:
    page = Page(await client.get("/console/login", params={"language": "da"}))
    assert "Glemt adgangskoden? En administrator laver et link til dig, så du kan vælge en ny." in page.text


async def test_a_language_that_is_gone_keeps_nobody_out(services: Services, client: httpx.AsyncClient) -> None:
    """Of a release that had it: every page would fail."""
    with services.engine.begin() as connection:
        accounts.set_language(connection, staff.account_named(connection, "carol").id, "sv")
    await client.post("/console/login", data=FORM)
    assert Page(await client.get("/console/")).response.status_code == 200


async def test_carol_arrives_where_she_wanted_to_go(services: Services, client: httpx.AsyncClient) -> None:
    answer = await client.post("/console/login", data={**FORM, "next": "/console/?days=14"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/?days=14")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console/\\..",
        "/app/",
        "javascript:x",
        "/console/\n",
    ],
)
async def test_nobody_is_led_to_another_place(services: Services, client: httpx.AsyncClient, elsewhere: str) -> None:
    answer = await client.post("/console/login", data={**FORM, "next": elsewhere})
    assert answer.headers["location"] == "/console/"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    services: Services, client: httpx.AsyncClient
) -> None:
    cookie = (await client.post("/console/login", data=FORM)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


async def test_over_https_the_cookie_belongs_to_this_host_alone(services: Services, client: httpx.AsyncClient) -> None:
    services.settings.https_only = True
    cookie = (await client.post("/console/login", data=FORM)).headers["set-cookie"]
    assert cookie.startswith("__Host-xerodiary=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_wrong_password_and_a_wrong_name_read_the_same(services: Services, client: httpx.AsyncClient) -> None:
    pages = [
        Page(await client.post("/console/login", data={"username": name, "password": "not the password"}))
        for name in ("carol", "mallory")
    ]
    assert [page.response.status_code for page in pages] == [403, 403]
    assert pages[0].text == pages[1].text
    assert "User name or password is wrong. Check both and try again." in pages[0].text
    assert "set-cookie" not in pages[0].response.headers


async def test_too_many_tries_have_to_wait(services: Services, client: httpx.AsyncClient) -> None:
    for _ in range(6):
        answer = await client.post("/console/login", data={"username": "carol", "password": "not the password"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "There were too many wrong log-ins." in Page(answer).text


async def test_a_typed_name_is_shown_again_and_escaped(services: Services, client: httpx.AsyncClient) -> None:
    answer = await client.post("/console/login", data={"username": '"><script>x</script>', "password": "wrong"})
    assert "<script>x" not in answer.text
    assert "&#34;&gt;&lt;script&gt;x" in answer.text


async def test_logging_in_gives_a_session_that_nobody_knew_before(
    services: Services, client: httpx.AsyncClient
) -> None:
    client.cookies.set("xerodiary", "chosen by mallory")
    answer = await client.post("/console/login", data=FORM)
    assert "chosen by mallory" not in answer.headers["set-cookie"]
    client.cookies.clear()
    client.cookies.set("xerodiary", "chosen by mallory")
    assert (await client.get("/console/", headers={"accept": "text/html"})).status_code == 303


async def test_logging_in_again_ends_the_older_session(
    log_in: LogIn, client: httpx.AsyncClient, services: Services
) -> None:
    await log_in("carol")
    first = client.cookies["xerodiary"]
    await log_in("carol")
    assert client.cookies["xerodiary"] != first
    client.cookies.clear()
    client.cookies.set("xerodiary", first)
    assert (await client.get("/console/", headers={"accept": "text/html"})).status_code == 303


async def test_logging_out_ends_the_session_on_the_server(log_in: LogIn, client: httpx.AsyncClient) -> None:
    page = await log_in("carol")
    secret = client.cookies["xerodiary"]
    answer = await client.post("/console/logout", data={"csrf": page.csrf}, follow_redirects=True)
    assert "You are logged out." in Page(answer).text
    client.cookies.set("xerodiary", secret)
    assert (await client.get("/console/", headers={"accept": "text/html"})).status_code == 303


@pytest.mark.parametrize("path", ["/console/logout", "/console/language"])
async def test_a_form_without_its_mark_changes_nothing(log_in: LogIn, client: httpx.AsyncClient, path: str) -> None:
    await log_in("carol")
    for csrf in ("", "0" * 64):
        answer = await client.post(path, data={"csrf": csrf, "language": "da"})
        assert answer.status_code == 403
        assert "This form belongs to another log-in or is too old." in Page(answer).text
    assert "Log out" in Page(await client.get("/console/")).text


async def test_another_site_cannot_log_carol_in(services: Services, client: httpx.AsyncClient) -> None:
    answer = await client.post("/console/login", data=FORM, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_an_idle_log_in_lapses_and_the_page_leaves_by_itself(
    log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    page = await log_in("carol")
    assert (
        '<noscript><meta http-equiv="refresh" content="1805; url=/console/resting?next=/console/">'
        in page.response.text
    )
    clock.advance(minutes=30)
    assert (await client.get("/console/", headers={"accept": "text/html"})).status_code == 303


def refreshed(page: httpx.Response) -> tuple[int, str]:
    """After how many seconds a page goes without a script, and whereto."""
    found = re.search(r'<meta http-equiv="refresh" content="(\d+)(?:; url=([^"]+))?">', page.text)
    assert found is not None, page.text
    return int(found[1]), unescape(found[2] or str(page.url))


async def test_without_a_script_two_idle_tabs_do_not_keep_each_other_logged_in(
    log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    await log_in("carol")
    seconds, to = refreshed(await client.get("/console/"))
    clock.advance(minutes=12)
    due = [(seconds - 12 * 60, to), refreshed(await client.get("/console/calls?site=copenhagen"))]
    passed, arrived = 0, []
    while due:
        due.sort()
        moment, to = due.pop(0)
        clock.advance(seconds=moment - passed)
        passed = moment
        page = await client.get(to, headers={"accept": "text/html"})
        if page.status_code == 303:
            arrived.append((passed, page.headers["location"]))
            continue
        assert "01-" not in page.text
        seconds, to = refreshed(page)
        due.append((moment + seconds, to))
    assert [where for _, where in sorted(arrived, key=lambda one: one[1])] == [
        "/console/login?next=%2Fconsole%2F", "/console/login?next=%2Fconsole%2Fcalls%3Fsite%3Dcopenhagen",
    ]  # fmt: skip
    assert passed <= 1805 + 120


async def test_a_page_that_was_put_away_leads_back_while_another_is_in_use(
    log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    await log_in("carol")
    _, to = refreshed(await client.get("/console/visits?when=all&said=contact_logged"))
    clock.advance(minutes=20)
    await client.get("/console/")
    clock.advance(minutes=20)
    page = await client.get(to)
    assert (page.status_code, 'href="/console/visits?when=all"' in page.text) == (200, True)


@pytest.mark.parametrize("elsewhere", ["https://mallory.example/", "//mallory.example", "/other"])
async def test_a_page_that_was_put_away_leads_nowhere_else(
    log_in: LogIn, client: httpx.AsyncClient, elsewhere: str
) -> None:
    await log_in("carol")
    page = await client.get("/console/resting", params={"next": elsewhere})
    assert 'class="primary" href="/console/"' in page.text
    client.cookies.clear()
    left = await client.get("/console/resting", params={"next": elsewhere})
    assert left.headers["location"] == "/console/login?next=%2Fconsole%2F"


async def test_the_language_is_kept_with_the_account(log_in: LogIn, client: httpx.AsyncClient) -> None:
    page = await log_in("carol")
    form = {"csrf": page.csrf, "language": "da", "next": "/console/?days=14"}
    answer = await client.post("/console/language", data=form)
    assert answer.headers["location"] == "/console/?days=14"
    assert '<html lang="da">' in (await client.get("/console/")).text
    assert "Overblik" in (await log_in("carol")).text


@pytest.mark.parametrize(("accepted", "words"), [("da-DK,da;q=0.9", "Log ind"), ("en-GB", "Log in"), ("fr", "Log ind")])
async def test_the_form_speaks_the_browsers_language(client: httpx.AsyncClient, accepted: str, words: str) -> None:
    page = Page(await client.get("/console/login", headers={"accept-language": accepted}))
    assert words in page.text
