"""The console's keys in a real browser: they lead on, wait for slow hands, and rest where somebody wants none."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import Served, drawn, served
from tests.browser.logging_in import log_in
from tests.console import staged

pytestmark = [pytest.mark.browser, pytest.mark.long]

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
CALLS, INBOX = re.compile("/console/calls$"), re.compile("/console/inbox$")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Somebody is to be called; Carol is the coordinator."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(MORNING)
    services = open_services(settings, clock)
    staged.crowd(services, count=20)
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running


@pytest.fixture(scope="module")
def state(browser: Browser, console: Served) -> StorageState:
    """Carol's log-in, made once."""
    page = browser.new_page(locale="en-GB")
    log_in(page, console.url, "carol")
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture
def calls(browser: Browser, console: Served, state: StorageState) -> Iterator[Page]:
    """The call list, opened by Carol in a browser of her own; the clock of the page is the test's."""
    context = browser.new_context(locale="en-GB", storage_state=state)
    page, troubles = context.new_page(), list[str]()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.clock.install()
    page.goto(f"{console.url}/console/calls")
    drawn(page)
    yield page
    context.close()
    assert troubles == []


def test_keys_lead_through_the_rows_and_rest_in_a_field(calls: Page) -> None:
    calls.keyboard.press("j")
    calls.keyboard.press("c")
    assert calls.locator("details[data-contact][open]").count() == 1
    calls.keyboard.press("Escape")
    calls.locator("body").click(position={"x": 5, "y": 5})
    calls.keyboard.press("?")
    assert calls.locator("dialog[open]").count() == 1


def test_between_g_and_its_letter_nobody_has_to_be_quick(calls: Page) -> None:
    calls.keyboard.press("g")
    calls.clock.run_for("01:00")
    calls.keyboard.press("i")
    expect(calls).to_have_url(INBOX)


@pytest.mark.parametrize("between", ["Escape", "j", "ArrowDown", "Control", "Tab"])
def test_any_other_key_ends_what_g_began(calls: Page, between: str) -> None:
    for key in ("g", between, "c"):
        calls.keyboard.press(key)
    assert calls.locator("details[data-contact][open]").count() == 1
    expect(calls).to_have_url(CALLS)


def test_a_click_ends_what_g_began(calls: Page) -> None:
    calls.keyboard.press("g")
    calls.locator("h1").click()
    calls.keyboard.press("i")
    assert calls.locator("details[data-contact][open]").count() == 0
    expect(calls).to_have_url(CALLS)


def test_a_key_that_is_held_counts_once(calls: Page) -> None:
    calls.keyboard.press("g")
    with calls.expect_navigation():
        calls.keyboard.down("c")
    calls.keyboard.down("c")
    assert calls.locator("details[data-contact][open]").count() == 0


def test_whoever_wants_no_keys_switches_them_off(calls: Page) -> None:
    calls.keyboard.press("?")
    expect(calls.get_by_role("button", name="Close")).to_be_focused()
    calls.get_by_label("Use these keys in this browser").uncheck()
    calls.keyboard.press("Escape")
    calls.reload()
    drawn(calls)
    calls.keyboard.press("c")
    calls.keyboard.press("?")
    assert calls.locator("details[data-contact][open], dialog[open]").count() == 0
    calls.get_by_role("link", name="Keys").click()
    calls.get_by_label("Use these keys in this browser").check()
    calls.get_by_role("button", name="Close").click()
    calls.locator("h1").click()
    calls.keyboard.press("c")
    assert calls.locator("details[data-contact][open]").count() == 1
