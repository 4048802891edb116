"""A page that stays open: what arrives is told or shown, nothing that somebody holds is taken, nobody is kept in."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from diary_app.core.grading import State
from diary_app.core.times import local_date
from server import jobs
from server.access.roles import Role
from server.app import create_app
from server.intake.sweep import sweep
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import served
from tests.console import staged
from tests.server.handset import Handset, ready, record_fact

pytestmark = [pytest.mark.browser, pytest.mark.long]

#: Monday, an evening at 19:01 at the site.
EVENING = datetime(2026, 11, 23, 18, 1, tzinfo=UTC)
FIRST, SECOND, NEVER_SENT = "01-001", "01-002", "01-003"
QUIET_LOOKS = 3  # a page that heard something may ask at once for more
HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@dataclass
class Ward:
    """The server, its phones, and the clock that server and browsers share."""

    url: str
    services: Services
    clock: SimulatedEnvironment
    phones: list[Handset]
    contexts: list[BrowserContext] = field(default_factory=list)
    asked: set[Request] = field(default_factory=set)

    def saves(self, phone: int) -> None:
        """An entry is saved and sent, taken in beside the server as by another process."""
        self.phones[phone].fill_in(local_date(self.clock.now(), staged.ZONE), revision=self._revision(phone))
        self.phones[phone].sync()

    def _revision(self, phone: int) -> int:
        return 1 + sum(one.kind == "entry" for one in self.phones[phone].records)

    def wait(self, *pages: Page, seconds: int) -> None:
        """Time passes for everybody; what falls due in the pages has happened, so the next of it counts from now."""
        self.clock.advance(hours=seconds / 3600)
        for page in pages:
            page.clock.fast_forward(seconds * 1000)
            quiet, until = 0, time.monotonic() + 10
            while quiet < QUIET_LOOKS:
                page.wait_for_timeout(50)
                quiet = 0 if self.asked else quiet + 1
                assert time.monotonic() < until, [(one.url, one.resource_type) for one in self.asked]

    def watch(self, page: Page) -> None:
        """Know what the page has asked and not heard."""

        def note(request: Request) -> None:
            is_read = not request.redirected_from and not request.url.endswith("/console/keys")
            if is_read:  # what is not read to its end never finishes
                self.asked.add(request)

        def over(request: Request) -> None:
            self.asked.discard(request)

        page.on("request", note)
        page.on("requestfinished", over)
        page.on("requestfailed", over)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    """Two who keep the diary, one to call, and Carol, whose evening it is."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(EVENING - timedelta(days=1))
    services = open_services(settings, clock)
    phones = [ready(services, number, number) for number in (FIRST, SECOND)]
    gaps = {local_date(EVENING, staged.ZONE) - timedelta(days=back): (State.UNKNOWN, "silent") for back in range(2, 6)}
    staged.participant(services, NEVER_SENT, gaps, seen_at=EVENING - timedelta(days=6))
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"), display="Carol Holm")
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh")
    staged.account(services, "ada", (Role.ADMINISTRATOR, "*"))
    clock.move_to(EVENING)
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield Ward(running.url, services, clock, phones)
    services.close()


@pytest.fixture
def open_as(browser: Browser, ward: Ward) -> Iterator[Callable[[str, str], Page]]:
    """A window of somebody who is logged in, on a page; whatever goes wrong in it fails the test."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    troubles: list[str] = []

    def window(who: str, path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        ward.watch(page)
        page.clock.install(time=ward.clock.now())
        page.goto(f"{ward.url}{path}")
        if page.locator("#username").count():
            page.fill("#username", who)
            page.fill("#password", staged.PASSWORD)
            page.click("button.primary")
        page.locator(".account").wait_for()
        return page

    yield window
    context.close()
    assert troubles == []


@pytest.fixture
def carol(open_as: Callable[[str, str], Page]) -> Callable[[], Page]:
    """Carol's browser, on the overview."""
    return lambda: open_as("carol", "/console/")


def swept(ward: Ward) -> None:
    """As the clockwork does every half minute."""
    jobs.sweep_due(ward.services, ward.clock.now())


def cell(page: Page, number: str) -> str:
    """The words of this evening's cell in the map."""
    row = page.locator(f"[data-grid] tr[data-about='{number}']")
    return row.locator("td.today title").text_content() or ""


def test_what_arrives_is_told_and_shown_when_asked_for(ward: Ward, carol: Callable[[], Page]) -> None:
    page = carol()
    page.locator("#missed summary").click()
    page.locator(f"[data-grid] tr[data-about='{FIRST}'] td.today").focus()
    scrolled, since = page.evaluate("scrollY"), page.locator("[data-news]").get_attribute("data-time")
    ward.saves(0)
    ward.wait(page, seconds=40)
    line = page.locator(".news")
    expect(line).to_contain_text(f"New about 1 participant since {since}")
    assert "open" in cell(page, FIRST)
    assert faults_by_axe(page, {}) == []
    page.keyboard.press("n")
    expect(line).to_be_hidden()
    assert "done" in cell(page, FIRST)
    expect(page.locator("[data-grid] tr.fresh")).to_have_count(1)
    expect(page.locator("[data-news-said]")).to_contain_text("The page is now as of")
    expect(page.locator("#missed .hint")).to_be_visible()
    assert page.evaluate("scrollY") == scrolled
    assert "done" in page.evaluate("document.activeElement.textContent")
    assert faults_by_axe(page, {}) == []


