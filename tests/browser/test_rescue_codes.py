"""A phone that never gets through: its codes are read off the screen, typed into the console, and arrive once."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

from server.access.roles import Role
from tests.browser.driving import FLAGS, Phone, Served, find_chromium, tap, wait_text
from tests.browser.visits import come_back
from tests.browser.whole_path import ALICE, ANSWERS, fill_in, open_with_pin, received
from tests.console import staged

pytestmark = [pytest.mark.browser, pytest.mark.long]
LOOKS = 50


@pytest.fixture
def desk(playwright: Playwright, known_study: Served) -> Iterator[Page]:
    """Carol's browser, in which no script runs."""
    staged.account(known_study.app.state.services, "carol", (Role.COORDINATOR, "copenhagen"))
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
    yield browser.new_page(java_script_enabled=False, locale="en-GB")
    browser.close()


def open_form(page: Page, origin: str) -> None:
    page.goto(f"{origin}/console/")
    page.fill("#username", "carol")
    page.fill("#password", staged.PASSWORD)
    page.click("button.primary")
    page.goto(f"{origin}/console/rescue")


def scan(page: Page, lines: list[str]) -> None:
    """As a hand scanner types: the text, then Enter."""
    page.locator("#codes").focus()
    for line in lines:
        page.keyboard.insert_text(line)
        page.keyboard.press("Enter")


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="Take in the codes").click()


def read_off(page: Page, before: str = "") -> str:
    """What a scanner sees on the screen; the canvas is painted a moment after the tree says so."""
    for _ in range(LOOKS):
        found = zxingcpp.read_barcodes(Image.open(BytesIO(page.screenshot())).convert("L"))
        if found and found[0].text != before:
            return found[0].text
        page.wait_for_timeout(100)
    raise AssertionError("there is no code to be read on the screen")


def codes_on_the_screen(page: Page) -> list[str]:
    total = int(wait_text(page, r"Code 1 of \d+").split()[-1])
    codes = [read_off(page)]
    for number in range(2, total + 1):
        tap(page, "button", "Next")
        wait_text(page, f"Code {number} of {total}")
        codes.append(read_off(page, before=codes[-1]))
    tap(page, "button", "Done")
    wait_text(page, "Settings")
    return codes


def save_an_evening(phone: Phone, study: Served) -> Page:
    """The last thing that goes right is that the diary is opened."""
    page = come_back(phone)
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    study.stop()
    tap(page, "button", "Save")
    wait_text(page, "No connection just now")
    return page


def test_codes_read_off_an_offline_phone_arrive_once(enrolled_phone: Phone, known_study: Served, desk: Page) -> None:
    page = save_an_evening(enrolled_phone, known_study)
    tap(page, "button", "Settings")
    wait_text(page, "Language")
    page.set_viewport_size({"width": 390, "height": 2600})  # what is out of sight is not in the tree
    tap(page, "button", "Show codes to be scanned instead")
    page.set_viewport_size({"width": 320, "height": 700})
    codes = codes_on_the_screen(page)
    assert len(codes) > 1
    enrolled_phone.close()

    known_study.start()
    assert received(known_study.app) == []
    open_form(desk, known_study.url)
    scan(desk, codes[:-1])
    hand_in(desk)
    expect(desk.get_by_role("alert")).to_contain_text(f"Still to scan: {len(codes)} (of {len(codes)})")
    scan(desk, codes[-1:])
    hand_in(desk)
    expect(desk.get_by_role("status")).to_contain_text(
        re.compile(rf"{ALICE}: \d+ taken in, 0 known already, 0 set aside")
    )
    (entry,) = received(known_study.app)
    assert entry.version.body.answers["DMD01"] == 7
    scan(desk, codes)
    hand_in(desk)
    expect(desk.get_by_role("status")).to_contain_text(f"{ALICE}: 0 taken in")

    page = enrolled_phone.open()
    open_with_pin(page)
    wait_text(page, "Received by the study", timeout=120_000)
    assert received(known_study.app) == [entry]
    assert enrolled_phone.off_origin == []
