"""The call list: who is on it and why, the number on demand, and contacts that let somebody rest for a while."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from diary_app.core.facts import AnchorSet, ContactField
from diary_app.core.grading import State
from server.access.roles import Role
from server.console.calls.words import spaced
from server.db import contact_details, staff_facts
from server.db.engine import reading
from server.db.staff_facts import ParticipantFact
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, TODAY, LogIn, Page

PATH = "/console/calls"
NUMBER = "+4512345678"
UNKNOWN, MISSED, DONE = (State.UNKNOWN, "silent"), (State.MISSED, None), (State.DONE, None)


def evenings(*last: tuple[State, str | None]) -> Mapping[date, tuple[State, str | None]]:
    """Two weeks that end the day before yesterday as given, done before; yesterday's is open until noon."""
    days = {TODAY - timedelta(days=back): DONE for back in range(2, 15)}
    days |= {TODAY - timedelta(days=back): state for back, state in enumerate(reversed(last), 2)}
    return days | {TODAY - timedelta(days=1): (State.OPEN, None), TODAY: (State.NOT_YET_DUE, None)}


def silent(services: Services, number: str = ALICE, **more: Any) -> None:
    staged.participant(services, number, evenings(UNKNOWN, UNKNOWN), seen_at=MORNING - timedelta(days=3), **more)


def numbered(services: Services, number: str = ALICE) -> None:
    with services.engine.begin() as connection:
        contact_details.save(connection, number, {ContactField.EMAIL: "", ContactField.PHONE: NUMBER})


def facts(services: Services, kind: str, number: str = ALICE) -> list[ParticipantFact]:
    with reading(services.engine) as connection:
        return staff_facts.of_kinds(connection, [number], [kind])


def form_of(page: Page) -> dict[str, str]:
    found = re.search(r'name="id" value="([0-9a-f-]{36})"', page.response.text)
    assert found is not None
    return {"csrf": page.csrf, "id": found[1]}


def waiting(page: Page) -> str:
    """The number behind the area in the rail; empty for none."""
    found = re.search(r'href="/console/calls"[^>]*>[^<]*<span class="count">(\d+)', page.response.text)
    return found[1] if found else ""


def on_list(page: Page) -> list[str]:
    return re.findall(r'id="call-([\d-]+)"', page.response.text)


async def open_list(client: httpx.AsyncClient, query: str = "") -> Page:
    return Page(await client.get(PATH + query))


async def log(client: httpx.AsyncClient, page: Page, outcome: str, **more: str) -> Page:
    form = {**form_of(page), "outcome": outcome, **more}
    return Page(await client.post(f"{PATH}/{ALICE}/contacts", data=form, follow_redirects=True))


