"""An inspector's visit: from one participant's evening to who changed it, when and why, without changing anything."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from diary_app.core.correction_facts import WaiverReason
from diary_app.core.staff_acts import Meaning
from server.access import rights
from server.access.acting import Acting
from server.access.console_table import CONSOLE
from server.access.rights import Right
from server.access.roles import HOLDERS, Permission, Role
from server.app import create_app
from server.intake import corrections
from server.intake.anchoring import anchor_chains
from server.intake.corrected import corrections_of
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail import signing
from server.trail.signing import Wanted
from tests.browser.driving import served
from tests.console import kept, staged
from tests.console.test_console_table import PLACES

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
DAY_BEFORE = MORNING - timedelta(days=1)
PERSON = f"/console/participants/{kept.NUMBER}"
ELSEWHERE = "02-001"
#: What a monitor may send: to take away the trail or the states, and to verify, changes nothing about anybody.
OPEN_TO_READERS = {
    "POST /console/trail/export", "POST /console/trail/verify", "POST /console/exports", "POST /console/exports/test",
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """Where the server is, and the one correction that was approved there."""

    url: str
    services: Services
    corrected_day: str


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Forty days of a diary; Ines approved a correction and signed it; Gert was coordinator until yesterday."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(kept.begin(DAY_BEFORE))
    services = open_services(settings, clock)
    gert = staged.account(services, "gert", (Role.COORDINATOR, "copenhagen"), display="Gert Friis")
    kept.keep(services, DAY_BEFORE)
    day = _corrected(services)
    with services.engine.begin() as connection:
        rights.take(connection, Right(gert, Role.COORDINATOR, "copenhagen"), author="setup", environment=clock)
    clock.move_to(MORNING)
    staged.account(services, "mona", (Role.MONITOR, "copenhagen"), display="Mona Lind")
    staged.participant(services, ELSEWHERE, {})
    anchor_chains(services, clock.now())
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield Study(running.url, services, day)
    services.close()


def _corrected(services: Services) -> str:
    """Ines decides about the correction that waits, and signs its day."""
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh")
    with services.engine.connect() as connection:
        (asked,) = corrections_of(connection, kept.NUMBER)
    who, at, day = Acting(ines), services.environment.now(), asked.wanted.diary_day
    services.writer.run(
        kept.NUMBER,
        lambda connection: corrections.waive(
            connection, services, kept.NUMBER, asked.id, WaiverReason.NO_PHONE, who=who, at=at
        ),
    )
    services.writer.run(
        kept.NUMBER,
        lambda connection: corrections.approve(connection, services, kept.NUMBER, asked.id, who=who, at=at),
    )
    wanted = Wanted(kept.NUMBER, day, day, Meaning.REVIEWED)
    signing.sign(services, wanted, username="ines", password=staged.PASSWORD, address="192.0.2.1")
    return day.isoformat()


def test_the_visit_of_an_inspector(browser: Browser, study: Study, tmp_path: Path) -> None:
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    logs_in(page, study)
    finds_the_evening(page, study)
    sees_who_changed_it(page, study)
    sees_what_was_signed(page)
    reads_the_ledger_of_reminders(page)
    asks_who_had_access(page)
    verifies_the_chain(page)
    takes_the_trail_away(page, study, tmp_path)
    finds_the_download_in_the_trail(page)
    changes_nothing(page, study)
    context.close()
    assert troubles == []


def logs_in(page: Page, study: Study) -> None:
    page.goto(f"{study.url}/console/participants")
    page.get_by_label("User name").fill("mona")
    page.get_by_label("Password").fill(staged.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Participants")).to_be_visible()
    assert ELSEWHERE not in page.content()


def finds_the_evening(page: Page, study: Study) -> None:
    page.get_by_role("link", name=kept.NUMBER, exact=True).click()
    page.get_by_role("navigation", name="Pages about this participant").get_by_role("link", name="Entries").click()
    row = page.locator(f"#day-{study.corrected_day}")
    expect(row).to_contain_text("Counts")
    expect(row).to_contain_text("corrected: DMD03")
    twice = page.get_by_role("row").filter(has_text="An earlier version")
    expect(twice.first).to_be_visible()
    row.get_by_text("Trail").click()
    expect(row.locator(".own-trail li").filter(has_text="answers · DMD03").first).to_contain_text("•••")
    assert "Show the answers" not in page.content()


def sees_who_changed_it(page: Page, study: Study) -> None:
    page.goto(f"{study.url}{PERSON}/corrections")
    correction = page.locator("ul.checks > li")
    expect(correction).to_contain_text("another answer to DMD03")
    expect(correction).to_contain_text("Approved; it counts")
    expect(correction).to_contain_text("tapped the wrong answer")
    expect(correction).to_contain_text("the participant need not be asked · Ines Krogh")
    expect(correction).to_contain_text("approved · Ines Krogh · Sat 21 Nov 08:02")
    expect(page.get_by_role("button", name=re.compile("Approve|Refuse|Ask"))).to_have_count(0)


def sees_what_was_signed(page: Page) -> None:
    page.get_by_role("link", name="Signatures and locks").click()
    signed = page.locator("main")
    expect(signed).to_contain_text("Ines Krogh")
    expect(signed).to_contain_text("reviewed", ignore_case=True)
    expect(page.get_by_label("Password")).to_have_count(0)


def reads_the_ledger_of_reminders(page: Page) -> None:
    page.get_by_role("navigation", name="Pages about this participant").get_by_role("link", name="Reminders").click()
    ledger = page.get_by_role("region", name="Reminders")
    for head in ("Due", "Claimed", "Sent", "Receipt", "App opened", "Saved"):
        expect(ledger.get_by_role("columnheader", name=head, exact=True)).to_be_visible()
    assert ledger.get_by_role("row").count() > 2


def asks_who_had_access(page: Page) -> None:
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="Accounts").click()
    gert = page.get_by_role("row").filter(has_text="Gert Friis")
    expect(gert).to_have_count(0)
    page.get_by_label("As of the end of").fill("2026-11-19")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("as they were at the end of")).to_be_visible()
    expect(gert).to_contain_text("coordinator, Rigshospitalet")
    expect(page.get_by_role("row").filter(has_text="Mona Lind")).to_have_count(0)


def verifies_the_chain(page: Page) -> None:
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="Trail").click()
    expect(page.locator(".chain")).to_contain_text("The ends of all chains were last written down")
    page.get_by_role("button", name="Verify the whole trail now").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is as it was written down")


def takes_the_trail_away(page: Page, study: Study, folder: Path) -> None:
    page.goto(f"{study.url}{PERSON}/trail?day={study.corrected_day}")
    shown = page.locator(".trail-table tbody tr")
    cells = [
        ((row.get_attribute("data-about") or "").partition(" ")[2], row.locator("td").nth(5).inner_text())
        for row in shown.all()
    ]
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    file = folder / "trail.csv"
    coming.value.save_as(file)
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert sorted((row["field"], row["new"] or "–") for row in rows) == sorted(cells)
    assert {row["diary_day"] for row in rows} == {study.corrected_day}
    assert {"participant", "investigator"} <= {row["role"] for row in rows}
    assert {row["new"] for row in rows if row["field"].startswith("answers")} == {"•••"}


def finds_the_download_in_the_trail(page: Page) -> None:
    page.get_by_role("navigation", name="Areas").get_by_role("link", name="Trail").click()
    page.get_by_label("Kind").fill("extract made")
    page.get_by_role("button", name="Find").click()
    noted = page.locator(".trail-table")
    expect(noted).to_contain_text("mona")
    expect(noted.locator("td .code").get_by_text("sha256", exact=True)).to_have_count(1)
    expect(noted).to_contain_text(kept.NUMBER)


def changes_nothing(page: Page, study: Study) -> None:
    """Every form that a monitor may not send, and every page that is not theirs, by its address."""
    csrf = page.locator("input[name=csrf]").first.input_value()
    met = {}
    for name, needed in CONSOLE.items():
        if not isinstance(needed, Permission) or (Role.MONITOR in HOLDERS[needed] and not name.startswith("POST")):
            continue
        method, path = name.split()
        places = {**PLACES, "participant": kept.NUMBER}
        address = study.url + re.sub(r"\{(\w+)\}", lambda place, known=places: known.get(place[1], "1"), path)
        if name not in OPEN_TO_READERS:
            asked = {"form": {"csrf": csrf}} if method == "POST" else {}
            met[name] = page.request.fetch(address, method=method, max_redirects=0, **asked).status
    assert met
    assert set(met.values()) == {403}, {name: status for name, status in met.items() if status != 403}
    for path in ("", "/entries", "/trail"):
        assert page.request.get(f"{study.url}/console/participants/{ELSEWHERE}{path}").status == 404
