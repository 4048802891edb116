"""Who taps as soon as a button is there taps once: Today after the review is drawn at two addresses, and is one."""

import pytest
from playwright.sync_api import Page

from tests.browser.driving import Phone, drawn, tap, wait_text
from tests.browser.visits import come_back
from tests.browser.whole_path import ANSWERS, fill_in

pytestmark = [pytest.mark.browser, pytest.mark.long]
TIMES = 12
SOON_MS = 10_000
#: Taps in the moment in which the button comes on the screen, as no hand could.
TAP_AT_ONCE = """name => new Promise((tapped, failed) => {
    const named = () => [...document.querySelectorAll('[role=button]')].find(node => node.innerText === name);
    const look = () => { const found = named(); if (found) { found.click(); tapped(); } else setTimeout(look, 1); };
    setTimeout(failed, 20000); look(); })"""


def settings_at_once(page: Page) -> None:
    page.evaluate(TAP_AT_ONCE, "Settings")
    wait_text(page, "Language", timeout=SOON_MS)
    drawn(page)
    tap(page, "button", "Back")
    wait_text(page, "Change the answers")


def test_a_tap_right_after_the_review_counts_every_time(enrolled_phone: Phone) -> None:
    page = come_back(enrolled_phone)
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    tap(page, "button", "Save")
    settings_at_once(page)
    for _ in range(TIMES):
        page.get_by_role("button", name="Change the answers").first.evaluate("node => node.click()")
        wait_text(page, "Nothing is changed yet")
        tap(page, "button", "Leave the answers as they were")
        settings_at_once(page)
