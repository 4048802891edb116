"""Two fingers enlarge the page, although Flutter would keep every touch for itself."""

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.driving import FLAGS, PHONE, Served, find_chromium, wait_text

pytestmark = pytest.mark.browser
FROM_MIDDLE = range(40, 170, 6)


def spread(page: Page) -> None:
    """Two fingers on the glass, moving apart."""
    fingers = page.context.new_cdp_session(page)
    for at, distance in enumerate(FROM_MIDDLE):
        points = [{"x": PHONE["width"] // 2 + side * distance, "y": 400, "id": side} for side in (-1, 1)]
        kind = "touchMove" if at else "touchStart"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(16)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_two_fingers_enlarge_the_page_and_tap_nothing(playwright: Playwright, server: Served) -> None:
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    size = {"width": PHONE["width"], "height": PHONE["height"]}
    page = browser.new_page(viewport=size, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page.goto(f"{server.url}/app/")
    before = wait_text(page, r"Entries: 0[^]*Update now")
    assert page.evaluate("() => visualViewport.scale") == 1
    spread(page)
    page.wait_for_function("() => visualViewport.scale > 1.5", timeout=10_000)
    page.wait_for_timeout(500)  # Flutter would have laid the app out anew by then
    width = page.locator("flutter-view").evaluate("view => view.getBoundingClientRect().width")
    assert width == PHONE["width"], "the app is as large as before, and the page around it is enlarged"
    assert wait_text(page, r"Entries: 0[^]*Update now") == before
    browser.close()
