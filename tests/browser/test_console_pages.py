"""Every page of the console in Chromium, by whoever may open it: axe in both themes, room at 320 px and 200 %."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from server.access.console_table import CONSOLE, Anyone
from server.access.roles import HOLDERS, Permission, Role
from server.app import create_app
from server.by_itself import NEWS
from server.export.bundle import make_bundle
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import Served, drawn, served
from tests.browser.logging_in import log_in
from tests.console import kept, staged
from tests.console.test_console_table import address

pytestmark = [pytest.mark.browser, pytest.mark.long]

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
DESK, SMALL = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
#: Buttons and languages that a narrow window has divided within a word: they are higher than their words need.
BROKEN = """() => [...document.querySelectorAll('button, .primary, .secondary, .languages a')].filter(one => {
  const range = document.createRange();
  const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const word of texts.currentNode.data.matchAll(/\\S+/g)) {
      range.setStart(texts.currentNode, word.index);
      range.setEnd(texts.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) return true;
    }
  }
  return false;
}).map(one => one.textContent.trim())"""
IS_ON_TOP = """one => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const at = (y) => document.elementFromPoint((left + right) / 2, y);
  return at(top + 2) === one && at(bottom - 2) === one;
}"""
#: What a page has to be asked for.
ASKED = {"/console/paper/blank": "?language=da&evenings=1"}
#: Who shows a page, the one with the most to show first.
BY = (Role.INVESTIGATOR, Role.COORDINATOR, Role.MONITOR, Role.ADMINISTRATOR, Role.SPONSOR, Role.EXPORTER)


def shown_to(role: Role) -> list[str]:
    """The addresses of the pages that are looked at as this role; what a page asks by itself is none."""
    pages = [name for name, needed in CONSOLE.items() if name.startswith("GET") and needed is not Anyone.PUBLIC]
    paths = [address(name)[1].replace("01-001", kept.NUMBER) for name in pages if _first(name) is role]
    return [path + ASKED.get(path, "") for path in paths if not path.startswith(NEWS)]


def _first(name: str) -> Role:
    needed = CONSOLE[name]
    holders = HOLDERS[needed] if isinstance(needed, Permission) else frozenset(Role)
    return next(role for role in BY if role in holders)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site of many participants, one of whom has kept the diary for forty days."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(kept.begin(MORNING))
    services = open_services(settings, clock)
    kept.keep(services, MORNING)
    staged.crowd(services)
    staged.incident(services)
    for role in Role:
        staged.bundles(services, staged.account(services, role.value, (role, "copenhagen")))
    staged.account(services, "long", (Role.COORDINATOR, "copenhagen"), display="W" * 80)
    services.close()
    with served(create_app(settings, clock, clockwork=False, test_bundle=make_bundle)) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Whatever goes wrong in a page, a refused style or script included, fails the test."""
    troubles: list[str] = []
    context = browser.new_context(viewport=DESK, locale="en-GB")
    page = context.new_page()
    page.on("console", lambda said: troubles.append(f"{page.url}: {said.text}") if _is_trouble(said) else None)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert troubles == []


def _is_trouble(said: ConsoleMessage) -> bool:
    """But for a page of something that nobody has staged, and a form that is refused."""
    return said.type == "error" and not any(code in said.text for code in ("404", "422"))


def looks(page: Page, path: str) -> Iterator[str]:
    """What is wrong with the page in each look."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        yield from (f"{path} {scheme}: {fault}" for fault in faults_by_axe(page, {}))
    page.set_viewport_size(SMALL)
    drawn(page)
    if page.evaluate(WIDER_THAN_THE_WINDOW):
        yield f"{path}: does not fit into 320 px"
    page.set_viewport_size(DESK)
    page.evaluate(LARGE_TEXT)
    drawn(page)
    if page.evaluate(WIDER_THAN_THE_WINDOW):
        yield f"{path}: does not fit at 200 %"
    page.set_viewport_size(SMALL)
    drawn(page)
    if page.evaluate(WIDER_THAN_THE_WINDOW):
        yield f"{path}: does not fit into 320 px at 200 %"
    yield from (f"{path}: {words!r} is broken within a word" for words in page.evaluate(BROKEN))
    page.set_viewport_size(DESK)


def test_the_door_can_be_used_by_everybody(page: Page, console: Served) -> None:
    faults: list[str] = []
    for path in ("/console/login", "/console/login?language=da", "/console/join?language=da"):
        page.goto(console.url + path)
        faults += looks(page, path)
    assert not faults, "\n".join(faults)


def test_the_menu_folds_when_the_window_becomes_small(page: Page, console: Served) -> None:
    log_in(page, console.url, Role.COORDINATOR.value)
    menu = page.locator("details.menu")
    expect(menu).to_have_attribute("open", "")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(menu).not_to_have_attribute("open", "")
    page.set_viewport_size(DESK)
    expect(menu.locator("a").first).to_be_visible()


def test_a_long_name_is_read_whole_on_a_small_phone(page: Page, console: Served) -> None:
    log_in(page, console.url, Role.ADMINISTRATOR.value)
    page.set_viewport_size(SMALL)
    page.goto(f"{console.url}/console/people")
    drawn(page)
    assert page.locator(".scroll").evaluate("one => one.scrollWidth <= one.clientWidth")


def test_on_a_low_window_the_last_area_can_be_reached(page: Page, console: Served) -> None:
    log_in(page, console.url, Role.INVESTIGATOR.value)
    page.set_viewport_size({"width": 1366, "height": 650})
    page.locator(".rail").evaluate("rail => rail.scrollTo(0, rail.scrollHeight)")
    drawn(page)
    last = page.locator("details.menu a").last
    assert last.evaluate(IS_ON_TOP), "what stands below the areas covers it"


def test_what_was_refused_is_brought_into_sight(page: Page, console: Served) -> None:
    log_in(page, console.url, Role.COORDINATOR.value)
    page.set_viewport_size(SMALL)
    page.goto(f"{console.url}/console/participants/{kept.NUMBER}/contact")
    page.get_by_text("Set, change or erase").click()
    form = page.locator("form", has=page.locator("[name=value]"))
    form.locator("[name=field]").select_option("phone")
    form.locator("[name=value]").fill("12345678")
    form.get_by_role("button", name="Save").click()
    refused = page.get_by_role("alert").filter(has_text="country code")
    expect(refused).to_be_focused()
    expect(refused).to_be_in_viewport()
    expect(form.locator("[name=value]")).to_have_value("12345678")


@pytest.mark.parametrize("role", [role for role in BY if shown_to(role)])
def test_every_page_can_be_used_by_everybody(page: Page, console: Served, role: Role) -> None:
    log_in(page, console.url, role.value)
    faults: list[str] = []
    looked_at = 0
    for path in shown_to(role):
        answer = page.goto(console.url + path)
        assert answer is not None
        if answer.status == 404:  # one thing of a kind that nobody has staged here
            continue
        assert answer.status == 200, path
        looked_at += 1
        faults += looks(page, path)
    assert not faults, "\n".join(faults)
    assert looked_at >= 1
