"""Every screen and the page around them meet WCAG 2.2 AA as far as a program can tell, also on a narrow phone with
letters of double size; and the check itself finds what is wrong with a bad page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from diary_app import resources
from scripts.screenshots_app import SCENES
from tests.browser.accessibility import (
    NOT_WITHOUT_THE_SHELL,
    assert_accessible,
    assert_fits,
    faults_by_axe,
    faults_of_controls,
)
from tests.browser.driving import Served, wait_dialog
from tests.browser.theatre import Theatre, theatre

pytestmark = [pytest.mark.browser, pytest.mark.long]
PHONE_WIDTH, NARROWEST = 390, 320
#: Which screen each scene is there to show: the longest beginning of its name counts.
SHOWS = {
    "amend": "review", "correction": "correction", "ended": "ended", "history": "history",
    "history-closed-day": "history_day", "history-day": "history_day", "late-reason": "late_reason",
    "missed-reason": "missed_reason", "own-data": "history", "pin": "pin", "practice": "practice",
    "practice-question": "question", "problem": "problem", "question": "question", "reminders": "reminders",
    "review": "review", "settings": "settings", "settings-about": "about", "rescue": "codes", "today": "today",
    "visit": "today", "visit-question": "question", "welcome": "welcome",
}  # fmt: skip
NO_SCREENS = {"__init__", "context", "doorway", "shell", "inside", "start"}
BUTTON = 'role="button" flt-tappable'
#: What stands in a bad tree: attributes, left and top edge, height, words.
BAD = (
    (BUTTON, 0, 0, 60, ""),
    ("flt-tappable", 0, 100, 60, "No role"),
    ('role="checkbox" flt-tappable', 0, 200, 60, "Ticked?"),
    ('role="button"', 0, 300, 60, "Idle"),
    (BUTTON, 0, 400, 30, "Low"),
    (BUTTON, 0, 500, 60, "Under"),
    (BUTTON, 9, 500, 60, "Over"),
    (BUTTON, 0, 420, 60, "Late"),
    (BUTTON, 64, 200, 60, "Near"),
)
BAD_IN_WORDS = (
    "has no name", "has no role", "aria-checked", "not disabled", "60 x 30", "overlap", "not apart", "comes after",
)  # fmt: skip


@pytest.fixture(scope="module")
def house(playwright: Playwright) -> Iterator[Theatre]:
    with theatre(playwright) as opened:
        yield opened


@pytest.fixture
def blank(house: Theatre) -> Iterator[Page]:
    """A page of its own beside the theatre."""
    browser: Browser | None = house.page.context.browser
    assert browser is not None
    page = browser.new_page(viewport={"width": NARROWEST, "height": 640})
    yield page
    page.close()


@pytest.mark.parametrize("name", SCENES)
def test_every_screen_is_accessible_and_fits(house: Theatre, name: str) -> None:
    house.show(name, "da", PHONE_WIDTH)
    assert house.screen == SHOWS[max((start for start in SHOWS if name.startswith(start)), key=len)]
    assert_accessible(house.page, f"{name} in Danish", NOT_WITHOUT_THE_SHELL)
    assert house.state is not None
    assert house.page.title() == house.state.display_name != ""
    house.arrange(NARROWEST, 200)
    assert_fits(house.page, f"{name} in Danish, narrow", house.sign)
    assert faults_of_controls(house.page) == []
    house.show(name, "en", NARROWEST, 200)
    assert_fits(house.page, f"{name} in English, narrow", house.sign)
    assert faults_of_controls(house.page) == []


def test_the_scenes_leave_no_screen_out() -> None:
    folder = Path(resources.__file__).with_name("screens")
    assert {path.stem for path in folder.glob("*.py")} - NO_SCREENS == set(SHOWS.values())


@pytest.mark.parametrize(("name", "said"), [("today-saved", "Saved on this phone."), ("today-received", "Received by")])
def test_what_became_of_an_entry_is_announced(house: Theatre, name: str, said: str) -> None:
    house.page.evaluate("window.announced.length = 0")
    house.show(name, "en", PHONE_WIDTH)
    heard = "said => window.announced.some(words => words.startsWith(said))"
    house.page.wait_for_function(heard, arg=said)


def test_a_bad_tree_is_found_out(blank: Page) -> None:
    nodes = "".join(
        f'<flt-semantics {attributes} style="position: absolute; left: {left}px; top: {top}px; width: 60px; '
        f'height: {height}px">{words}</flt-semantics>'
        for attributes, left, top, height, words in BAD
    )
    blank.set_content(f"<!DOCTYPE html><body><flt-semantics-host>{nodes}</flt-semantics-host>")
    found = "; ".join(faults_of_controls(blank))
    for fault in BAD_IN_WORDS:
        assert fault in found, fault


def test_axe_finds_a_page_without_language_and_title(blank: Page) -> None:
    blank.set_content("<!DOCTYPE html><title></title><main><button></button></main>")
    found = {fault.split(":")[0] for fault in faults_by_axe(blank, {})}
    assert {"html-has-lang", "document-title", "button-name"} <= found


def test_what_is_cut_off_is_found_out(blank: Page) -> None:
    style = "position: absolute; left: 200px; white-space: nowrap; margin: 0"
    blank.set_content(f'<!DOCTYPE html><body style="overflow-x: hidden"><p style="{style}">Someone helped me tap</p>')
    with pytest.raises(AssertionError, match="drawn into the right margin"):
        assert_fits(blank, "a page with words that run out of it")


@pytest.fixture(params=["da-DK", "en-GB"])
def front_door(house: Theatre, server: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page around the app on the narrowest phone, with whatever starts the app kept back."""
    assert house.page.context.browser is not None
    size = {"width": NARROWEST, "height": 640}
    context = house.page.context.browser.new_context(viewport=size, locale=request.param)  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script("addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '32px')")
    yield page
    context.close()


def test_the_page_before_the_app_is_accessible(front_door: Page, server: Served) -> None:
    front_door.route("**/flutter_bootstrap.js", lambda _route: None)  # never answered: the app does not begin
    front_door.goto(f"{server.url}/app/", wait_until="commit")
    front_door.locator("#starting-words").filter(has_text="…").wait_for()
    assert front_door.locator("html").get_attribute("lang") == front_door.evaluate("navigator.language.slice(0, 2)")
    assert_accessible(front_door, "starting")
    assert_fits(front_door, "starting")


def test_the_page_s_own_dialog_is_accessible(front_door: Page, server: Served) -> None:
    front_door.route("**/flutter_bootstrap.js", lambda route: route.abort())
    front_door.goto(f"{server.url}/app/", wait_until="commit")
    title = front_door.wait_for_function("() => typeof DIARY_WORDS === 'object' && DIARY_WORDS.failedTitle")
    wait_dialog(front_door, str(title.json_value()))
    assert_accessible(front_door, "failed")
    assert_fits(front_door, "failed")
