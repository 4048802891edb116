"""The console in a real browser: by keyboard, without a script, on a phone, in the dark, with large text."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import Served, drawn, served
from tests.console import staged

pytestmark = pytest.mark.browser

MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
DESK, PHONE, LOW = (1280, 800), (390, 844), (844, 390)
LARGE_TEXT = "document.documentElement.style.fontSize = '200%'"
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site of 41 participants on a Sunday morning, with Carol as its coordinator."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(MORNING)
    services = open_services(settings, clock)
    staged.crowd(services)
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running


@pytest.fixture(scope="module")
def state(browser: Browser, console: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Carol's log-in, made once by typing."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    type_log_in(page, console.url)
    file = tmp_path_factory.mktemp("state") / "carol.json"
    context.storage_state(path=file)
    context.close()
    return file


@pytest.fixture(scope="module")
def window(browser: Browser, state: Path) -> Iterator[Page]:
    """Carol's window, opened once: a browser of its own for each look takes longer than the look."""
    context = browser.new_context(storage_state=state, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def troubles(window: Page, console: Served) -> list[str]:
    """Whatever goes wrong in the window."""
    found: list[str] = []

    def is_foreign(url: str) -> bool:
        return not url.startswith((console.url, "data:"))

    window.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    window.on("pageerror", lambda error: found.append(str(error)))
    window.on("request", lambda request: found.append(request.url) if is_foreign(request.url) else None)
    return found


@pytest.fixture
def open_overview(window: Page, console: Served, troubles: list[str]) -> Iterator[Open]:
    """Opens the overview as Carol, of whom nothing was kept; whatever goes wrong in the page fails the test."""

    def open_it(size: tuple[int, int] = DESK, path: str = "/console/", *, dark: bool = False) -> Page:
        window.emulate_media(media="screen", color_scheme="dark" if dark else "light")
        window.set_viewport_size({"width": size[0], "height": size[1]})
        window.goto(console.url + path)
        drawn(window)
        return window

    troubles.clear()
    yield open_it
    window.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
    assert troubles == []


def type_log_in(page: Page, origin: str) -> None:
    page.goto(f"{origin}/console/")
    page.locator("input[name=username]:focus").wait_for()  # letters typed before the focus is there go nowhere
    page.keyboard.type("carol")
    page.keyboard.press("Tab")
    page.keyboard.type(staged.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Rigshospitalet").wait_for()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent").strip())


