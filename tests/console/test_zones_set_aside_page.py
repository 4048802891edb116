"""A time zone that was set aside, in the console: what it says, what it would move, and who decides."""

from datetime import timedelta

import httpx
import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import Status, StatusSet
from diary_app.core.staff_acts import LockingReason
from server.access.proving import Person
from server.access.roles import Role
from server.db import set_aside, staff_facts
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.intake import locking
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged
from tests.console.conftest import TODAY, LogIn, Page
from tests.console.test_inbox import section, send
from tests.server.handset import Handset, ready, record_fact
from tests.server.parting import AWAY, laid_out, part

PATH = "/console/inbox/set-aside"


@pytest.fixture
def zone(services: Services, clock: SimulatedEnvironment) -> SetAside:
    """New York, confirmed on a copy of Alice's phone."""
    phone = ready(services, ALICE)
    clock.advance(days=1)
    part(phone, phone.copied(), AWAY)
    return aside(services)


def aside(services: Services) -> SetAside:
    with reading(services.engine) as connection:
        (one,) = set_aside.at(connection, ["copenhagen"])
    return one


async def enter(services: Services, log_in: LogIn, name: str = "ines", language: str = "en") -> str:
    if name != "carol":
        staged.account(services, name, (Role.INVESTIGATOR, "copenhagen"), language=language)
    return (await log_in(name)).csrf


