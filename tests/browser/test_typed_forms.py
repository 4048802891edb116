"""What somebody types into a form is theirs: it outlives a warning, a log-in that ended, and nobody else's goes out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from server.access.roles import Role
from server.app import create_app
from server.db import contact_details, log_ins
from server.db.accounts import of_username
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import served
from tests.browser.logging_in import log_in
from tests.console import staged

pytestmark = [pytest.mark.browser, pytest.mark.long]

MORNING = datetime(2026, 11, 23, 7, 2, tzinfo=UTC)
NUMBER, PHONE = "01-001", "+4512345678"
PATH = f"/console/participants/{NUMBER}/contact"


@dataclass
class Desk:
    """The server, and the clock that it shares with browsers."""

    url: str
    services: Services
    clock: SimulatedEnvironment

    def wait(self, page: Page, seconds: int) -> None:
        """Time passes for both."""
        self.clock.advance(hours=seconds / 3600)
        page.clock.fast_forward(seconds * 1000)

    def end(self, username: str) -> None:
        """Every log-in of that account ends, as when it has lasted its longest."""
        with self.services.engine.begin() as connection:
            account = of_username(connection, username)
            assert account is not None
            log_ins.remove_of(connection, account.id)

    def phone(self) -> str:
        with self.services.engine.connect() as connection:
            return next(text for text in contact_details.of(connection, NUMBER).values() if text.startswith("+"))


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings, clock = Settings(var_folder=tmp_path_factory.mktemp("console")), SimulatedEnvironment(MORNING)
    services = open_services(settings, clock)
    staged.participant(services, NUMBER)
    for name in ("carol", "cecilie"):
        staged.account(services, name, (Role.COORDINATOR, "copenhagen"))
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield Desk(running.url, services, clock)
    services.close()


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    """Carol has typed a telephone number, and has not sent it."""
    context = browser.new_context(locale="en-GB")
    context.clock.install(time=MORNING)
    page = context.new_page()
    log_in(page, desk.url, "carol")
    page.goto(desk.url + PATH)
    page.get_by_text("Set, change or erase").click()
    page.get_by_label("Which").select_option("phone")
    page.get_by_label("New value").fill(PHONE)
    yield page
    context.close()


def send(page: Page) -> None:
    page.locator("form[action$='/contact'] button").click()


def test_to_stay_logged_in_keeps_what_was_typed(desk: Desk, page: Page) -> None:
    minutes = desk.services.settings.session_idle_minutes
    desk.wait(page, minutes * 60 - 100)
    page.get_by_role("link", name="Stay logged in").click()
    expect(page.get_by_text("You will be logged out")).to_be_hidden()
    expect(page.get_by_label("New value")).to_have_value(PHONE)
    desk.wait(page, minutes * 60 - 200)  # not without the click
    send(page)
    page.get_by_text("there is one, since").wait_for()


def test_typing_keeps_whoever_types_logged_in(desk: Desk, page: Page) -> None:
    minutes = desk.services.settings.session_idle_minutes
    for _ in range(3):
        desk.wait(page, minutes * 30)
        with page.expect_response("**/console/keys"):
            page.get_by_label("New value").press_sequentially("1")
    page.get_by_label("New value").fill(PHONE)
    send(page)
    page.get_by_text("there is one, since").wait_for()


def test_a_log_in_that_ended_takes_nothing_that_was_typed(desk: Desk, page: Page) -> None:
    desk.wait(page, 120)
    desk.end("carol")
    send(page)
    page.get_by_text("your log-in has ended").wait_for()
    expect(page.get_by_label("New value")).to_have_value(PHONE)
    with page.context.expect_page() as opened:
        page.locator("[data-nobody] a").click()
    log_in(opened.value, desk.url, "carol")
    opened.value.close()
    send(page)
    page.get_by_text("there is one, since").wait_for()
    assert desk.phone() == PHONE


def test_nothing_goes_out_in_the_name_of_somebody_else(desk: Desk, page: Page) -> None:
    desk.wait(page, 120)
    other = page.context.new_page()
    log_in(other, desk.url, "cecilie")
    send(page)
    page.get_by_text("somebody else is logged in").wait_for()
    expect(page.get_by_label("New value")).to_have_value(PHONE)


def test_a_double_click_after_a_while_sends_once(desk: Desk, page: Page) -> None:
    desk.wait(page, 120)
    posted: list[str] = []
    page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else None)
    page.locator("form[action$='/contact'] button").dblclick()
    page.get_by_text("there is one, since").wait_for()
    assert len(posted) == 1
