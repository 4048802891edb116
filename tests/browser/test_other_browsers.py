"""What Safari, Firefox and Edge do otherwise, shown in Chromium; docs/operations.md says what was seen in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from server.webapp import FLUTTER_STYLES
from tests.browser.driving import Served, served, tap, wait_text, web_app_server
from tests.browser.whole_path import ENGLISH

pytestmark = [pytest.mark.browser, pytest.mark.long]

# What Flutter goes by: vendor, and what the browser calls itself.
BROWSERS = {
    "Chrome": ("Google Inc.", "Chrome/150.0.0.0"),
    "Edge": ("Google Inc.", "Chrome/150.0.0.0 Edg/150.0.0.0"),
    "Firefox": ("", "Gecko/20100101 Firefox/150.0"),
    "Safari": (
        "Apple Computer, Inc.",
        "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    ),
}
# Each holds rules, unless the policy refused it.
STYLES_OF_FLUTTER = """() => {
    const shadow = document.querySelector('flt-glass-pane')?.shadowRoot;
    const inShadow = shadow?.querySelector('#flt-internals-stylesheet');
    const written = [document.querySelector('#flt-text-editing-stylesheet'), inShadow];
    return written.every(Boolean) && written.map(style => style.sheet?.cssRules.length ?? 0); }"""
# WebKit asks for a lock by way of the page, which for longer than the worker waits is busy with Flutter.
LOCKS_BY_WAY_OF_A_BUSY_PAGE = """
    const ask = navigator.locks.request.bind(navigator.locks);
    const later = new Promise(resolve => setTimeout(resolve, 7000));
    navigator.locks.request = (name, options, call) => later.then(() => {
        options.signal.throwIfAborted();
        return ask(name, options, call);
    });
"""
# So it is in WebKit, and Pyodide takes only what has a stack for an error.
FAILURES_WITHOUT_A_STACK = """
    const ask = globalThis.fetch;
    globalThis.fetch = (...details) => ask(...details).catch(() => {
        throw { name: 'TypeError', message: 'Load failed', toString: () => 'TypeError: Load failed' };
    });
"""
PATIENCE_MS = 30_000  # of the request it is 40 seconds


@pytest.fixture(scope="module")
def sample(sample_app: Path) -> Iterator[Served]:
    with served(web_app_server(sample_app)) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Everything comes from the server: what is put into the worker would not pass the service worker."""
    context = browser.new_context(service_workers="block", locale="en-GB", reduced_motion="reduce")
    yield context
    context.close()


def opened(visitor: BrowserContext, address: str, peculiarity: str) -> Page:
    """The app, whose worker begins with the peculiarity of a browser."""

    def put_in(route: Route) -> None:
        real = route.fetch()
        route.fulfill(response=real, body=f"{{{peculiarity}}}\n{real.text()}")

    visitor.route("**/python-worker.js", put_in)
    page = visitor.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("name", FLUTTER_STYLES)
def test_styles_of_flutter_are_allowed(sample: Served, browser: Browser, name: str) -> None:
    """Chromium gives itself out for the others, for which Flutter writes other rules."""
    vendor, agent = BROWSERS[name]
    context = browser.new_context(user_agent=f"Mozilla/5.0 {agent}", service_workers="block")
    context.add_init_script(f"Object.defineProperty(Navigator.prototype, 'vendor', {{ get: () => '{vendor}' }})")
    page = context.new_page()
    page.goto(f"{sample.url}/app/")
    rules = page.wait_for_function(STYLES_OF_FLUTTER, timeout=60_000).json_value()
    context.close()
    assert len(rules) == 2
    assert min(rules) > 5


def test_a_page_that_is_busy_is_no_other_window(sample: Served, visitor: BrowserContext) -> None:
    page = opened(visitor, f"{sample.url}/app/", LOCKS_BY_WAY_OF_A_BUSY_PAGE)
    wait_text(page, "Entries: 0")
    assert page.get_by_role("alertdialog").count() == 0


def test_a_network_that_is_away_is_noticed_at_once(study: Served, visitor: BrowserContext, code: str) -> None:
    page = opened(visitor, f"{study.url}/app/#enrol={code}", FAILURES_WITHOUT_A_STACK)
    page.wait_for_function("() => performance.getEntriesByName('diary:app-imported').length")
    study.stop()
    tap(page, "button", ENGLISH("Begin"))
    wait_text(page, ENGLISH("There is no connection to the study just now"), timeout=PATIENCE_MS)
