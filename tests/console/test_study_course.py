"""Compliance, visits, health and keys: what they say, to whom, and as files."""

import re
from datetime import date, timedelta

import httpx
import pytest

from diary_app.core.facts import AnchorSet, ParticipantAdded, Randomised
from diary_app.core.grading import State
from server import jobs
from server.access.roles import Role
from server.db import reminders
from server.db.engine import is_sqlite
from server.db.reminders import Reminder
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import TODAY, LogIn, Page

DONE, MISSED, EXCUSED = (State.DONE, None), (State.MISSED, None), (State.EXCUSED, "hospitalised")


@pytest.fixture
def kept(services: Services) -> None:
    """Alice filled in three of four closed evenings, and one was excused; Bob is elsewhere."""
    days = {TODAY - timedelta(days=back): DONE for back in (3, 4, 5)}
    days |= {TODAY - timedelta(days=2): MISSED, TODAY - timedelta(days=6): EXCUSED}
    given = staged.treatment("treatment_1", TODAY - timedelta(days=4), TODAY)
    staged.participant(services, ALICE, days, facts=[given, Randomised(day=TODAY - timedelta(days=9))])
    staged.participant(services, BOB, {TODAY - timedelta(days=2): MISSED})


@pytest.mark.usefixtures("kept")
async def test_rates_stand_with_n_of_n_in_both_readings(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = Page(await client.get("/console/compliance"))
    assert "3/4 (75.0 %) of the evenings that have closed are filled in." in page.text
    assert "With excused days counted as missed: 3/5 (60.0 %)." in page.text
    assert "Before treatment 1 1 2 1/1 (100.0 %) 1/2 (50.0 %)" in page.text
    assert "From treatment 1 to treatment 2 1 3 2/3 (66.7 %)" in page.text
    assert "Of all randomised 0/1 (0.0 %)" in page.text
    assert page.inline == []


@pytest.mark.usefixtures("kept")
async def test_a_table_of_rates_downloads_as_csv(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    answer = await client.get("/console/compliance?sites.csv=1")
    assert "copenhagen,1,5,3/4,3/5,3/4,3/5,3/4,3/5" in answer.text


@pytest.mark.usefixtures("kept")
async def test_the_chart_is_a_picture_under_its_own_policy(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    narrow = await client.get("/console/compliance/weeks.svg?dark=1&narrow=1")
    assert 'viewBox="0 0 380 280"' in narrow.text
    answer = await client.get("/console/compliance/weeks.svg?dark=1")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


@pytest.mark.usefixtures("kept")
async def test_another_sites_rates_are_refused(log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    assert (await client.get("/console/compliance?site=odense")).status_code == 403


async def test_visits_list_what_is_planned_and_download(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    soon = staged.treatment("treatment_1", TODAY + timedelta(days=5), TODAY)
    staged.participant(services, ALICE, {}, facts=[soon])
    staged.participant(services, BOB, {}, facts=[soon])
    await log_in("carol")
    page = Page(await client.get("/console/visits"))
    assert f"{ALICE} Treatment 1" in page.text
    assert "Sat 28 Nov" in page.text
    assert BOB not in page.text
    csv = (await client.get("/console/visits?csv=1")).text
    assert re.search(rf"{ALICE},Treatment 1,,not_yet_due,2026-11-28T00:00:00", csv)


async def test_a_treatment_keeps_its_day_wherever_the_page_is_read(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    """Its midnight in Helsinki is still the evening before in Copenhagen."""
    staged.account(services, "ola", (Role.COORDINATOR, "copenhagen"))
    fact = AnchorSet(anchor="treatment_1", planned=date(2027, 5, 12))
    added = ParticipantAdded(site="copenhagen", zone="Europe/Helsinki")
    staged.participant(services, "01-077", {}, facts=[added, fact])
    await log_in("ola")
    page = Page(await client.get("/console/visits", params={"when": "all", "find": "01-077"}))
    assert "Wed 12 May 2027" in page.text
    assert "11 May" not in page.text


async def test_health_is_one_sentence_and_readings(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))
    await log_in("adam")
    page = Page(await client.get("/console/health"))
    assert "Whoever runs the server has to look at this: Closing of evenings." in page.text
    assert "nothing that is stored can be changed" in page.text
    assert "Reminders waiting to be sent in order none" in page.text
    assert "Backup nothing yet this server is not set up to make any" in page.text


async def test_without_a_backup_not_everything_is_in_order(
    services: Services, clock: SimulatedEnvironment, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))
    await log_in("adam")
    jobs.sweep_due(services, clock.now())
    page = Page(await client.get("/console/health"))
    assert "Everything that is looked at is in order. This server makes no backup." in page.text


async def test_with_participants_a_file_without_a_backup_is_not_in_order(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))
    services.settings = services.settings.model_copy(update={"https_only": True})
    client.base_url = httpx.URL("https://diary.example")
    await log_in("adam")
    page = Page(await client.get("/console/health"))
    in_a_file = is_sqlite(services.engine)
    assert ("Backup not in order this server is not set up to make any" in page.text) is in_a_file
    assert ("Backup nothing yet this server is not set up to make any" in page.text) is not in_a_file


async def test_a_reminder_that_nobody_sends_is_seen(
    services: Services, clock: SimulatedEnvironment, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    staged.account(services, "adam", (Role.ADMINISTRATOR, "*"))
    staged.participant(services, ALICE, {})
    due = clock.now() - timedelta(minutes=12)
    row = Reminder(ALICE, "DMD", TODAY, 1, due, due + timedelta(hours=3), "waiting", "", 0, 0, 1, due, None)
    services.writer.run(ALICE, lambda connection: reminders.restore(connection, [row]))
    await log_in("adam")
    page = Page(await client.get("/console/health"))
    assert "Reminders waiting to be sent not in order the oldest for 12 minutes" in page.text


async def test_the_keys_are_told_without_a_script(services: Services, log_in: LogIn, client: httpx.AsyncClient) -> None:
    await log_in("carol")
    page = Page(await client.get("/console/keys"))
    assert "log a contact with whoever the row is about" in page.text
    assert page.inline == []
