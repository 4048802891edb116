"""A coordinator's morning from the log-in to the log-out, with the real server in a real browser."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from diary_app.core.facts import ContactField
from diary_app.core.grading import State
from server.access import totp
from server.access.roles import Role
from server.access.totp import Shared
from server.app import create_app
from server.console.calls.words import spaced
from server.db import contact_details, second_factors, staff_facts
from server.db.engine import reading
from server.db.second_factors import SecondFactor
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import served
from tests.console import kept, staged

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
YESTERDAY = date(2026, 11, 21)
URGENT, SILENT, ELSEWHERE, NEW = "01-003", "01-004", "02-001", "01-043"
NUMBER_OF_URGENT = "+4512345670"
#: What no page of the morning may show: a score or an answer, by any of the names that they have.
NEVER_SHOWN = re.compile(r"DMD0\d \d|score|sum of|total of|\bmean\b", re.IGNORECASE)


@dataclass(frozen=True)
class Morning:
    """Where the server is, Carol's authenticator and the time."""

    url: str
    services: Services
    phone: Shared
    clock: SimulatedEnvironment


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    """One who keeps the diary, one to call, one whose phone is silent, and one at another site."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"), second_factor="required")
    clock = SimulatedEnvironment(kept.begin(MORNING))
    services = open_services(settings, clock)
    kept.keep(services, MORNING)
    for number, state in ((URGENT, State.MISSED), (SILENT, State.UNKNOWN), (ELSEWHERE, State.UNKNOWN)):
        staged.participant(services, number, _evenings(state), seen_at=MORNING - timedelta(days=4))
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    phone = totp.new_shared(clock)
    closed = totp.sealed(phone, services.secret, carol, clock)
    with services.engine.begin() as connection:
        contact_details.save(connection, URGENT, {ContactField.PHONE: NUMBER_OF_URGENT})
        second_factors.keep(connection, SecondFactor(carol, closed, totp.NO_STEP, clock.now()))
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield Morning(running.url, services, phone, clock)
    services.close()


def _evenings(gap: State) -> dict[date, tuple[State, str | None]]:
    """Two weeks that went well until a few evenings ago; who missed them was missing for one evening more."""
    gaps, reason = (4, None) if gap is State.MISSED else (3, "silent")
    days = {YESTERDAY - timedelta(days=back): (State.DONE, None) for back in range(gaps, 14)}
    return {**days, **{YESTERDAY - timedelta(days=back): (gap, reason) for back in range(gaps)}}


def facts(morning: Morning, participant: str, kind: str) -> list[Any]:
    with reading(morning.services.engine) as connection:
        return staff_facts.of_kinds(connection, [participant], [kind])


def seen(page: Page) -> str:
    """What stands on the page, which holds no answer, no score and nobody of another site."""
    text = page.locator("body").inner_text()
    assert not NEVER_SHOWN.search(text), text
    assert ELSEWHERE not in page.content()
    assert "Odense" not in text
    return text


def test_the_morning_of_a_coordinator(browser: Browser, morning: Morning) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    logs_in(page, morning)
    reads_the_overview(page)
    opens_the_number(page, morning)
    logs_the_call_by_key(page, morning)
    sees_to_an_alert(page, morning)
    records_a_treatment(page, morning)
    excuses_an_evening(page, morning)
    takes_somebody_in(page, morning)
    looks_up_the_keys(page)
    logs_out_for_good(page)
    context.close()
    assert troubles == []


def goes_by_key(page: Page, key: str) -> None:
    """To an area. The page before stays until the next is there, and would take the next key or click."""
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press(key)


def logs_in(page: Page, morning: Morning) -> None:
    page.goto(f"{morning.url}/console/")
    page.get_by_label("User name").fill("carol")
    page.get_by_label("Password").fill(staged.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Second step").wait_for()
    page.goto(f"{morning.url}/console/calls")  # a password alone opens nothing
    page.get_by_role("heading", name="Second step").wait_for()
    page.get_by_label("Code from your authenticator app").fill(morning.phone.code_at(morning.clock.now()))
    page.get_by_role("button", name="Go on").click()
    page.locator(".account").wait_for()
    page.goto(f"{morning.url}/console/")


def reads_the_overview(page: Page) -> None:
    expect(page.get_by_role("heading", name="Rigshospitalet")).to_be_visible()
    expect(page.locator("p.sentence")).to_have_text(
        "Saturday: 1 of 3 evenings are in; 1 missed; 1 not heard from. Friday: 1 missed, 1 not heard from."
    )
    expect(page.locator(".as-of")).to_contain_text("as of 08:02")
    expect(page.locator(".first-calls li").first).to_contain_text(URGENT)
    assert "Participant numbers only; no answers are shown here." in seen(page)


def opens_the_number(page: Page, morning: Morning) -> None:
    page.get_by_role("link", name="Call list").first.click()
    first = page.locator("[data-row]").first
    expect(first).to_contain_text(URGENT)
    expect(first.locator(".reason")).to_have_text(
        "3 evenings in a row without an entry; phone last seen Wednesday at 08:02"
    )
    assert NUMBER_OF_URGENT not in page.content()
    page.get_by_role("button", name=f"Show the number of {URGENT}").click()
    expect(page.locator(".phone")).to_have_text(spaced(NUMBER_OF_URGENT))
    (shown,) = facts(morning, URGENT, "contact_shown")
    assert NUMBER_OF_URGENT not in shown.body
    seen(page)


def logs_the_call_by_key(page: Page, morning: Morning) -> None:
    goes_by_key(page, "c")
    page.locator("[data-row]").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.press("Space")  # the first outcome: will fill in
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The contact is logged.")
    assert len(facts(morning, URGENT, "contact_made")) == 1
    expect(page.locator("[data-row]").first).to_contain_text(SILENT)
    page.get_by_text("1 participant need not be called for now").click()
    expect(page.locator("#away li")).to_contain_text(f"{URGENT}")
    expect(page.locator("#away li")).to_contain_text("Back on Tue 24 Nov")
    seen(page)


def sees_to_an_alert(page: Page, morning: Morning) -> None:
    goes_by_key(page, "i")
    alert = page.locator("#alerts li").filter(has_text=SILENT)
    expect(alert).to_contain_text("The phone has not been in touch for two days, although evenings were expected")
    alert.get_by_role("combobox").select_option(label="called the participant")
    alert.get_by_role("button", name="Seen to").click()
    expect(page.get_by_role("status")).to_have_text("It is noted. It comes again when its cause does.")
    expect(page.locator("#alerts li").filter(has_text=SILENT)).to_have_count(0)
    assert len(facts(morning, SILENT, "alert_acknowledged")) == 1
    seen(page)


def records_a_treatment(page: Page, morning: Morning) -> None:
    before = len(facts(morning, kept.NUMBER, "anchor"))
    goes_by_key(page, "p")
    page.get_by_role("link", name=kept.NUMBER, exact=True).click()
    page.get_by_role("link", name="Treatments and status").click()
    page.get_by_text("Record a treatment").click()
    page.get_by_label("Treatment", exact=True).select_option(label="Treatment 2")
    page.get_by_label("It is planned").check()
    page.locator("#day").fill("2026-12-15")
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    table = page.get_by_role("region", name="Windows of visits")
    expect(table.get_by_role("columnheader")).to_have_text(["Visit", "Now", "After saving"])
    expect(table.get_by_role("row", name="4 months")).to_contain_text("15 Dec")
    assert len(facts(morning, kept.NUMBER, "anchor")) == before
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The treatment is recorded.")
    assert len(facts(morning, kept.NUMBER, "anchor")) == before + 1
    seen(page)


def excuses_an_evening(page: Page, morning: Morning) -> None:
    before = len(facts(morning, kept.NUMBER, "excused"))
    page.get_by_text("Excuse days", exact=True).click()
    page.locator("#first").fill(YESTERDAY.isoformat())
    page.locator("#excuse_reason").select_option("too_ill")
    page.get_by_role("button", name="Excuse the days").click()
    expect(page.get_by_role("status")).to_have_text("The days are excused.")
    assert len(facts(morning, kept.NUMBER, "excused")) == before + 1
    seen(page)


def takes_somebody_in(page: Page, morning: Morning) -> None:
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="New participant").click()
    expect(page.locator("ul.criteria li").first).to_be_visible()
    page.get_by_label("All of this is confirmed").check()
    page.get_by_label("Participant number").fill(NEW.partition("-")[2])
    page.get_by_label("18:00 to 03:00").check()
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_role("heading", name=NEW)).to_be_visible()
    page.get_by_role("button", name="Make a code and a letter").click()
    code = page.locator(".large-code").inner_text()
    picture = Image.open(io.BytesIO(page.locator(".letter figure svg").screenshot()))
    (scanned,) = zxingcpp.read_barcodes(picture)
    assert scanned.text.endswith(f"/app/#enrol={code}")
    page.emulate_media(media="print")
    expect(page.locator(".letter")).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    page.emulate_media(media="screen")
    assert len(facts(morning, NEW, "code_issued")) == 1
    seen(page)
    page.get_by_role("link", name="Back", exact=True).click()
    assert code not in page.content()


def looks_up_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("log a contact with whoever the row is about")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def logs_out_for_good(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("status")).to_have_text("You are logged out.")
    page.go_back()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(NEW)
