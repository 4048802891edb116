"""Passwords can be read while they are typed, and a new one is told its strength; without a script nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from server.access.account_facts import Happened, note
from server.access.common_passwords import is_common
from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import PHONE, served
from tests.console import staged
from tests.console.conftest import MORNING

pytestmark = [pytest.mark.browser, pytest.mark.long]
#: A word before it offers to stay; by then the log-in has lapsed.
LOGGED_OUT = {"meta-refresh": "a page whose log-in has lapsed gives way to the log-in"}
#: Of whoever types, before anything is said (passwords.js).
PAUSE_MS = 400
SHOW, HIDE = "Show what is typed", "Hide what is typed"


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Carol's console; her password was changed an hour before she comes."""
    settings, clock = Settings(var_folder=tmp_path, second_factor="off"), SimulatedEnvironment(MORNING)
    services = open_services(settings, clock)
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    with services.engine.begin() as connection:
        note(connection, clock, Happened.PASSWORD_CHANGED, carol, author="root")
    services.close()
    clock.advance(hours=1)
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running.url


def enter(page: Page, origin: str) -> None:
    """As far as what she is told, which she has read."""
    page.goto(f"{origin}/console/login?language=en")
    page.get_by_label("User name").fill("carol")
    page.get_by_label("Password").fill(staged.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="About your log-in").wait_for()
    page.get_by_role("button", name="I have read it. Go on").click()
    page.locator(".account").wait_for(state="attached")


def told(page: Page, typed: str) -> str | None:
    """What is said of a new password after the pause for which it waits."""
    page.get_by_label("New password").fill(typed)
    page.clock.run_for(PAUSE_MS)
    return page.locator("[data-strength]").text_content()


def test_what_is_typed_can_be_shown_and_is_sent_as_a_password(browser: Browser, origin: str) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{origin}/console/login?language=en")
    field = page.get_by_label("Password")
    field.fill("not hers, as she sees")
    page.get_by_role("button", name=SHOW).click()
    assert field.get_attribute("type") == "text"
    assert faults_by_axe(page, {}) == []
    page.get_by_role("button", name=HIDE).press("Enter")
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name=SHOW).click()
    page.get_by_label("User name").fill("carol")
    field.fill(staged.PASSWORD)
    page.evaluate(
        "addEventListener('submit', () => sessionStorage.setItem('sent', document.querySelector('#password').type))"
    )
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="About your log-in").wait_for()
    assert page.evaluate("sessionStorage.getItem('sent')") == "password"
    page.context.close()


def test_a_new_password_is_told_how_strong_it_is(browser: Browser, origin: str) -> None:
    page = browser.new_page(viewport=PHONE)
    enter(page, origin)
    page.clock.install()
    page.goto(f"{origin}/console/me")
    page.get_by_text("Change the password").first.click()
    said = page.locator("[data-strength]")
    for typed, words in (
        ("short one", "3 more characters are needed."),
        ("eleven char", "One more character is needed."),
        ("this is carol", "Your user name is part of it."),
        ("abcdefghijklm", "Long enough, but easy to guess."),
        ("tre gule både", "Good. Another word makes it stronger."),
        ("tre gule både sejler", "Strong."),
        ("", ""),
    ):
        assert told(page, typed) == words
    assert said.get_attribute("role") == "status"
    assert told(page, "tre gule både sejler") == "Strong."
    page.get_by_role("button", name=SHOW).first.click()
    assert {one.get_attribute("type") for one in page.locator("#old, #new, #again").all()} == {"text"}
    assert faults_by_axe(page, LOGGED_OUT) == []
    page.context.close()


def test_no_password_that_the_server_refuses_is_called_good(browser: Browser, origin: str) -> None:
    page = browser.new_page(viewport=PHONE)
    enter(page, origin)
    page.clock.install()
    page.goto(f"{origin}/console/me")
    page.get_by_text("Change the password").first.click()
    for typed in (
        "Rigshospitalet2026!", "Adgangskode2026!", "Hospital2026!", "xerodiary2026", "Velkommen2026", "adgangskode123",
        "passwordpassword", "qwertyuiop12",
    ):  # fmt: skip
        assert is_common(typed)
        assert told(page, "") == ""
        assert told(page, typed) == "Long enough, but easy to guess."
    page.context.close()


def test_without_a_script_there_is_no_button_that_does_nothing(browser: Browser, origin: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    enter(page, origin)
    page.goto(f"{origin}/console/me")
    assert page.locator(".reveal").count() == 0
    assert page.locator("[data-strength]").is_hidden()
    page.context.close()
