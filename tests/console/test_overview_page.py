"""The overview as staff meet it: whose participants, which states, how it is asked for, and what it never shows."""

import re
from datetime import timedelta

import httpx
import pytest

from diary_app.core.facts import StatusSet
from diary_app.core.grading import State
from server.access import staff
from server.access.roles import Role
from server.intake import staff as intake
from server.services import Services
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, YESTERDAY, LogIn, Page

DONE = (State.DONE, None)
MISSED = (State.MISSED, None)
SILENT = (State.UNKNOWN, "silent")
SET_ASIDE = (State.UNKNOWN, "quarantined")


def numbers(page: Page) -> set[str]:
    return set(re.findall(r"\b0[12]-[0-9]{3}\b", page.response.text))


async def test_carol_sees_her_site_and_never_another(services: Services, log_in: LogIn) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    staged.participant(services, BOB, {YESTERDAY: MISSED})
    page = await log_in("carol")
    assert numbers(page) == {ALICE}
    assert "Rigshospitalet" in page.text
    assert "Odense" not in page.text


@pytest.mark.parametrize("site", ["odense", "nowhere", "*", ""])
async def test_carol_cannot_ask_for_another_site(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, site: str
) -> None:
    staged.participant(services, BOB, {YESTERDAY: MISSED})
    await log_in("carol")
    page = Page(await client.get("/console/", params={"site": site}))
    assert page.response.status_code == 403
    assert "Your role does not include this." in page.text
    assert numbers(page) == set()


async def test_sam_sees_every_site_and_can_choose_one(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    staged.participant(services, BOB, {YESTERDAY: MISSED})
    assert numbers(await log_in("sam")) == {ALICE, BOB}
    assert numbers(Page(await client.get("/console/?site=odense"))) == {BOB}


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.COORDINATOR, True),
        (Role.INVESTIGATOR, True),
        (Role.SPONSOR, True),
        (Role.MONITOR, True),
        (Role.ADMINISTRATOR, False),
        (Role.EXPORTER, False),
        (None, False),
    ],
)
async def test_who_sees_states(services: Services, log_in: LogIn, role: Role | None, sees: bool) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    staged.account(services, "somebody", *([(role, "copenhagen")] if role else []))
    page = await log_in("somebody")
    assert page.response.status_code == 200
    assert (numbers(page) == {ALICE}) is sees
    assert ("No participants to show" in page.text) is not sees
    assert ("Database: in order" in page.text) is (role is Role.ADMINISTRATOR)


async def test_mallory_without_an_account_sees_nothing(services: Services, client: httpx.AsyncClient) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    for method, path in (("GET", "/console/"), ("POST", "/console/logout"), ("POST", "/console/language")):
        answer = await client.request(method, path)
        assert answer.status_code == 403
        assert ALICE not in answer.text


