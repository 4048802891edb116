"""Two fingers enlarge the page, although Flutter would keep every touch for itself."""

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.driving import FLAGS, PHONE, Served, find_chromium, tap, wait_text

pytestmark = [pytest.mark.browser, pytest.mark.long]
FROM_MIDDLE = range(40, 170, 6)


def middle_of(page: Page, button: str) -> tuple[float, float]:
    box = page.get_by_role("button", name=button).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def spread(page: Page, x: float, y: float) -> None:
    """One finger stays where it came down, the other moves away from it."""
    fingers = page.context.new_cdp_session(page)
    for at, distance in enumerate(FROM_MIDDLE):
        points = [{"x": x, "y": y, "id": 0}, {"x": x + distance, "y": y + distance, "id": 1}]
        kind = "touchMove" if at else "touchStart"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(16)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_two_fingers_enlarge_the_page_and_tap_nothing(playwright: Playwright, server: Served) -> None:
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    size = {"width": PHONE["width"], "height": PHONE["height"]}
    page = browser.new_page(viewport=size, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page.goto(f"{server.url}/app/")
    wait_text(page, r"Entries: 0[^]*Update now")
    page.touchscreen.tap(*middle_of(page, "Save entry"))
    before = wait_text(page, r"Entries: 1[^]*Update now")
    assert page.evaluate("() => visualViewport.scale") == 1
    spread(page, *middle_of(page, "Save entry"))
    page.wait_for_function("() => visualViewport.scale > 1.5", timeout=10_000)
    page.wait_for_timeout(500)  # Flutter would have laid the app out anew by then
    width = page.locator("flutter-view").evaluate("view => view.getBoundingClientRect().width")
    assert width == PHONE["width"], "the app is as large as before, and the page around it is enlarged"
    tap(page, "button", "Look again")
    assert wait_text(page, r"Entries: \d[^]*Update now") == before
    browser.close()