def at_cell(page: Page) -> None:
    """Tab until the heat map's one stop is reached."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TD":
            return
    raise AssertionError("no cell of the heat map can be reached by keyboard")


def test_the_heat_map_is_walked_with_arrow_keys(open_overview: Open) -> None:
    page = open_overview()
    at_cell(page)
    assert focused(page) == "Sunday 22 November: not yet due – opens 18:00"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert focused(page).startswith("Saturday 21 November: ")
    page.keyboard.press("Home")
    assert focused(page).startswith("Monday 26 October: ")
    page.keyboard.press("Control+End")
    assert page.locator("tbody tr").last.locator("td:focus").count() == 1


def test_the_heat_map_is_one_stop_on_the_way(open_overview: Open) -> None:
    page = open_overview()
    at_cell(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") != "TD"
    assert page.locator("td[tabindex='0']").count() == 1


def test_the_words_of_a_cell_stand_beside_it(open_overview: Open) -> None:
    page = open_overview()
    at_cell(page)
    expect(page.locator(".tip")).to_have_text("01-001 · Sunday 22 November: not yet due – opens 18:00")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


def test_the_focused_cell_is_never_under_the_fixed_columns(open_overview: Open) -> None:
    page = open_overview(path="/console/?days=56")
    at_cell(page)
    for _ in range(50):
        page.keyboard.press("ArrowLeft")
    covered = "cell => { const box = cell.getBoundingClientRect();"
    covered += "return !cell.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)); }"
    assert page.locator("td:focus").evaluate(covered) is False
    drawn(page)
    expect(page.locator(".tip")).to_be_visible()  # the words have followed the cell
    page.locator("[data-scroll]").first.evaluate("pane => { pane.scrollLeft = pane.scrollWidth; }")
    expect(page.locator(".tip")).to_be_hidden()  # as has the cell


def test_assistive_technology_meets_a_grid_with_names(open_overview: Open) -> None:
    page = open_overview()
    row = page.get_by_role("row", name="01-005")
    expect(row.get_by_role("rowheader")).to_contain_text("01-005")
    silent = row.get_by_role("gridcell", name="not heard from – the phone has not been in touch since")
    assert silent.count() >= 2
    assert page.get_by_role("columnheader", name="Sunday 22 November, today").count() == 1


def test_everything_works_without_a_script(browser: Browser, console: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    type_log_in(page, console.url)
    page.get_by_role("link", name="missed", exact=True).click()
    expect(page.get_by_role("link", name="missed", exact=True)).to_have_attribute("aria-current", "true")
    page.get_by_text("more").first.click()
    page.get_by_role("button", name="Dansk").click()
    expect(page.get_by_role("button", name="Log ud")).to_be_visible()
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("size", [(320, 640), PHONE, (820, 1180), DESK, (1680, 1050)])
@pytest.mark.parametrize("days", [28, 56, 365])
def test_the_page_never_scrolls_sideways(open_overview: Open, size: tuple[int, int], days: int) -> None:
    page = open_overview(size, f"/console/?days={days}")
    assert page.evaluate(WIDER_THAN_THE_WINDOW) is False
    page.evaluate(LARGE_TEXT)
    drawn(page)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) is False, "with large text"


@pytest.mark.parametrize("path", ["calls", "calls/01-018", "inbox", "enrol", "participants", "visits", "compliance"])
def test_large_text_fits_the_narrowest_screen(open_overview: Open, path: str) -> None:
    page = open_overview((320, 640), f"/console/{path}")
    page.evaluate(LARGE_TEXT)
    drawn(page)
    assert page.evaluate(WIDER_THAN_THE_WINDOW) is False


def test_a_language_is_one_word_at_any_size(open_overview: Open) -> None:
    page = open_overview((320, 640))
    page.evaluate(LARGE_TEXT)
    drawn(page)
    lines = """button => {
        const words = document.createRange();
        words.selectNodeContents(button);
        return new Set([...words.getClientRects()].map(one => one.top)).size;
    }"""
    assert [button.evaluate(lines) for button in page.locator(".languages button").all()] == [1, 1]


@pytest.mark.parametrize(
    ("size", "days", "is_pane"),
    [((1680, 1050), 28, False), (DESK, 56, True), (PHONE, 28, True), (LOW, 28, True), ((1680, 390), 28, False)],
)
def test_the_days_stay_in_sight_while_rows_scroll(
    open_overview: Open, size: tuple[int, int], days: int, is_pane: bool
) -> None:
    page = open_overview(size, f"/console/?days={days}")
    assert page.locator(".scroll.fits").count() == (not is_pane)
    last = page.locator("tbody tr").last.locator("td").last
    if is_pane:
        page.locator(".scroll").evaluate("pane => { pane.scrollIntoView(); pane.scrollTop = pane.scrollHeight; }")
    else:
        last.scroll_into_view_if_needed()
    head, cell = page.locator("thead th.day").last.bounding_box(), last.bounding_box()
    assert head is not None
    assert cell is not None
    assert 0 <= head["y"] < head["y"] + head["height"] <= cell["y"] < size[1]


def test_the_days_leave_the_room_of_a_low_window_to_the_rows(open_overview: Open) -> None:
    page = open_overview(LOW)
    taken = """pane => {
        pane.scrollIntoView();
        pane.scrollTop = pane.scrollHeight;
        const top = pane.getBoundingClientRect().top, rem = parseFloat(getComputedStyle(document.body).fontSize);
        const heads = pane.querySelector("thead").getBoundingClientRect().bottom - top;
        return [heads / rem, (innerHeight - top - heads) / innerHeight];
    }"""
    heads, rows = page.locator(".scroll").evaluate(taken)
    assert heads <= 2
    assert rows > 0.85


@pytest.mark.parametrize("size", [PHONE, DESK])
@pytest.mark.parametrize("script", ["", LARGE_TEXT])
def test_numbers_and_weeks_stay_in_sight_while_days_scroll(
    open_overview: Open, size: tuple[int, int], script: str
) -> None:
    page = open_overview(size, "/console/?days=56")
    page.evaluate(script)
    drawn(page)
    is_seen = """week => {
        const pane = week.closest(".scroll"), box = week.getBoundingClientRect();
        pane.scrollIntoView();
        const edges = [...pane.querySelectorAll("tbody tr:first-child > *")]
            .filter(one => getComputedStyle(one).position === "sticky").map(one => one.getBoundingClientRect());
        pane.scrollLeft += box.left + box.width / 3 - edges.at(-1).right;
        const name = week.firstChild.getBoundingClientRect(), number = edges[0];
        return [[name.left + 2, name.top + 2], [number.left + 9, number.top + 9]].map(at =>
            document.elementFromPoint(...at).closest("th").textContent.trim());
    }"""
    week = page.locator("thead .week").nth(2)
    assert week.evaluate(is_seen) == [week.text_content(), "01-001"]


def test_no_column_is_cut_when_the_page_opens_on_a_tablet(open_overview: Open) -> None:
    page = open_overview((820, 1180))
    row = page.locator("tbody tr").first
    edge = row.locator("th").bounding_box()
    assert edge is not None
    beside = [row.locator(name).bounding_box() for name in (".phase", ".contact", ".rate")]
    line = edge["x"] + edge["width"]
    cut = [box for box in beside if box and box["x"] < line - 1 and box["x"] + box["width"] > line + 1]
    assert cut == []
    assert page.locator("td.today").first.is_visible()


def test_a_cell_under_the_days_comes_out_when_it_has_the_focus(open_overview: Open) -> None:
    page = open_overview(DESK, "/console/?days=56")
    page.locator("tbody tr").last.locator("td").last.focus()
    for _ in range(12):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("PageUp")
    room = """() => document.activeElement.getBoundingClientRect().top
        - document.querySelector('thead').getBoundingClientRect().bottom"""
    assert page.evaluate(room) >= -1


def test_rows_stand_below_each_other_on_a_phone(open_overview: Open) -> None:
    page = open_overview(PHONE, "/console/participants")
    row = page.locator("tbody tr").first
    boxes = [cell.bounding_box() for cell in row.locator("th, td").all() if cell.is_visible()]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) >= 3
    assert tops == sorted(set(tops))
    said = "cell => getComputedStyle(cell, '::before').content"
    assert row.locator("td").first.evaluate(said) == '"Phase"'
    assert page.get_by_role("columnheader").count() == row.get_by_role("cell").count() + 1
    page.get_by_role("link", name="Last contact").click()
    expect(page).to_have_url(re.compile("sort=contact"))


def test_a_year_has_one_legend_of_its_bars(open_overview: Open) -> None:
    page = open_overview(DESK, "/console/?days=365")
    assert page.locator(".legend").count() == 1
    assert page.locator(".legend svg").count() == page.locator(".legend svg.bar").count() == 8


def test_today_is_in_sight_on_a_phone(open_overview: Open) -> None:
    page = open_overview(PHONE)
    today, number = page.locator("td.today").first, page.locator("th[scope=row]").first
    boxes = [locator.bounding_box() for locator in (today, number)]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0] for box in boxes)


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_whom_to_call_comes_first_then_the_map_then_the_lists(open_overview: Open, size: tuple[int, int]) -> None:
    page = open_overview(size)
    places = [page.locator(part).bounding_box() for part in (".first-calls", ".map", ".lists")]
    tops = [place["y"] for place in places if place is not None]
    assert len(tops) == 3
    assert tops == sorted(tops)


def test_the_dark_is_dark(open_overview: Open) -> None:
    page = open_overview(dark=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(colour) == "rgb(15, 23, 27)"


def test_what_can_be_pressed_is_large_enough(open_overview: Open) -> None:
    page = open_overview(PHONE)
    small = """() => [...document.querySelectorAll('a, button, summary')]
        .filter(one => one.offsetParent && !one.classList.contains('skip'))
        .filter(one => { const box = one.getBoundingClientRect(); return box.height < 24 || box.width < 24; })
        .map(one => one.textContent)"""
    assert page.evaluate(small) == []


def test_a_link_into_a_folded_list_unfolds_it(open_overview: Open) -> None:
    page = open_overview()
    folded = page.locator("#missed details li").last
    expect(folded).to_be_hidden()
    page.evaluate("id => { location.hash = id; }", folded.get_attribute("id"))
    expect(folded).to_be_visible()


def test_before_the_log_in_lapses_there_is_a_word(browser: Browser, console: Served, state: Path) -> None:
    context = browser.new_context(storage_state=state, locale="en-GB")
    page = context.new_page()
    page.clock.install()
    page.goto(f"{console.url}/console/")
    notice = page.get_by_role("alert")
    expect(notice).to_be_hidden()
    page.clock.fast_forward("28:01")
    expect(notice).to_contain_text("You will be logged out in two minutes.")
    context.close()


def test_paper_has_the_map_and_the_names_alone(open_overview: Open) -> None:
    page = open_overview()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    expect(page.locator("table")).to_be_visible()
    expect(page.locator("#missed h2")).to_be_visible()
    expect(page.locator("#missed details li").last).to_be_visible()


def test_a_list_on_paper_has_its_head_on_every_sheet_and_nothing_to_press(open_overview: Open) -> None:
    page = open_overview(path="/console/participants")
    page.emulate_media(media="print")
    assert page.locator("thead").first.evaluate("one => getComputedStyle(one).display") == "table-header-group"
    assert page.locator("thead a").first.evaluate("one => getComputedStyle(one).textDecorationLine") == "none"
    for control in ("form.find", "a.download", "nav", ".account"):
        expect(page.locator(control).first).to_be_hidden()
