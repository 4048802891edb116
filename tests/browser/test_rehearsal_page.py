"""An investigator rehearses a new version in a real browser, with and without scripts, and looks at one person."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import Served, served
from tests.browser.logging_in import log_in
from tests.conftest import ALICE
from tests.console import staged
from tests.rehearsal.staged import DORA, next_text, stage

pytestmark = [pytest.mark.browser, pytest.mark.long]
EARLIER = ('opens = "18:00"', 'opens = "17:00"')
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > window.innerWidth"


class Staged:
    """A running console, and files that are handed over to it."""

    def __init__(self, running: Served, right: str, wrong: str) -> None:
        self.url = running.url
        self.right, self.wrong = (
            FilePayload(name="next.toml", mimeType="application/octet-stream", buffer=text.encode())
            for text in (right, wrong)
        )


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
    services = open_services(settings, clock)
    stage(services, clock)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    files = next_text(services, EARLIER), next_text(services, ("day_zero = 2026-01-01", "day_zero = 2026-02-01"))
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield Staged(running, *files)


def logged_in(browser: Browser, console: Staged, *, scripts: bool) -> Page:
    context = browser.new_context(locale="en-GB", java_script_enabled=scripts, accept_downloads=True)
    page = context.new_page()
    log_in(page, console.url, "ines")
    page.get_by_role("link", name="Study", exact=True).click()
    page.get_by_role("link", name="Rehearse a new version").click()
    return page


def looks(page: Page) -> list[str]:
    faults: list[str] = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        faults += faults_by_axe(page, {})
    page.set_viewport_size({"width": 320, "height": 640})
    faults += ["does not fit into 320 px"] if page.evaluate(WIDER_THAN_THE_WINDOW) else []
    page.set_viewport_size({"width": 1280, "height": 800})
    return faults


@pytest.mark.parametrize("scripts", [True, False])
def test_a_version_is_rehearsed_and_one_person_looked_at(
    browser: Browser, console: Staged, tmp_path: Path, scripts: bool
) -> None:
    page = logged_in(browser, console, scripts=scripts)
    page.set_input_files("#file", console.right)
    page.get_by_role("button", name="Rehearse", exact=True).click()
    expect(page.locator(".sentence")).to_have_text(
        "All 2 people in the diary see a change, 2 are asked at another hour."
    )
    with page.expect_download() as arriving:
        page.get_by_role("button", name="Download as CSV").first.click()
    arriving.value.save_as(tmp_path / "people.csv")
    rows = list(csv.DictReader((tmp_path / "people.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["Participant"] for row in rows] == [ALICE, DORA]
    page.get_by_role("button", name=ALICE).click()
    expect(page.get_by_role("heading", name=f"Participant {ALICE}")).to_be_visible()
    expect(page.get_by_role("table").first).to_contain_text("17:00–03:00+1")
    page.get_by_role("button", name="Back to everybody").click()
    expect(page.get_by_role("button", name=DORA)).to_be_visible()
    page.context.close()


def test_what_comes_back_is_accessible(browser: Browser, console: Staged) -> None:
    page = logged_in(browser, console, scripts=True)
    faults = {"form": looks(page)}
    page.set_input_files("#file", console.wrong)
    page.get_by_role("button", name="Rehearse", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("amendment_forbidden")
    expect(page.get_by_role("listitem").filter(has_text="day_zero")).to_contain_text("next.toml:10")
    faults["refused"] = looks(page)
    page.set_input_files("#file", console.right)
    page.get_by_role("button", name="Rehearse", exact=True).click()
    page.locator(".sentence").wait_for()
    faults["everybody"] = looks(page)
    page.get_by_role("button", name=ALICE).click()
    page.get_by_role("heading", name=f"Participant {ALICE}").wait_for()
    faults["person"] = looks(page)
    assert faults == {"form": [], "refused": [], "everybody": [], "person": []}
    page.context.close()
