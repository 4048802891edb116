"""The log of breaches in the console: how long there is to tell the authority, what was said, and who may add to it."""

import csv
import io
import re
from uuid import uuid4

import httpx
import pytest

from diary_app.resources import catalogue
from server.access.roles import Role
from server.db.engine import reading
from server.incidents import log
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console import staged
from tests.console.conftest import LogIn, Page

PATH = "/console/incidents"
USUAL = {
    "what": "A list of addresses lay open.", "noticed_day": "2026-11-23", "noticed_time": "07.30",
    "harm_confidentiality": "1", "data_contact_data": "1", "authority": "undecided", "people": "undecided",
}  # fmt: skip


async def sent(client: httpx.AsyncClient, page: Page, form: dict[str, str], path: str = PATH) -> Page:
    """`form` without an id of its own is a form opened anew."""
    whole = {"csrf": page.csrf, "form": str(uuid4()), **form}
    return Page(await client.post(path, data=whole, follow_redirects=True))


@pytest.fixture
async def desk(services: Services, log_in: LogIn) -> Page:
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))
    return await log_in("adam")


async def test_a_breach_is_noted_and_the_page_says_how_long_there_is(
    client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment, log_in: LogIn
) -> None:
    empty = Page(await client.get(PATH))
    assert "No breach is in the log." in empty.text
    form = Page(await client.get(f"{PATH}/new"))
    assert 'value="2026-11-23"' in form.response.text
    page = await sent(client, desk, USUAL)
    assert page.response.url.path == f"{PATH}/1"
    assert "It is in the log." in page.text
    assert "71 hours left, until Thu 26 Nov 07:30 CET" in page.text
    assert "Telephone numbers or e-mail addresses" in page.text
    assert page.inline == []
    clock.advance(hours=71)
    await log_in("adam")
    listed = Page(await client.get(PATH))
    assert "28 minutes left" in listed.text
    clock.advance(hours=30)
    await log_in("adam")
    assert "29 hours over the 72 hours" in Page(await client.get(f"{PATH}/1")).text


async def test_the_rail_and_system_health_say_that_a_breach_is_undecided(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment, log_in: LogIn
) -> None:
    await sent(client, desk, USUAL)
    waits, undecided = f'href="{PATH}"', "Nobody has decided yet whether the authority is told"
    assert "1" in rail_line(Page(await client.get(PATH)), waits)
    assert undecided not in Page(await client.get("/console/health")).text
    clock.advance(hours=48)
    desk = await log_in("adam")
    assert undecided in Page(await client.get("/console/health")).text
    told = {"authority": "told", "authority_day": "2026-11-24", "authority_time": "09:00"}
    await sent(client, desk, {**USUAL, **told, "people": "not_needed", "people_why": "Nobody read it."}, f"{PATH}/1")
    assert undecided not in Page(await client.get("/console/health")).text
    assert "1" not in rail_line(Page(await client.get(PATH)), waits)


async def test_a_breach_waits_for_nobody_who_may_only_read_of_it(
    services: Services, client: httpx.AsyncClient, desk: Page, log_in: LogIn
) -> None:
    await sent(client, desk, USUAL)
    staged.account(services, "monica", (Role.MONITOR, "copenhagen"))
    await log_in("monica")
    line = rail_line(Page(await client.get(PATH)), f'href="{PATH}"')
    assert "Data breaches" in line
    assert "1" not in line


async def test_who_may_not_read_of_breaches_does_not_hear_of_one_at_system_health(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment, log_in: LogIn
) -> None:
    await sent(client, desk, USUAL)
    clock.advance(hours=48)
    await log_in("carol")
    page = Page(await client.get("/console/health"))
    assert page.response.status_code == 200
    assert "Nobody has decided yet" not in page.text


def rail_line(page: Page, link: str) -> str:
    """What stands in the rail's link, its number with it."""
    return page.response.text.partition(f"{link}")[2].partition("</a>")[0]