async def test_the_reason_is_said_in_full(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    soon = AnchorSet(anchor="treatment_2", planned=TODAY + timedelta(days=5))
    silent(services, facts=[soon])
    await log_in("carol")
    page = await open_list(client)
    wanted = "2 closed evenings not heard from; phone last seen Friday at 08:02; treatment 2 in 5 days"
    assert wanted in page.text
    assert page.inline == []


async def test_one_evening_alone_never_calls(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    staged.participant(services, ALICE, evenings(DONE, MISSED), seen_at=MORNING)
    await log_in("carol")
    page = await open_list(client)
    assert on_list(page) == []
    assert "Nobody needs a call just now." in page.text


ASIDE = (State.UNKNOWN, "quarantined")


async def test_what_waits_for_the_inbox_is_no_call(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, ALICE, evenings(ASIDE, ASIDE, ASIDE), seen_at=MORNING)
    staged.participant(services, "01-002", evenings((State.UNKNOWN, "after_lock"), (State.UNKNOWN, "after_lock")))
    staged.account(services, "simon", (Role.SPONSOR, "copenhagen"))
    await log_in("carol")
    page = await open_list(client)
    assert (on_list(page), waiting(page)) == ([], "")
    assert "No call, but a decision: an evening of 1 participant waits" in page.text
    assert f'<a href="/console/participants/{ALICE}">{ALICE}</a>' in page.response.text
    assert "01-002" not in page.text, "nothing in the inbox is about it"
    assert '<a href="/console/inbox#set-aside">To what was set aside</a>' in page.response.text
    one = await open_list(client, f"/{ALICE}")
    assert "There is no reason to call just now. Something was set aside that may be the entry" in one.text
    await log_in("simon")
    assert "To what was set aside" not in (await open_list(client)).text


async def test_the_participants_own_pages_say_what_is_not_decided(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, ALICE, evenings(ASIDE, UNKNOWN), seen_at=MORNING)
    await log_in("carol")
    calendar = await client.get(f"/console/participants/{ALICE}")
    aside, silent = (f'<svg role="img" class="{name}"><title>{{}}' for name in ("undecided", "unknown"))
    assert aside.format("Friday 20 November: not decided – something was set aside") in calendar.text
    assert silent.format("Saturday 21 November: not heard from") in calendar.text
    assert '<use href="#shape-undecided"/></svg>not decided</li>' in calendar.text, "the legend"
    sheet = Page(await client.get(f"/console/participants/{ALICE}/sheet"))
    assert "Not heard from 1 Not decided 1" in sheet.text


async def test_a_call_says_what_waits_for_the_inbox_besides(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, ALICE, evenings(ASIDE, MISSED, MISSED), seen_at=MORNING)
    await log_in("carol")
    page = await open_list(client)
    assert on_list(page) == [ALICE]
    assert "2 evenings in a row without an entry; phone last seen" in page.text
    assert "1 other evening waits in the inbox to be decided" in page.text
    assert "No call, but a decision" not in page.text


async def test_one_gap_calls_in_the_week_before_a_treatment(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    soon = AnchorSet(anchor="treatment_1", planned=TODAY + timedelta(days=1))
    staged.participant(services, ALICE, evenings(DONE, MISSED, DONE), seen_at=MORNING, facts=[soon])
    await log_in("carol")
    page = await open_list(client)
    assert "1 of the last 7 evenings is without an entry" in page.text
    assert "treatment 1 tomorrow" in page.text


async def test_the_most_urgent_comes_first_and_the_rail_counts_them(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.participant(services, "01-001", evenings(MISSED, MISSED), seen_at=MORNING)
    staged.participant(services, "01-002", evenings(UNKNOWN, MISSED, MISSED), seen_at=MORNING)
    staged.participant(services, "01-003", evenings(DONE), seen_at=MORNING)
    await log_in("carol")
    page = await open_list(client)
    assert on_list(page) == ["01-002", "01-001"]
    assert waiting(page) == "2"


async def test_an_evening_that_closed_just_now_counts_before_it_is_graded(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    staged.participant(services, ALICE, evenings(DONE, MISSED), seen_at=MORNING, is_swept=False)
    clock.advance(hours=5)
    await log_in("carol")
    assert on_list(await open_list(client)) == [ALICE]


async def test_other_sites_are_not_on_it(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    silent(services, BOB)
    await log_in("carol")
    assert on_list(await open_list(client)) == []
    assert Page(await client.get(f"{PATH}?site=odense")).response.status_code == 403


async def test_showing_a_number_is_logged_without_the_number(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    numbered(services)
    csrf = (await log_in("carol")).csrf
    assert NUMBER not in (await open_list(client)).response.text
    page = Page(await client.post(f"{PATH}/{ALICE}/number", data={"csrf": csrf}))
    assert "+45 12 34 56 78" in page.text
    assert f'href="tel:{NUMBER}"' in page.response.text
    assert page.response.headers["cache-control"] == "no-store"
    (shown,) = facts(services, "contact_shown")
    assert "12345678" not in shown.body
    assert '"by_role":"coordinator"' in shown.body


async def test_where_no_number_is_kept_it_is_said_where_to_keep_one(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    csrf = (await log_in("carol")).csrf
    page = Page(await client.post(f"{PATH}/{ALICE}/number", data={"csrf": csrf}))
    assert "No telephone number is kept for this participant. Keep a number" in page.text
    assert f'href="/console/participants/{ALICE}/contact#details"' in page.response.text


@pytest.mark.parametrize(
    ("who", "role", "site", "status"),
    [
        ("sam", Role.SPONSOR, "copenhagen", 403),
        ("mona", Role.MONITOR, "copenhagen", 403),
        ("mallory", Role.COORDINATOR, "odense", 404),
    ],
)
async def test_a_number_is_shown_to_nobody_else(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, who: str, role: Role, site: str, status: int
) -> None:
    silent(services)
    numbered(services)
    staged.account(services, who, (role, site))
    csrf = (await log_in(who)).csrf
    answer = await client.post(f"{PATH}/{ALICE}/number", data={"csrf": csrf})
    assert answer.status_code == status
    assert "12345678" not in answer.text
    assert facts(services, "contact_shown") == []


async def test_who_watches_sees_reasons_and_no_buttons(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    staged.account(services, "sam", (Role.SPONSOR, "*"))
    await log_in("sam")
    page = await open_list(client)
    assert on_list(page) == [ALICE]
    assert "Show number" not in page.text
    assert "Log a contact" not in page.text


async def test_a_contact_sent_twice_is_one(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    silent(services)
    await log_in("carol")
    page = await open_list(client)
    first, second = await log(client, page, "no_answer"), await log(client, page, "no_answer")
    assert (first.response.status_code, second.response.status_code) == (200, 200)
    (kept,) = facts(services, "contact_made")
    assert '"outcome":"no_answer"' in kept.body


@pytest.mark.parametrize(("language", "said"), [("en", "Left a message · Carol"), ("da", "Lagde en besked · Carol")])
async def test_what_came_of_a_call_reads_on_the_page_of_the_participant_as_it_was_chosen(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, language: str, said: str
) -> None:
    silent(services)
    page = await log_in("carol")
    await log(client, await open_list(client), "left_message")
    await client.post("/console/language", data={"csrf": page.csrf, "language": language})
    assert said in Page(await client.get(f"/console/participants/{ALICE}/contact")).text


async def test_a_snoozed_person_folds_away_and_returns(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    silent(services)
    await log_in("carol")
    page = await log(client, await open_list(client), "no_answer", days="2")
    assert on_list(page) == []
    assert "Back on Wed 25 Nov" in page.text
    assert "The contact is logged." in page.text
    assert waiting(page) == ""
    clock.advance(days=2)
    await log_in("carol")
    page = await open_list(client)
    assert on_list(page) == [ALICE]
    assert "Last call: No answer, Monday at 08:02" in page.text


async def test_without_a_choice_the_usual_rest_follows(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    await log_in("carol")
    page = await log(client, await open_list(client), "wants_pause")
    assert "Back on Mon 30 Nov" in page.text


async def test_without_an_outcome_nothing_is_kept(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    silent(services)
    await log_in("carol")
    page = await log(client, await open_list(client), "")
    assert page.response.status_code == 422
    assert "Choose what came of it." in page.text
    assert facts(services, "contact_made") == []


async def test_what_was_chosen_stays_chosen_when_the_contact_is_refused(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    await log_in("carol")
    page = await log(client, await open_list(client), "", days="7")
    assert re.search(r'<option value="7" selected>', page.response.text)


async def test_the_history_names_outcome_and_person(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    silent(services)
    await log_in("carol")
    await log(client, await open_list(client), "left_message")
    page = Page(await client.get(f"{PATH}/{ALICE}"))
    assert re.search(r"Left a message today at 08:02 · Carol Holm", page.text)


@pytest.mark.parametrize(
    ("kept", "shown"), [("+4512345678", "+45 12 34 56 78"), ("+46701234567", "+46701234567"), ("+4512", "+4512")]
)
def test_a_danish_number_is_shown_as_it_is_dialled(kept: str, shown: str) -> None:
    assert spaced(kept) == shown
