"""A participant's pages in a real browser: they fit, can be pressed, are walked by keyboard and show no fault."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import Served, drawn, served
from tests.browser.logging_in import log_in
from tests.console import kept, staged

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
PATH = f"/console/participants/{kept.NUMBER}"
TABS = (
    "", "/entries", "/answers", "/reminders", "/phone", "/contact", "/treatments", "/corrections", "/signatures",
    "/signals", "/trail", "/sheet",
)  # fmt: skip
PAGES = ("/console/participants", "/console/trail", *(PATH + tab for tab in TABS))
REFRESHED = {"meta-refresh": "the page goes when the log-in lapses, which is said two minutes before"}
WIDTHS = (1280, 390, 320)
LETTERS = "size => { document.documentElement.style.fontSize = size; }"
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
UNFOLDED = "() => document.querySelectorAll('main details.act').forEach(one => { one.open = true; })"
SMALL = """() => [...document.querySelectorAll("main :is(a, button, summary, input:not([type=hidden]), select)")]
  .filter((one) => one.getClientRects().length && !one.matches("p a, td a, th a, .tick input"))
  .filter((one) => one.getBoundingClientRect().height < (one.closest("table") ? 24 : 40))
  .map((one) => one.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A participant who has kept the diary for six weeks; Ines is the investigator."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(kept.begin(MORNING))
    services = open_services(settings, clock)
    kept.keep(services, MORNING)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh")
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, console: Served) -> Iterator[Page]:
    """Ines is logged in; whatever a page complains of fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page, troubles = context.new_page(), list[str]()
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    log_in(page, console.url, "ines")
    yield page
    context.close()
    assert troubles == []


def test_no_page_scrolls_sideways(page: Page, console: Served) -> None:
    for path in PAGES:
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        page.goto(console.url + path)
        page.evaluate(UNFOLDED)
        for size in ("", "200%"):
            page.evaluate(LETTERS, size)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                drawn(page)
                assert page.evaluate(WIDER_THAN_THE_WINDOW) is False, (path, width, size)


def test_what_can_be_pressed_is_large_enough(page: Page, console: Served) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for path in PAGES:
        page.goto(console.url + path)
        assert page.evaluate(SMALL) == [], path


@pytest.mark.parametrize(("width", "is_beside"), [(1280, True), (390, False)])
def test_a_hint_stands_whole_beside_its_button_or_below(
    page: Page, console: Served, width: int, is_beside: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{console.url}{PATH}/phone")
    for script in ("", LARGE_TEXT) if width < 400 else ("",):
        page.evaluate(script)
        drawn(page)
        button, hint = page.locator(".begin a").bounding_box(), page.locator(".begin .hint").bounding_box()
        assert button
        assert hint
        assert (hint["x"] >= button["x"] + button["width"], hint["y"] >= button["y"] + button["height"]) == (
            is_beside, not is_beside,
        )  # fmt: skip


def test_the_pages_of_a_person_take_one_line_of_a_phone(page: Page, console: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{console.url}{PATH}/entries")
    pages = page.get_by_role("navigation", name="Pages about this participant")
    folded = pages.bounding_box()
    assert folded is not None
    assert folded["height"] <= 56
    expect(pages.get_by_text("Entries", exact=True).first).to_be_visible()
    expect(pages.get_by_role("link")).to_have_count(0)  # folded away, also for a screen reader
    pages.get_by_text("All pages").click()
    pages.get_by_role("link", name="Contact").click()
    expect(page).to_have_url(f"{console.url}{PATH}/contact")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(pages.get_by_text("All pages")).to_be_hidden()
    expect(pages.get_by_role("link", name="Entries")).to_be_visible()


def test_on_a_phone_the_search_of_the_trail_is_folded_until_it_is_wanted(page: Page, console: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in (f"{PATH}/trail", "/console/trail"):
        page.goto(console.url + path)
        expect(page.get_by_label("Who", exact=True)).to_be_hidden()
        page.keyboard.press("/")
        expect(page.locator(".filters input:focus")).to_be_visible()
        page.get_by_label("Who", exact=True).fill("ines")
        page.keyboard.press("Enter")
        page.wait_for_url("**who=ines**")
        expect(page.get_by_label("Who", exact=True)).to_be_visible()  # what is asked for stays in sight
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{console.url}/console/trail")
    expect(page.get_by_label("Who", exact=True)).to_be_visible()


def test_name_and_menu_share_a_line_of_a_phone(page: Page, console: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(console.url + PATH)
    rail = page.locator(".rail").bounding_box()
    assert rail is not None
    assert rail["height"] <= 64
    page.get_by_text("Menu", exact=True).click()
    page.get_by_role("link", name="Call list").click()
    expect(page).to_have_url(f"{console.url}/console/calls")


def test_the_sheet_and_the_letter_are_one_upright_page(page: Page, console: Served) -> None:
    page.goto(f"{console.url}{PATH}/sheet")
    assert upright_pages(page) == 1
    page.goto(f"{console.url}{PATH}/start")
    page.locator("button.primary").click()
    expect(page.locator(".large-code")).to_be_visible()
    assert upright_pages(page) == 1


def upright_pages(page: Page) -> int:
    """How many pages of A4 it prints on. All of them must stand upright."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    return len(boxes)


def test_the_calendar_is_walked_with_arrow_keys_and_leads_to_the_entry(page: Page, console: Served) -> None:
    page.goto(console.url + PATH)
    focused = "document.activeElement.querySelector('title').textContent"
    page.locator("td.today").focus()
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focused).startswith("Sunday 15 November: done")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused).startswith("Saturday 14 November")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{console.url}{PATH}/entries?month=2026-11#day-2026-11-14")


@pytest.mark.long
def test_the_pages_are_accessible(page: Page, console: Served) -> None:
    for path in PAGES:
        page.goto(console.url + path)
        assert faults_by_axe(page, REFRESHED) == [], path
