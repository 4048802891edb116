"""The pages of a participant: who sees what, and that answers stand on none but the investigator's, each view noted."""

import json
import re
from datetime import date, timedelta

import httpx
import pytest

from diary_app.core.facts import AnchorSet, Status, StatusSet
from diary_app.core.wire import Former
from server.db import staff_facts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console.conftest import LogIn, Page
from tests.console.file_of_alice import FIRST, PATH, keep_diary, staff
from tests.server.handset import Handset, record_fact

TABS = (
    "", "/entries", "/reminders", "/phone", "/contact", "/treatments", "/corrections", "/signatures", "/sheet",
)  # fmt: skip


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    staff(services)
    return keep_diary(services, clock)


async def opened(client: httpx.AsyncClient, path: str) -> Page:
    return Page(await client.get(path))


def views(services: Services) -> list[dict[str, object]]:
    with reading(services.engine) as connection:
        return [json.loads(row.body) for row in staff_facts.of_kinds(connection, [ALICE], ["answers_seen"])]


@pytest.mark.parametrize("who", ["carol", "ines", "sam", "mona"])
async def test_every_page_can_be_read_by_whoever_sees_states(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient, who: str
) -> None:
    await log_in(who)
    for tab in TABS:
        page = await opened(client, PATH + tab)
        assert page.response.status_code == 200
        assert ALICE in page.text
        assert page.inline == []


async def test_an_entry_that_nobody_can_read_closes_no_page(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    broken = alice.record("entry", answers={"DMD01": 7})
    answer = alice.sync()
    assert broken.id in {one.id for one in answer.receipts}
    await log_in("ines")
    for tab in (*TABS, "/answers"):
        assert (await opened(client, PATH + tab)).response.status_code == 200
    assert "It does not count" in (await opened(client, "/console/inbox")).text


async def test_a_participant_of_another_site_is_not_there(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("mallory")
    for tab in (*TABS, "/answers"):
        page = await opened(client, PATH + tab)
        assert page.response.status_code == 404
        assert ALICE not in page.text


async def test_the_head_says_rates_with_both_numbers(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = await opened(client, PATH)
    assert "Last On time On time or late 7 days 3/4 (3/4) 3/4 (3/4)" in page.text


async def test_the_calendar_names_each_day_and_its_state(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = await opened(client, PATH)
    assert "Tuesday 24 November: done" in page.cells
    assert "Friday 27 November: missed" in page.cells
    assert "November 2026" in page.text


async def test_the_calendar_goes_back_from_this_month_and_then_ahead(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2027, 2, 15)))
    await log_in("carol")
    page = await opened(client, PATH)
    order = [page.text.index(words) for words in ("November 2026", "Coming months", "February 2027")]
    assert order == sorted(order)


async def test_visits_stand_with_their_windows_beside_the_treatments(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    assert "4 months no window yet 8 months no window yet" in (await opened(client, f"{PATH}/treatments")).text
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2027, 2, 15)))
    page = await opened(client, f"{PATH}/treatments")
    assert re.search(r"4 months Mon 1 Feb 2027 00:00 CET – Mon 15 Feb 2027 00:00 CET", page.text)


async def test_no_window_of_a_visit_stands_for_somebody_who_died(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2027, 2, 15)))
    record_fact(services, ALICE, StatusSet(status=Status.DIED, effective=date(2026, 11, 27), reason="other"))
    await log_in("carol")
    page = await opened(client, f"{PATH}/treatments")
    assert "4 months not expected: died" in page.text
    assert "1 Feb 2027" not in page.text.partition("4 months")[2]