async def test_an_account_that_was_closed_is_out_at_once(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    with services.engine.begin() as connection:
        account = staff.account_named(connection, "carol")
        staff.disable(connection, services.environment, account.id, author="root")
    assert (await client.get("/console/")).status_code == 403


@pytest.mark.parametrize(
    ("state", "reason", "shape", "words"),
    [
        (State.DONE, None, "done", "done"),
        (State.LATE, "forgot", "late", "filled in late"),
        (State.MISSED, None, "missed", "missed"),
        (
            State.UNKNOWN,
            "device_lost",
            "unknown",
            "not heard from – the phone was lost or replaced before it could send",
        ),
        (
            State.UNKNOWN,
            "quarantined",
            "undecided",
            "not decided – something was set aside that may be this entry; it waits to be decided",
        ),
        (
            State.UNKNOWN,
            "after_lock",
            "undecided",
            "not decided – an entry came after the day was locked; it counts once the day is unlocked",
        ),
        (State.EXCUSED, "hospitalised", "excused", "excused – in hospital"),
        (State.OPEN, None, "open", "open – can still be filled in until 12:00"),
        (State.EXTRA, None, "extra", "extra entry – outside the rates"),
        (State.NOT_EXPECTED, "travel", None, "not expected – skipped while travelling between time zones"),
    ],
)
async def test_each_state_has_its_shape_and_words(
    services: Services, log_in: LogIn, state: State, reason: str | None, shape: str | None, words: str
) -> None:
    staged.participant(services, ALICE, {YESTERDAY: (state, reason), TODAY: (State.NOT_YET_DUE, None)})
    page = await log_in("carol")
    said = f"Sunday 22 November: {words}"
    drawn = f'<svg role="img" class="{shape}"><title>{said}</title><use href="#shape-{shape}"/></svg>'
    assert (drawn if shape else f'<svg role="img"><title>{said}</title></svg>') in page.response.text
    assert f'id="shape-{shape}"' in page.response.text or shape is None
    assert page.cells[-1] == "Monday 23 November: not yet due – opens 18:00"


async def test_the_morning_in_one_sentence(services: Services, log_in: LogIn) -> None:
    friday = TODAY - timedelta(days=2)
    staged.participant(services, "01-001", {YESTERDAY: DONE, friday: DONE})
    staged.participant(services, "01-002", {YESTERDAY: (State.OPEN, None), friday: SILENT})
    text = (await log_in("carol")).text
    assert "as of 08:02 CET" in text
    assert "Sunday: 1 of 2 evenings are in; 1 not in yet (open until 12:00). Saturday: 1 not heard from." in text
    assert "Not in yet: 01-002 To call now:" in text


async def test_of_many_who_are_not_in_yet_the_first_are_named(services: Services, log_in: LogIn) -> None:
    for number in range(1, 15):
        staged.participant(services, f"01-{number:03d}", {YESTERDAY: (State.OPEN, None)})
    page = await log_in("carol")
    assert "01-011 , 01-012 and 2 more To call now:" in page.text.replace(",", " ,").replace("  ", " ")
    assert 'href="/console/?state=open"' in page.response.text


async def test_lists_say_who_and_since_when(services: Services, log_in: LogIn) -> None:
    days = [TODAY - timedelta(days=back) for back in (2, 3)]
    staged.participant(services, "01-001", dict.fromkeys(days, SILENT), seen_at=MORNING - timedelta(days=4))
    staged.participant(services, "01-002", {days[0]: MISSED})
    staged.participant(services, "01-003")
    text = (await log_in("carol")).text
    assert "Never activated 1 Last two weeks: Not heard from 1 Not decided 0 Missed 1" in text, "the rail"
    assert "Not heard from, last two weeks 1" in text
    assert "Missed, last two weeks 1" in text
    assert "01-001 2 evenings, since Fri 20 Nov The phone has not been in touch since" in text
    assert "Last contact: Thu 19 Nov 08:02 CET Call: not heard from for 2 evenings in a row" in text
    assert "01-002 1 evening Sat 21 Nov" in text
    assert "01-003 added Sat 15 Aug, 100 days ago No code is waiting." in text
    assert "To call now: 1 01-001 2 closed evenings not heard from; phone last seen Thursday at 08:02" in text


async def test_without_calls_the_place_to_look_first_says_so(services: Services, log_in: LogIn) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    page = await log_in("carol")
    assert "To call now: 0 Nobody needs a call just now." in page.text
    assert "To the call list" not in page.text


async def test_what_is_not_decided_is_a_list_of_its_own_that_leads_to_the_inbox(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    days = [TODAY - timedelta(days=back) for back in (3, 2)]
    staged.participant(services, ALICE, dict.fromkeys(days, SET_ASIDE))
    staged.account(services, "simon", (Role.SPONSOR, "copenhagen"))
    page = await log_in("carol")
    assert "Not heard from, last two weeks 0 " in page.text
    assert "Not decided, last two weeks 1 " in page.text
    assert f"{ALICE} 2 evenings Fri 20 Nov, Sat 21 Nov Something was set aside that may be this entry" in page.text
    assert "Saturday: 0 of 1 evening is in; 1 not decided." in page.text
    assert "Nobody needs a call just now." in page.text
    assert page.response.text.count('href="/console/inbox#set-aside"') == 2
    assert 'href="/console/inbox#set-aside"' not in (await log_in("simon")).response.text


@pytest.mark.parametrize("length", [28, 365])
async def test_the_legend_limits_the_map_to_what_is_not_decided_or_to_silence(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, length: int
) -> None:
    then = TODAY - timedelta(days=length - 8)
    nobody_knows_why = (State.UNKNOWN, None)
    for number, found in (("01-001", SET_ASIDE), ("01-002", SILENT), ("01-003", nobody_knows_why), ("01-004", DONE)):
        staged.participant(services, number, {then: found, YESTERDAY: DONE})
    assert "not heard from</a></li> <li>" in " ".join((await log_in("carol")).response.text.split())
    rows = r'scope="row" class="number"><a href="[^"]+">(\S+?)<'
    for state, wanted in (("undecided", ["01-001"]), ("unknown", ["01-002", "01-003"])):
        text = (await client.get(f"/console/?days={length}&state={state}")).text
        assert re.findall(rows, text) == wanted
        assert re.findall(r'aria-current="true"><svg class="(?:bar )?(\w+)"', text) == [state]
        file = (await client.get(f"/console/?days={length}&state={state}&csv=1")).text
        assert [line.split(",").count(state) for line in file.splitlines()[1:]] == [1] * len(wanted)


async def test_what_was_set_aside_long_ago_leads_to_the_inbox(services: Services, log_in: LogIn) -> None:
    long_ago = TODAY - timedelta(days=20)
    staged.participant(services, ALICE, {long_ago: SET_ASIDE})
    staged.participant(services, "01-009", {long_ago: SILENT})
    staged.account(services, "simon", (Role.SPONSOR, "copenhagen"))
    page = await log_in("carol")
    assert "Not heard from, last two weeks 0" in page.text
    assert f"may be the entry of an evening. It waits to be decided. {ALICE} To what was set aside" in page.text
    assert '<a href="/console/inbox#set-aside">To what was set aside</a>' in page.response.text
    assert "To what was set aside" not in (await log_in("simon")).text, "who cannot open the inbox is not sent there"


async def test_a_waiting_code_is_named(services: Services, log_in: LogIn) -> None:
    staged.participant(services, ALICE)
    with services.engine.begin() as connection:
        intake.issue_code(connection, services, ALICE, author="carol", at=MORNING)
    assert "The code can be used until Mon 7 Dec. Ask whether help is wanted." in (await log_in("carol")).text


async def test_an_expired_code_is_named(services: Services, log_in: LogIn) -> None:
    staged.participant(services, ALICE)
    with services.engine.begin() as connection:
        intake.issue_code(connection, services, ALICE, author="carol", at=MORNING - timedelta(days=20))
    assert "The code ran out on Tue 17 Nov. Make a new one" in (await log_in("carol")).text


async def test_treatments_and_phases_are_shown(services: Services, log_in: LogIn) -> None:
    given = staged.treatment("treatment_1", TODAY - timedelta(days=5), TODAY)
    staged.participant(services, ALICE, {TODAY - timedelta(days=5): DONE}, facts=[given])
    page = await log_in("carol")
    assert "Treatment 1, day 6" in page.text
    assert "Wednesday 18 November: done. Treatment 1" in page.cells
    assert 'class="treatment"' in page.response.text


async def test_a_status_is_the_phase(services: Services, log_in: LogIn) -> None:
    stopped = StatusSet(status="diary_stopped", effective=TODAY, reason="own_wish")
    staged.participant(services, ALICE, {YESTERDAY: DONE}, facts=[stopped])
    assert "diary stopped" in (await log_in("carol")).text


async def test_an_empty_site_says_what_would_be_here(log_in: LogIn) -> None:
    page = await log_in("carol")
    assert "No participant has opened the diary yet. A row appears here as soon as" in page.text
    assert "No evening has opened yet." in page.text
    assert page.cells == []


@pytest.mark.parametrize("days", [14, 28, 56])
async def test_days_shown_are_chosen_in_the_address(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, days: int
) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    await log_in("carol")
    assert len(Page(await client.get(f"/console/?days={days}")).cells) == days


@pytest.mark.parametrize("query", ["days=15", "days=x", "state=bored", "days=99999999999999999999"])
async def test_an_address_that_makes_no_sense_is_refused(log_in: LogIn, client: httpx.AsyncClient, query: str) -> None:
    await log_in("carol")
    answer = await client.get(f"/console/?{query}")
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]


async def test_rows_can_be_limited_to_a_state(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    staged.participant(services, "01-001", {YESTERDAY: DONE})
    staged.participant(services, "01-002", {TODAY - timedelta(days=2): MISSED})
    await log_in("carol")
    page = Page(await client.get("/console/?state=missed"))
    assert re.findall(r'scope="row" class="number"><a href="[^"]+">(\S+?)<', page.response.text) == ["01-002"]
    none = Page(await client.get("/console/?state=excused"))
    assert "No row shows this state in these days." in none.text


async def test_hostile_names_are_only_text(services: Services, log_in: LogIn) -> None:
    staged.account(services, "bobby", (Role.COORDINATOR, "copenhagen"), display="<img src=x onerror=alert(1)>")
    page = await log_in("bobby")
    assert "<img" not in page.response.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.response.text


@pytest.mark.parametrize("path", ["/console/", "/console/login", "/console/nowhere", "/console/?site=x"])
async def test_every_page_is_strict(services: Services, log_in: LogIn, client: httpx.AsyncClient, path: str) -> None:
    staged.participant(services, ALICE, {YESTERDAY: DONE})
    await log_in("carol")
    page = Page(await client.get(path))
    policy = page.response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.inline == []
    assert page.response.headers["cache-control"] == "no-store"
    assert re.findall(r"""(?:src|href)="(?:https?:)?//""", page.response.text) == []


async def test_no_answer_score_or_contact_data_is_on_the_page(services: Services, log_in: LogIn) -> None:
    staged.crowd(services, count=6)
    text = (await log_in("carol")).response.text.lower()
    assert not any(word in text for word in ("dmd0", "score", "@", "phone number", 'answers":'))


async def test_the_demonstration_says_so(services: Services, log_in: LogIn) -> None:
    assert "Demonstration - not for participants" in (await log_in("carol")).text


async def test_static_files_may_be_kept_and_nothing_else_is_served(client: httpx.AsyncClient) -> None:
    css = await client.get("/console/static/console.css")
    assert (css.status_code, css.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in css.headers["cache-control"]
    for name in ("..%2Froutes.py", "routes.py", "base.html"):
        assert (await client.get(f"/console/static/{name}")).status_code == 404


async def test_the_page_speaks_danish(services: Services, log_in: LogIn) -> None:
    staged.account(services, "karen", (Role.COORDINATOR, "copenhagen"), language="da")
    staged.participant(services, ALICE, {YESTERDAY: (State.OPEN, None)})
    page = await log_in("karen")
    assert "søndag 22. november: åben – kan stadig udfyldes til 12.00" in page.cells
    assert "Søndag: 0 af 1 aften er modtaget; 1 mangler endnu (åben til 12.00)." in page.text


async def test_a_year_is_a_strip_a_row_and_says_its_days(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    days = {TODAY - timedelta(days=back): DONE for back in range(2, 300)}
    staged.participant(services, ALICE, days | {TODAY - timedelta(days=3): MISSED})
    await log_in("carol")
    page = Page(await client.get("/console/?days=365"))
    assert "297 done, 1 missed" in page.cells
    assert page.response.text.count("<td") == 4
    assert page.inline == []


async def test_a_year_tells_what_waits_to_be_decided_from_silence(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    long_ago, silent = (TODAY - timedelta(days=back) for back in (200, 100))
    staged.participant(services, ALICE, {long_ago: SET_ASIDE, silent: SILENT, YESTERDAY: DONE})
    staged.participant(services, "01-009", {long_ago: SET_ASIDE, silent: SET_ASIDE, YESTERDAY: DONE})
    await log_in("carol")
    page = Page(await client.get("/console/?days=365"))
    assert "1 done, 1 not heard from, 1 not decided" in page.cells
    assert "1 done, 2 not decided" in page.cells


async def test_a_year_can_be_limited_to_a_state_of_long_ago(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    for number, then in (("01-001", MISSED), ("01-002", DONE)):
        staged.participant(services, number, {TODAY - timedelta(days=200): then, YESTERDAY: DONE})
    await log_in("carol")
    page = Page(await client.get("/console/?days=365&state=missed"))
    assert re.findall(r'scope="row" class="number"><a href="[^"]+">(\S+?)<', page.response.text) == ["01-001"]


async def test_fifty_rows_are_a_page_and_the_address_says_which(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    for index in range(1, 52):
        staged.participant(services, f"01-{index:03d}", {YESTERDAY: DONE})
    await log_in("carol")
    first, second = [Page(await client.get(f"/console/?days=14{page}")) for page in ("", "&page=2")]
    assert ("01-050" in first.text, "01-051" in first.text) == (True, False)
    assert ("01-050" in second.text, "01-051" in second.text) == (False, True)