def test_a_page_that_nobody_touches_shows_it_by_itself(ward: Ward, carol: Callable[[], Page]) -> None:
    page = carol()
    ward.wait(page, seconds=70)
    ward.saves(1)
    ward.wait(page, seconds=130)
    expect(page.locator("[data-grid] tr.fresh")).to_have_count(1)
    assert "done" in cell(page, SECOND)
    expect(page.locator(".news")).to_be_hidden()


def test_the_trail_tells_of_a_new_row_and_keeps_what_was_asked(ward: Ward, open_as: Callable[[str, str], Page]) -> None:
    asked = f"/console/trail?kind=entry&field=answers.DMD01&participant={FIRST}"
    page = open_as("ines", asked)
    rows, line = page.locator(".trail-table tbody tr"), page.locator(".news")
    before, since = rows.count(), page.locator("[data-news]").get_attribute("data-time")
    ward.saves(0)
    ward.wait(page, seconds=40)
    expect(line).to_contain_text(f"New since {since}")
    assert rows.count() == before, "nothing moves before it is asked for"
    assert faults_by_axe(page, {}) == []
    page.keyboard.press("n")
    expect(line).to_be_hidden()
    expect(rows).to_have_count(before + 1)
    expect(page.locator(".trail-table tr.fresh")).to_have_count(1)
    assert page.url.endswith(asked)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "participant"


def test_an_entry_of_somebody_else_is_no_news_to_a_filtered_trail(
    ward: Ward, open_as: Callable[[str, str], Page]
) -> None:
    page = open_as("ines", f"/console/trail?kind=entry&participant={FIRST}")
    ward.saves(1)
    ward.wait(page, seconds=40)
    expect(page.locator("[data-news]")).not_to_have_attribute("data-mark", "")
    expect(page.locator(".news")).to_be_hidden()


def test_system_health_tells_when_something_is_out_of_order(ward: Ward, open_as: Callable[[str, str], Page]) -> None:
    swept(ward)
    page = open_as("ada", "/console/health")
    expect(page.locator(".sentence")).to_contain_text("is in order.")
    ward.wait(page, seconds=40)
    expect(page.locator(".news")).to_be_hidden()
    ward.clock.advance(minutes=10)  # nothing has closed evenings since
    page.mouse.wheel(0, 10)  # somebody reads the page
    ward.wait(page, seconds=40)
    page.mouse.wheel(0, 10)  # and still does, so that it is told and not shown
    ward.wait(page, seconds=40)
    expect(page.locator(".news")).to_contain_text("New since")
    page.keyboard.press("n")
    expect(page.locator(".sentence")).to_contain_text(
        "Whoever runs the server has to look at this: Closing of evenings."
    )
    expect(page.locator(".readings .missed")).to_have_count(1)
    assert faults_by_axe(page, {}) == []


def test_what_somebody_types_stays_theirs(ward: Ward, carol: Callable[[], Page]) -> None:
    page = carol()
    page.goto(f"{ward.url}/console/calls")
    page.keyboard.press("j")
    page.keyboard.press("c")
    chosen = page.get_by_label("No answer")
    chosen.check()
    today = local_date(ward.clock.now(), staged.ZONE)
    record_fact(ward.services, NEVER_SENT, staged.treatment("treatment_1", today + timedelta(days=3), today))
    ward.wait(page, seconds=70)
    line = page.locator(".news")
    expect(line).to_contain_text("Shown once you have sent or cleared what you typed.")
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_hidden()
    assert chosen.is_checked()
    assert page.evaluate("document.activeElement.name") == "outcome"
    page.get_by_role("button", name="Log the contact").click()
    expect(page.get_by_role("status").first).to_have_text("The contact is logged.")


def test_a_tab_out_of_sight_asks_nothing_and_one_that_is_logged_out_says_so(
    ward: Ward, carol: Callable[[], Page]
) -> None:
    page, other = carol(), carol()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/console/news" in request.url else None)
    page.evaluate(HIDDEN, True)
    ward.wait(page, seconds=300)
    assert asked == []
    other.get_by_role("button", name="Log out").click()
    other.locator("#username").wait_for()
    page.evaluate(HIDDEN, False)
    ward.wait(page, seconds=10)
    expect(page.locator(".news")).to_contain_text("You are logged out. Nothing new is shown here.")
    assert len(asked) >= 1
    page.locator(".news").get_by_role("link", name="Log in").click()
    page.locator("#username").wait_for()
    assert page.url.endswith("next=/console/")


def test_two_idle_tabs_do_not_keep_each_other_logged_in(ward: Ward, carol: Callable[[], Page]) -> None:
    first = carol()
    ward.wait(first, seconds=600)
    second = carol()
    ward.wait(first, second, seconds=1230)  # the first would lapse, was the second not in use since
    expect(first.locator(".account")).to_be_visible()
    ward.wait(first, second, seconds=600)
    second.locator("#username").wait_for()
    ward.wait(first, seconds=120)
    first.locator("#username").wait_for()
