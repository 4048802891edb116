"""The inbox: what waits at a site, what is done about it, and who may look inside what was set aside."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event

from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, Voided
from diary_app.core.errors import Code
from diary_app.core.facts import Excused, ExcuseReason, StatusSet
from diary_app.core.grading import State
from diary_app.core.staff_acts import LockingReason
from diary_app.core.times import format_utc, local_date
from server.access.acting import Acting
from server.access.roles import Role
from server.console.inbox import finding
from server.console.kept import drop
from server.db import set_aside, shapes, staff_facts
from server.db.engine import reading
from server.db.reminders import Reminder
from server.db.set_aside import SetAside
from server.intake import corrections, locking, staff
from server.intake.corrections import Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import TODAY, LogIn, Page
from tests.server.desk import INES
from tests.server.handset import ZONE, Handset, add, ready, record_fact
from tests.server.test_settling import beyond_a_gap, came_aside

PATH = "/console/inbox"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Something from her phone was set aside."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    came_aside(handset)
    return handset


def aside(services: Services) -> SetAside:
    with reading(services.engine) as connection:
        (one,) = set_aside.at(connection, ["copenhagen"])
    return one


def kinds(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        return [row.kind for row in staff_facts.of(connection, ALICE)]


def waiting(page: Page) -> str:
    found = re.search(r'href="/console/inbox"[^>]*>[^<]*<span class="count">(\d+)', page.response.text)
    return found[1] if found else ""


async def send(client: httpx.AsyncClient, path: str, csrf: str, **form: str) -> Page:
    return Page(await client.post(PATH + path, data={"csrf": csrf, **form}, follow_redirects=True))


async def test_an_empty_inbox_says_what_would_be_here(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    await log_in("carol")
    page = Page(await client.get(PATH))
    assert "Nothing waits for anybody at your sites." in page.text
    assert "Nothing was set aside. What arrives and cannot join a diary by itself would be here." in page.text
    assert (waiting(page), page.inline) == ("", [])


async def test_never_activated_waits_after_three_days(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    add(services, ALICE)
    add(services, BOB)
    clock.advance(days=4)
    await log_in("carol")
    page = Page(await client.get(PATH))
    assert waiting(page) == "1"
    assert "Not activated after three days 1" in page.text, "the overview counts everybody"
    assert f'href="/console/participants/{ALICE}"' in page.response.text
    assert BOB not in page.text


async def test_who_cannot_be_reminded_is_named_with_the_way_there(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    csrf = (await log_in("carol")).csrf
    page = Page(await client.get(PATH))
    assert "The server has no way to remind 1 participant whose diary goes on" in page.text
    assert f'href="/console/participants/{ALICE}/contact"' in page.response.text
    assert "Every reminder" not in page.text
    services.settings.smtp_host = "127.0.0.1"
    form = {"csrf": csrf, "field": "email", "value": "alice@example.org"}
    await client.post(f"/console/participants/{ALICE}/contact", data=form)
    assert "no way to remind" not in Page(await client.get(PATH)).text


async def test_who_died_is_not_among_those_who_cannot_be_reminded(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    record_fact(services, ALICE, StatusSet(status="died", effective=TODAY, reason="medical_reason"))
    await log_in("carol")
    assert "no way to remind" not in Page(await client.get(PATH)).text


@pytest.mark.usefixtures("staffed")
async def test_what_came_after_a_lock_is_named_and_can_be_seen_to(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    handset = ready(services, ALICE)
    clock.advance(days=1, hours=13)
    handset.fill_in(clock.now().date())
    clock.advance(days=2)
    locking.lock(services, ALICE, None, LockingReason.DATA_REVIEWED, by=INES)
    handset.sync()
    csrf = (await log_in("carol")).csrf
    page = Page(await client.get(PATH))
    assert "Answers came after their day was locked; they count once an investigator unlocks the day" in page.text
    assert waiting(page) == "1"
    since = format_utc(clock.now())
    page = await send(client, "/alerts", csrf, participant=ALICE, kind="after_lock", since=since, action="looked_into")
    assert (waiting(page), "came after their day was locked" in page.text) == ("", False)


async def test_an_alert_that_was_seen_to_is_gone(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    clock.advance(days=5)
    csrf = (await log_in("carol")).csrf
    page = Page(await client.get(PATH))
    assert "The phone has not been in touch for two days, although evenings were expected" in page.text
    form = dict(re.findall(r'name="(participant|kind|since)" value="([^"]+)"', page.response.text))
    done = await send(client, "/alerts", csrf, **form, action="called")
    assert (waiting(done), "It is noted." in done.text) == ("", True)
    await send(client, "/alerts", csrf, **form, action="called")
    assert kinds(services).count("alert_acknowledged") == 1


async def test_nothing_is_noted_without_what_was_done(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf = (await log_in("carol")).csrf
    page = await send(client, "/alerts", csrf, participant=ALICE, kind="silent_phone", since="2026-11-20T00:00:00.000Z")
    assert "Choose what was done about it." in page.text
    assert "alert_acknowledged" not in kinds(services)


async def test_what_was_set_aside_is_settled_with_the_password(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf = (await log_in("carol")).csrf
    path = f"/set-aside/{aside(services).id}/settle"
    form = {"outcome": "no_entry", "reason": "not_an_entry"}
    refused = await send(client, path, csrf, **form, password="wrong")
    assert (refused.response.status_code, aside(services).waits) == (403, True)
    done = await send(client, path, csrf, **form, password=staged.PASSWORD)
    assert ("It is settled." in done.text, waiting(done)) == (True, "")
    assert aside(services).outcome == "no_entry"


async def test_a_settlement_is_taken_back(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf, path = (await log_in("carol")).csrf, f"/set-aside/{aside(services).id}"
    await send(client, f"{path}/settle", csrf, outcome="no_entry", reason="not_an_entry", password=staged.PASSWORD)
    page = await send(client, f"{path}/reopen", csrf, reason="settled_in_error", password=staged.PASSWORD)
    assert ("It waits again." in page.text, aside(services).waits) == (True, True)


async def test_what_names_its_evening_is_never_given_to_it_and_forgotten(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    handset = ready(services, ALICE)
    clock.advance(days=1, hours=11)
    beyond_a_gap(handset, TODAY + timedelta(days=1))
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    path = f"{PATH}/set-aside/{aside(services).id}"
    for name, offered in (("carol", ["no_entry"]), ("ines", ["no_entry", "accepted"])):
        await log_in(name)
        page = Page(await client.get(path))
        assert re.findall(r'name="outcome" value="(\w+)"', page.response.text) == offered
        assert ('name="day"' in page.response.text, 'value="day_from_contents"' in page.response.text) == (False, False)
        assert ("Only the investigator can let it count." in page.text) is (name == "carol")


async def test_what_may_be_of_an_evening_says_that_the_evening_stays_not_decided(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    csrf, path = (await log_in("carol")).csrf, f"/set-aside/{aside(services).id}"
    form = {"outcome": "assigned", "reason": "day_from_participant", "instrument": "DMD"}
    day = TODAY + timedelta(days=1)
    page = await send(client, f"{path}/settle", csrf, **form, day=day.isoformat(), password=staged.PASSWORD)
    assert "Its evening stays not decided." in page.text
    assert "It did not count by itself, because" in page.text


async def test_only_the_investigator_looks_inside_and_it_is_logged(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    path = f"/set-aside/{aside(services).id}/contents"
    carol = (await log_in("carol")).csrf
    assert (await send(client, path, carol, password=staged.PASSWORD)).response.status_code == 403
    assert "quarantine_seen" not in kinds(services)
    ines = (await log_in("ines")).csrf
    page = await send(client, path, ines, password=staged.PASSWORD)
    assert "{no record" in page.text
    assert kinds(services).count("quarantine_seen") == 1


async def test_another_site_finds_nothing(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    staged.account(services, "mallory", (Role.INVESTIGATOR, "odense"))
    csrf = (await log_in("mallory")).csrf
    item = aside(services).id
    assert waiting(Page(await client.get(PATH))) == ""
    assert (await client.get(f"{PATH}/set-aside/{item}")).status_code == 404
    page = await send(client, f"/set-aside/{item}/settle", csrf, outcome="no_entry", password=staged.PASSWORD)
    assert (page.response.status_code, Code.NOT_FOUND in page.text) == (404, True)
    assert aside(services).waits


async def test_the_list_downloads_as_csv(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, alice: Handset
) -> None:
    await log_in("carol")
    assert ALICE in Page(await client.get(f"{PATH}/set-aside")).text
    answer = await client.get(f"{PATH}/set-aside?csv=1")
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"{ALICE}," in answer.text


async def test_a_hospital_stay_waits_for_a_safety_reference(
    services: Services, log_in: LogIn, client: httpx.AsyncClient
) -> None:
    days = {TODAY - timedelta(days=2): (State.MISSED, None)}
    stay = Excused(instrument="DMD", diary_day=TODAY - timedelta(days=2), reason=ExcuseReason.HOSPITALISED)
    staged.participant(services, ALICE, days)
    with services.engine.begin() as connection:
        staff.append_fact(connection, services, ALICE, stay, author="carol", at=services.environment.now())
    await log_in("carol")
    page = Page(await client.get(PATH))
    assert ("In hospital from Sat 21 Nov" in page.text, waiting(page)) == (True, "1")


async def test_a_page_says_as_of_when_it_was_read_and_follows_what_one_does_at_once(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    clock.advance(days=5, minutes=57, seconds=45)  # 08:59:45
    csrf = (await log_in("carol")).csrf
    pages = [PATH, "/console/calls", "/console/visits", "/console/compliance", "/console/health"]
    for path in pages:
        assert "as of 08:59 CET" in Page(await client.get(path)).text, path
    clock.advance(seconds=20)
    for path in pages:
        assert "as of 08:59 CET" in Page(await client.get(path)).text, path
    found = Page(await client.get(PATH))
    form = dict(re.findall(r'name="(participant|kind|since)" value="([^"]+)"', found.response.text))
    assert "as of 09:00 CET" in (await send(client, "/alerts", csrf, **form, action="called")).text
    clock.advance(seconds=30)
    for path in pages:
        assert "as of 09:00 CET" in Page(await client.get(path)).text, path


async def test_a_correction_says_how_long_it_has_waited(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    correctable(services, ALICE)
    clock.advance(days=2)
    await log_in("carol")
    (waits,) = section(Page(await client.get(PATH)), "corrections")
    assert (ALICE in waits, "3 days" in waits) == (True, True)
    clock.advance(days=4)
    await log_in("carol")
    (waits,) = section(Page(await client.get(PATH)), "corrections")
    assert "7 days" in waits


async def test_reminders_that_reach_nobody_are_listed_until_they_are_old(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    row = Reminder(ALICE, "DMD", clock.now().date(), 1, clock.now(), clock.now(), "failed", "sms", 3, 0, 4, None, None)
    services.writer.run(ALICE, lambda connection: shapes.add(connection, shapes.table("reminder"), [row]))
    await log_in("carol")
    (waits,) = section(Page(await client.get(PATH)), "reminders")
    assert (ALICE in waits, "Reminders do not arrive" in waits) == (True, True)
    clock.advance(days=15)
    await log_in("carol")
    assert section(Page(await client.get(PATH)), "reminders") == []


def section(page: Page, name: str) -> list[str]:
    """What waits in that part of the page, each as text."""
    part = re.search(rf'id="{name}".*?</section>', page.response.text, re.DOTALL)
    assert part, page.text
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one))
        for one in re.findall(r"<li data-row.*?</li>", part[0], re.DOTALL)
    ]


def test_corrections_of_many_are_read_with_as_few_queries_as_of_one(services: Services) -> None:
    asked: list[str] = []
    event.listen(services.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for number in ("01-001", "01-002", "01-003"):
        entry = correctable(services, number)
        with reading(services.engine) as connection:
            drop(services.engine)
            asked.clear()
            found = finding.waiting(connection, services.study, ["copenhagen"], services.environment.now())
        assert (found.corrections[-1][0], found.corrections[-1][1].wanted.entry) == (number, entry)
        counts.append(len(asked))
    assert counts[0] == counts[2]


def correctable(services: Services, number: str) -> str:
    """A correction that waits for an answer; the entry that it is about."""
    clock = services.environment
    assert isinstance(clock, SimulatedEnvironment)
    handset = ready(services, number, number)
    clock.advance(days=1, hours=11)
    entry = handset.fill_in(local_date(clock.now(), ZONE))
    handset.sync()
    asked = Wanted(
        entry.id, Voided(), CorrectionSource.CALL, local_date(clock.now(), ZONE), CorrectionReason.TAPPED_WRONG,
        "phone note 12",
    )  # fmt: skip
    who = Acting("root", is_operator=True)
    services.writer.run(
        number,
        lambda connection: corrections.request(connection, services, number, asked, who=who, at=clock.now()),
    )
    clock.advance(hours=13)
    return entry.id