async def test_the_inbox_says_that_it_is_a_time_zone(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    await log_in("carol")
    (waits,) = section(Page(await client.get("/console/inbox")), "set-aside")
    assert "A time zone that was confirmed. It does not count, because" in waits
    assert "a time zone that was confirmed" in Page(await client.get(PATH)).text


async def test_the_page_says_which_zone_since_when_on_which_phone_and_what_would_move(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    await log_in("carol")
    page = Page(await client.get(f"{PATH}/{zone.id}"))
    for words in (
        "a time zone that was confirmed: America/New_York",
        "Confirmed Tue 24 Nov 08:02 CET",
        "Phone 1, or a copy of it",
        "The diary follows now Europe/Copenhagen",
        "Ask the participant where they are.",
        "15 evenings would move. Times are those of the site.",
        "Tue 24 Nov Tue 24 Nov 18:00 to Wed 25 Nov 12:00 Wed 25 Nov 00:00 to Wed 25 Nov 18:00",
        "and 8 more",
    ):
        assert words in page.text, (words, page.text)
    assert ("Questionnaire" in page.text, page.inline) == (False, [])


async def test_a_coordinator_can_leave_it_and_is_told_who_can_accept(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    csrf = await enter(services, log_in, "carol")
    page = Page(await client.get(f"{PATH}/{zone.id}"))
    assert "Only the investigator can say that the diary follows it." in page.text
    assert "The diary follows it, from when it was confirmed" not in page.text
    form = {"reason": "phone_copied", "password": staged.PASSWORD}
    refused = await send(client, f"/set-aside/{zone.id}/settle", csrf, outcome="accepted", **form)
    assert (refused.response.status_code, aside(services).waits) == (403, True)
    done = await send(client, f"/set-aside/{zone.id}/settle", csrf, outcome="no_entry", **form)
    assert "State The diary does not follow it" in done.text
    assert laid_out(services, TODAY + timedelta(days=2)) == "Europe/Copenhagen"


async def test_an_investigator_accepts_it_and_the_trail_says_so(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    csrf = await enter(services, log_in)
    form = {"outcome": "accepted", "reason": "zone_from_participant", "password": staged.PASSWORD}
    done = await send(client, f"/set-aside/{zone.id}/settle", csrf, **form)
    assert "State The diary follows it, from when it was confirmed" in done.text
    assert "What it would move" not in done.text
    with reading(services.engine) as connection:
        (fact,) = staff_facts.of_kinds(connection, [ALICE], ["quarantine_settled"])
    assert ('"reason":"zone_from_participant"' in fact.body, f'"zone":"{AWAY}"' in fact.body) == (True, True)
    trail = Page(await client.get(f"/console/participants/{ALICE}/trail")).text
    assert ("set aside: settled" in trail, AWAY in trail) == (True, True)
    assert AWAY in Page(await client.get(f"/console/participants/{ALICE}/phone")).text


async def test_a_second_person_sees_that_it_is_settled(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    """Their page is old: nothing is decided twice, and they see what holds."""
    csrf = await enter(services, log_in)
    form = {"reason": "phone_copied", "password": staged.PASSWORD}
    await send(client, f"/set-aside/{zone.id}/settle", csrf, outcome="accepted", **form)
    page = await send(client, f"/set-aside/{zone.id}/settle", csrf, outcome="no_entry", **form)
    assert Code.ALREADY_EXISTS in page.text
    assert "State The diary follows it, from when it was confirmed" in page.text


async def test_it_is_taken_back(services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside) -> None:
    csrf = await enter(services, log_in)
    form = {"outcome": "accepted", "reason": "phone_copied", "password": staged.PASSWORD}
    await send(client, f"/set-aside/{zone.id}/settle", csrf, **form)
    page = await send(client, f"/set-aside/{zone.id}/reopen", csrf, reason="settled_in_error", password=staged.PASSWORD)
    assert ("It waits again." in page.text, "evenings would move" in page.text) == (True, True)


async def test_a_locked_evening_is_named(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    csrf = (await log_in("ines")).csrf
    locking.lock(services, ALICE, None, LockingReason.DATA_REVIEWED, by=Person(ines, "ines", "Ines"))
    page = Page(await client.get(f"{PATH}/{zone.id}"))
    assert "is locked. As long as it is, nothing can move it." in page.text
    form = {"outcome": "accepted", "reason": "phone_copied", "password": staged.PASSWORD}
    done = await send(client, f"/set-aside/{zone.id}/settle", csrf, **form)
    assert (Code.DAY_LOCKED in done.text, aside(services).waits) == (True, True)


async def test_another_site_does_not_find_it(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    staged.account(services, "mallory", (Role.INVESTIGATOR, "odense"))
    csrf = (await log_in("mallory")).csrf
    assert (await client.get(f"{PATH}/{zone.id}")).status_code == 404
    form = {"outcome": "accepted", "reason": "phone_copied", "password": staged.PASSWORD}
    assert (await send(client, f"/set-aside/{zone.id}/settle", csrf, **form)).response.status_code == 404
    assert aside(services).waits


async def test_what_was_confirmed_after_a_withdrawal_is_shown_to_nobody(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=TODAY, reason="own_wish"))
    await enter(services, log_in)
    page = Page(await client.get(f"{PATH}/{zone.id}"))
    assert (AWAY in page.text, "What it would move" in page.text) == (False, False)


async def test_the_page_is_danish_where_somebody_reads_danish(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, zone: SetAside
) -> None:
    await enter(services, log_in, language="da")
    page = Page(await client.get(f"{PATH}/{zone.id}"))
    for words in (
        "en tidszone, der blev bekræftet: America/New_York",
        "15 aftener ville blive flyttet. Klokkeslæt er centrets.",
        "Dagbogen følger den, fra den blev bekræftet",
    ):
        assert words in page.text, (words, page.text)


async def test_a_practice_entry_says_what_it_is(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, clock: SimulatedEnvironment
) -> None:
    phone: Handset = ready(services, ALICE)
    other = phone.copied()
    phone.record("app_event", what="opened")
    phone.sync()
    other.train()
    other.sync()
    await log_in("carol")
    page = Page(await client.get(f"{PATH}/{aside(services).id}"))
    assert "the practice entry, with which a diary begins" in page.text
    assert "No evening would move." in page.text
    assert "it hears what you decide" in page.text
    assert ("The diary follows now" in page.text, "where they are" in page.text) == (False, False)