async def test_what_becomes_known_is_added_and_the_earlier_words_stay_on_the_page(
    services: Services, client: httpx.AsyncClient, desk: Page, clock: SimulatedEnvironment, log_in: LogIn
) -> None:
    await sent(client, desk, USUAL)
    form = Page(await client.get(f"{PATH}/1/more"))
    assert "A list of addresses lay open.</textarea>" in form.response.text
    with reading(services.engine) as connection:
        read = log.get(connection, 1).last.id
    clock.advance(hours=2)
    desk = await log_in("adam")
    more = {
        **USUAL, "after": read, "what": "A list of 12 addresses lay open.", "participants": "12",
        "done": "It was closed.", "authority": "told", "authority_day": "2026-11-23", "authority_time": "09:00",
        "people": "not_needed", "people_why": "The list was read by nobody.",
    }  # fmt: skip
    page = await sent(client, desk, more, f"{PATH}/1")
    assert page.response.status_code == 200
    assert "The authority: told after 1 hour." in page.text
    assert "A list of addresses lay open." in page.text
    assert "A list of 12 addresses lay open." in page.text
    assert "about 12 participants" in page.text
    stale = await sent(client, desk, {**more, "done": "Something else."}, f"{PATH}/1")
    assert stale.response.status_code == 422
    assert "Meanwhile somebody else has added to it." in stale.text
    assert "Something else.</textarea>" in stale.response.text


async def test_a_form_sent_again_is_in_the_log_once(services: Services, client: httpx.AsyncClient, desk: Page) -> None:
    async def opened(path: str) -> dict[str, str]:
        shown = (await client.get(path)).text
        return dict(re.findall(r'name="(form|after)" value="([^"]*)"', shown))

    note = {**USUAL, **await opened(f"{PATH}/new")}
    for _ in range(2):
        page = await sent(client, desk, note)
        assert (page.response.status_code, page.response.url.path) == (200, f"{PATH}/1")
    other = await sent(client, desk, {**note, "done": "It was closed."})
    assert "This form is in the log already, with other words." in other.text
    more = {**USUAL, "done": "It was closed.", **await opened(f"{PATH}/1/more")}
    for _ in range(2):
        page = await sent(client, desk, more, f"{PATH}/1")
        assert (page.response.status_code, page.response.url.path) == (200, f"{PATH}/1")
    with reading(services.engine) as connection:
        assert [len(one.steps) for one in log.every(connection)] == [2]


@pytest.mark.parametrize(("language", "shown"), [("da", "07.30"), ("en", "07:30")])
async def test_a_time_in_the_form_is_written_as_everywhere_else(
    client: httpx.AsyncClient, desk: Page, language: str, shown: str
) -> None:
    await sent(client, desk, USUAL)
    await client.post("/console/language", data={"csrf": desk.csrf, "language": language})
    assert f'value="{shown}"' in (await client.get(f"{PATH}/1/more")).text


