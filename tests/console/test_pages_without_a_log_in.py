"""Whoever opens a link without a log-in reads plain words in their language, also while the database is away."""

from pathlib import Path

import httpx
import pytest

from server.db.engine import make_engine, reading
from server.reminders.stopping import is_stopped, link
from server.services import Services
from tests.conftest import ALICE
from tests.console.conftest import LogIn, Page

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "da-DK,da;q=0.9"}
SORRY = "Det virker ikke lige nu Prøv igen om nogle minutter."


@pytest.fixture
def stop(services: Services) -> str:
    return "/stop/" + link(services, ALICE).rpartition("/")[2]


@pytest.fixture
def away(services: Services, stop: str, tmp_path: Path) -> Services:
    """The database cannot be opened any more."""
    services.engine.dispose()
    services.engine = make_engine(f"sqlite:///{tmp_path}/not/there.sqlite")
    return services


async def test_a_link_of_a_mail_is_a_page_while_the_database_is_away(
    away: Services, stop: str, client: httpx.AsyncClient
) -> None:
    for answer in (await client.get(stop, headers=BROWSER), await client.post(stop, headers=BROWSER)):
        page = Page(answer)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert SORRY in page.text
        assert "Du kan udfylde dagbogen, som du plejer." in page.text
        assert f'href="{stop}"' in answer.text
        assert "sha256-" in answer.headers["content-security-policy"]
        assert answer.headers["retry-after"]
        assert not [word for word in ("MESRIX", "database", "/console") if word in answer.text]


async def test_who_asks_for_no_page_hears_the_same(services: Services, stop: str, client: httpx.AsyncClient) -> None:
    for address in (stop, f"{stop}/again", "/stop/00ff", "/", "/console/login", "/console/join", "/healthz", "/readyz"):
        whole, bare = await client.get(address), await client.head(address)
        assert bare.status_code == whole.status_code, address
        assert bare.headers["content-length"] == whole.headers["content-length"], address
    with reading(services.engine) as connection:
        assert not is_stopped(connection, ALICE)


async def test_it_speaks_the_language_of_the_browser(away: Services, stop: str, client: httpx.AsyncClient) -> None:
    page = Page(await client.get(stop, headers={"Accept-Language": "en-GB"}))
    assert "This does not work just now Try again in a few minutes." in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en-GB", "This link does not work any more."), ("da-DK", "Linket virker ikke længere.")],
)
async def test_a_link_that_is_nobodys_speaks_the_language_of_the_browser_too(
    services: Services, client: httpx.AsyncClient, language: str, said: str
) -> None:
    for answer in (
        await client.get("/stop/00ff", headers={"Accept-Language": language}),
        await client.post("/stop/00ff/again", headers={"Accept-Language": language}),
    ):
        assert (answer.status_code, said in Page(answer).text) == (404, True)


@pytest.mark.parametrize("path", ["/stop/", "/stop", "/diary"])
async def test_an_address_that_is_none_says_so(services: Services, client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert (answer.status_code, "Der er ingen side her" in Page(answer).text) == (404, True)
    assert "MESRIX" not in answer.text


@pytest.mark.parametrize("path", ["/diary", "/api/v1/nothing", "/api/v1/nothing?from=browser"])
async def test_a_program_is_answered_as_before(services: Services, client: httpx.AsyncClient, path: str) -> None:
    accept = BROWSER["Accept"] if "browser" in path else "*/*"
    answer = await client.get(path, headers={"Accept": accept})
    assert answer.json()["code"] == "not_found"


async def test_the_front_door_says_what_to_do_and_opens_again(away: Services, client: httpx.AsyncClient) -> None:
    assert (await client.get("/console/login", headers=BROWSER)).status_code == 200
    form = {"username": "carol", "password": "correct horse battery"}
    for answer in (
        await client.post("/console/login", data=form, headers=BROWSER),
        await client.get("/console/join", headers=BROWSER, follow_redirects=True),
    ):
        assert answer.status_code == 503
        assert "Serveren kan ikke få fat i sine data lige nu. Prøv igen om nogle minutter." in Page(answer).text
        assert "sendt igen" not in answer.text


async def test_a_page_that_failed_is_asked_for_again(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    await log_in("carol")
    services.engine.dispose()
    services.engine = make_engine(f"sqlite:///{tmp_path}/not/there.sqlite")
    answer = await client.get("/console/participants?find=01", headers=BROWSER)
    assert (answer.status_code, 'href="/console/participants?find=01"' in answer.text) == (503, True)
    assert "Prøv igen" in Page(answer).text