async def test_a_new_phone_and_a_lost_one_begin_on_the_page_of_the_phone(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    way = f'href="{PATH}/start"'
    assert way in (await opened(client, f"{PATH}/phone")).response.text
    assert (await client.get(f"{PATH}/start")).status_code == 200
    await log_in("sam")
    assert way not in (await opened(client, f"{PATH}/phone")).response.text


async def test_pages_of_one_person_are_told_apart_by_their_titles(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    titles = {}
    for tab in (*TABS, "/start"):
        (titles[tab],) = re.findall("<title>(.+) · Xerodiary</title>", (await opened(client, PATH + tab)).response.text)
    assert len(set(titles.values())) == len(titles)
    assert (titles["/phone"], titles["/start"]) == (f"{ALICE} · Phone", f"{ALICE} · New or lost phone")


async def test_the_page_of_the_phone_says_first_what_a_nurse_needs(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = await opened(client, f"{PATH}/phone")
    first, _, details = page.text.partition(" Details ")
    assert "New or lost phone" in first
    assert re.search(r"Phone 1 Active .*Has sent everything up to \w{3} \d", first)
    assert "gap" not in first
    assert alice.device not in first
    assert re.search(rf"Received without a gap \d+ records .*Name of this phone in exports {alice.device}", details)


async def test_the_phone_in_use_stands_above_one_that_a_restore_had_forgotten(
    alice: Handset, services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    forgotten = alice.successor("before")
    alice.sync(former=Former(device=forgotten.device, token_sha256=forgotten.token_sha256))
    await log_in("carol")
    page = await opened(client, f"{PATH}/phone")
    assert re.search(r"Phone 1 Active .*Phone 2 Replaced", page.text)


async def test_a_chosen_evening_is_said_by_its_times(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    alice.record("choice", instrument="DMD", choice="early_evening")
    alice.sync()
    await log_in("carol")
    page = await opened(client, f"{PATH}/phone")
    assert re.search(r"Windows chosen .*16:00 to 01:00; can be filled in until 12:00", page.text)


async def test_entries_say_when_they_were_saved_and_when_they_came(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = await opened(client, f"{PATH}/entries")
    assert re.search(r"Tue 24 Nov DMD 1 Counts On time Tue 24 Nov 19:02 CET Tue 24 Nov 19:02 CET", page.text)
    assert "Own phone" in page.text
    assert "Show the answers" not in page.text


@pytest.mark.parametrize("who", ["carol", "sam", "mona"])
async def test_answers_reach_nobody_but_the_investigator(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient, who: str
) -> None:
    await log_in(who)
    for tab in TABS:
        page = await opened(client, PATH + tab)
        assert not re.search(r"DMD0[1-6]\b[^•]{0,40}?\b(7|3|9|8|2|4)\b", page.text), tab
    assert (await opened(client, f"{PATH}/answers")).response.status_code == 403


async def test_each_view_of_answers_is_noted_once(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("ines")
    assert "Show the answers of this month" in (await opened(client, f"{PATH}/entries")).text
    assert views(services) == []
    page = await opened(client, f"{PATH}/answers")
    assert "DMD03 9" in page.text
    (seen,) = views(services)
    assert (seen["where"], seen["first"], seen["last"], seen["count"]) == ("entries", "2026-11-24", "2026-11-26", 3)
    await opened(client, f"{PATH}/answers")
    assert len(views(services)) == 2


async def test_a_value_opens_its_own_trail(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("ines")
    page = await opened(client, f"{PATH}/answers")
    assert re.search(r"DMD03 9 – → 9 Tue 24 Nov 19:02 CET · 01-001 \(participant\)", page.text)


async def test_the_trail_at_an_entry_hides_what_was_answered(
    alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("mona")
    page = await opened(client, f"{PATH}/entries")
    assert "answers · DMD03: – → •••" in page.text


async def test_the_list_finds_sorts_and_downloads(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = await opened(client, "/console/participants?find=01-001&sort=rate")
    assert f'href="{PATH}"' in page.response.text
    assert "3/4" in page.text
    table = await client.get("/console/participants?csv=1")
    assert table.text.splitlines()[1].startswith("01-001,")


async def test_mallory_does_not_see_alice_in_the_list(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("mallory")
    assert ALICE not in (await opened(client, "/console/participants")).response.text


async def test_the_sheet_sums_up_since_the_last_visit(alice: Handset, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = await opened(client, f"{PATH}/sheet")
    assert "On time or late 3/4 On time 3/4 Done 3" in page.text
    assert "Fri 27 Nov: missed" in page.text


async def test_the_sheet_counts_an_evening_that_is_not_over_on_a_line_of_its_own(
    services: Services, clock: SimulatedEnvironment, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    clock.advance(hours=6)  # from the afternoon to 19:02
    alice.fill_in(FIRST + timedelta(days=4))
    alice.sync()
    clock.advance(hours=13)  # the next morning: it can be changed until 12:00
    await log_in("carol")
    before_noon = await opened(client, f"{PATH}/sheet")
    assert "On time or late 3/4 On time 3/4 Done 3" in before_noon.text
    assert "Excused 0 Not over yet 1" in before_noon.text
    clock.advance(hours=5)
    await log_in("carol")
    after_noon = await opened(client, f"{PATH}/sheet")
    assert "On time or late 4/5 On time 4/5 Done 4" in after_noon.text
    assert "Not over yet" not in after_noon.text


async def test_what_a_withdrawal_seals_is_shown_to_nobody(
    services: Services, alice: Handset, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    sealed_from = FIRST + timedelta(days=1)
    record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=sealed_from, reason="moved_away"))
    await log_in("ines")
    entries = await opened(client, f"{PATH}/entries")
    assert entries.text.count("Sealed: made after consent was withdrawn") == 2
    assert "Counts" in entries.text
    answers = await opened(client, f"{PATH}/answers")
    assert answers.text.count("DMD03 9") == 1
    trail = await opened(client, f"{PATH}/trail?answers=1&field=answers.DMD03")
    assert trail.text.count("– 9") == 1
