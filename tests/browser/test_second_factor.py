"""From an invitation to the overview in a real browser, with and without scripts: link, password, authenticator."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from server.access import invitations
from server.access.invitations import Wanted
from server.access.roles import Role
from server.access.totp import Shared
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import served
from tests.console.stepping import NEW

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PHONE: ViewportSize = {"width": 390, "height": 844}
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
#: A word before it offers to stay (console.js); by then the log-in has lapsed.
LOGGED_OUT = {"meta-refresh": "a page whose log-in has lapsed gives way to the log-in"}
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(MORNING)


@pytest.fixture
def link(tmp_path: Path, clock: SimulatedEnvironment) -> Iterator[str]:
    """Dorte's invitation to a study that asks everybody for a second step, on a server that runs."""
    settings = Settings(var_folder=tmp_path, second_factor="required")
    services = open_services(settings, clock)
    wanted = Wanted("dorte", "Dorte Dahl", "en", [(Role.COORDINATOR, "copenhagen")])
    with services.engine.begin() as connection:
        invited = invitations.invite(connection, services, wanted, author="root")
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield f"{running.url}{invitations.PATH}?code={invited.code}"


def scanned(page: Page) -> Shared:
    """What the camera of an authenticator reads off the screen."""
    picture = Image.open(io.BytesIO(page.locator(".qr").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    address = urlsplit(code.text)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    return Shared(parse_qs(address.query)["secret"][0])


def assert_good(page: Page, script: bool) -> None:
    """Accessible in both looks, and nothing to scroll sideways with large text on a phone; only a script can tell."""
    if not script:
        return
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        assert faults_by_axe(page, LOGGED_OUT) == [], scheme
    page.evaluate(LARGE_TEXT)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) is False
    page.evaluate("document.documentElement.style.fontSize = ''")


@pytest.mark.parametrize("script", [False, True])
def test_dorte_joins_and_logs_in_again(browser: Browser, link: str, clock: SimulatedEnvironment, script: bool) -> None:
    context = browser.new_context(java_script_enabled=script, viewport=PHONE, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(20_000)
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))

    page.goto(link)
    assert "code=" not in page.url
    assert_good(page, script)
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same once more").fill(NEW)
    page.get_by_role("button", name="Go on").click()

    page.get_by_role("heading", name="Set up the second step").wait_for()
    assert_good(page, script)
    phone = scanned(page)
    page.get_by_label("Code from your authenticator app").fill(phone.code_at(clock.now()))
    page.get_by_role("button", name="Go on").click()

    page.get_by_role("heading", name="Your recovery codes").wait_for()
    assert_good(page, script)
    recovery = page.locator(".recovery-codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them. Go on").click()
    page.get_by_role("heading", name="Rigshospitalet").wait_for()

    if script:  # on a phone a script folds the menu, once the page is there
        expect(page.locator("details.menu")).not_to_have_attribute("open", "")
        page.get_by_text("Menu").click()
    page.get_by_role("link", name="My account").click()
    assert_good(page, script)
    page.get_by_role("contentinfo").get_by_role("button", name="Log out").click()

    clock.advance(seconds=30)
    enter(page)
    assert_good(page, script)
    page.get_by_label("Code from your authenticator app").fill(phone.code_at(clock.now()))
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="About your log-in").wait_for()
    assert_good(page, script)
    page.get_by_role("button", name="I have read it. Go on").click()
    page.get_by_role("heading", name="Rigshospitalet").wait_for()
    page.get_by_role("contentinfo").get_by_role("button", name="Log out").click()

    enter(page)
    page.get_by_text("I do not have the app at hand").click()
    page.get_by_label("One of your recovery codes").fill(recovery.lower())
    page.get_by_role("button", name="Use the recovery code").click()
    page.get_by_role("heading", name="Rigshospitalet").wait_for()
    assert seen == []


def enter(page: Page) -> None:
    """Name and password."""
    page.get_by_label("User name").fill("dorte")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Second step").wait_for()