async def test_text_pasted_from_a_word_processor_is_taken_with_usual_spaces(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    page = await sent(client, desk, {**USUAL, "what": "Kl.\u00a014.05\u00a0–\u00a016.30:\tåben.\r\nLukket."})
    assert page.response.status_code == 200
    with reading(services.engine) as connection:
        assert log.get(connection, 1).said.what == "Kl. 14.05 – 16.30: åben.\nLukket."


async def test_a_long_text_of_many_lines_is_taken_whole(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    lines = ["A line of it."] * 140  # 1,959 characters as they are kept, more as a browser sends them
    page = await sent(client, desk, {**USUAL, "what": "\r\n".join(lines)})
    assert page.response.status_code == 200
    with reading(services.engine) as connection:
        assert log.get(connection, 1).said.what == "\n".join(lines)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"form": ""}, "The page was not sent whole."),
        ({"form": "x" * 36}, "The page was not sent whole."),
        ({"what": " "}, "Nothing says what happened."),
        ({"what": "Ring 20 30 40 50"}, "a telephone number"),
        ({"noticed_day": ""}, "cannot be read"),
        ({"noticed_day": "", "noticed_time": ""}, "when it was noticed"),
        ({"noticed_time": "7"}, "cannot be read"),
        ({"noticed_day": "2026-11-24"}, "still to come"),
        ({"noticed_day": "0026-11-23"}, "before the year 2000"),
        ({"noticed_day": "1999-12-31"}, "before the year 2000"),
        ({"noticed_day": "0001-01-01", "noticed_time": "00:10"}, "cannot be read"),
        ({"happened_day": "0026-11-23", "happened_time": "07:00"}, "before the year 2000"),
        ({"participants": "many"}, "number of participants"),
        ({"authority": "whatever"}, "Something is not chosen."),
        ({"authority": "not_needed"}, "why nobody need be told"),
    ],
)
async def test_a_slip_is_named_and_what_was_typed_stays(
    services: Services, client: httpx.AsyncClient, desk: Page, wrong: dict[str, str], said: str
) -> None:
    page = await sent(client, desk, {**USUAL, "done": "It was closed.", **wrong})
    assert page.response.status_code == 422
    assert said in page.text
    assert "It was closed.</textarea>" in page.response.text
    assert 'name="harm_confidentiality" value="1" checked' in page.response.text
    with reading(services.engine) as connection:
        assert log.every(connection) == []


async def test_the_file_has_all_that_was_ever_said(client: httpx.AsyncClient, desk: Page) -> None:
    await sent(client, desk, USUAL)
    await sent(client, desk, {**USUAL, "participants": "12"}, f"{PATH}/1")
    answer = await client.get(PATH, params={"csv": 1})
    lines = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [(line["number"], line["participants"], line["added_by"]) for line in lines] == [
        ("1", "", "adam"), ("1", "12", "adam"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        ("Need not be told", "Behøver ikke at blive underrettet"),
        ("need not be told", "behøver ikke at blive underrettet"),
        (
            "It need not be told of what is unlikely to be a risk to anybody.",
            "Den behøver ikke at blive underrettet om det, der sandsynligvis ikke er en risiko for nogen.",
        ),
    ],
)
def test_in_danish_nobody_is_forbidden_to_tell(english: str, danish: str) -> None:
    """`Skal ikke` may be read as must not, and a legal decision stands on it."""
    assert catalogue("da", "console").text(english) == danish


@pytest.mark.parametrize("role", [Role.MONITOR, Role.SPONSOR, Role.INVESTIGATOR])
async def test_others_read_it_and_have_no_button(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, desk: Page, role: Role
) -> None:
    await sent(client, desk, USUAL)
    staged.account(services, "mona", (role, "*"))
    page = await log_in("mona")
    assert PATH in page.response.text
    shown = Page(await client.get(f"{PATH}/1"))
    assert "A list of addresses lay open." in shown.text
    assert "/more" not in shown.response.text
    assert (await client.get(f"{PATH}/1/more")).status_code == 403
    assert (await sent(client, page, USUAL)).response.status_code == 403
    assert (await sent(client, page, {**USUAL, "done": "x"}, f"{PATH}/1")).response.status_code == 403


async def test_who_calls_participants_does_not_see_it(
    services: Services, client: httpx.AsyncClient, log_in: LogIn, clock: SimulatedEnvironment
) -> None:
    page = await log_in("carol")
    assert PATH not in page.response.text
    assert (await client.get(PATH)).status_code == 403


@pytest.mark.parametrize("number", ["2", "0", "x", "1" * 30, "-1"])
async def test_one_that_is_not_there(client: httpx.AsyncClient, desk: Page, number: str) -> None:
    assert (await client.get(f"{PATH}/{number}")).status_code == 404


async def test_what_was_noted_at_the_server_says_so_in_the_readers_language(
    services: Services, client: httpx.AsyncClient, desk: Page
) -> None:
    staged.incident(services)
    text = Page(await client.get(f"{PATH}/1")).text
    assert "at the server itself" in text
    assert "command line" not in text
