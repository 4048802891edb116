"""The page's own PIN screen: there before the app, for fingers, keyboards and screen readers, and gone in time."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from diary_app.enrolling import Trouble
from diary_app.resources import catalogue
from diary_app.screens.welcome import TROUBLES
from diary_app.texts import Texts
from tests.browser.accessibility import faults_by_axe
from tests.browser.driving import Phone, Served, tap, wait_dialog, wait_text
from tests.browser.whole_path import ENGLISH, PIN

pytestmark = [pytest.mark.browser, pytest.mark.long]
DANISH = Texts(catalogue("da"))
APP_IS_UP = "() => performance.getEntriesByName('diary:first-screen').length > 0"
IS_LEFT = "() => localStorage.getItem('diary-door') !== null"
BROKEN = '{"version": 2, "asks": "pin"}'
#: Without them Python does not start.
BEGINNING = "**/pyodide/**"
#: Nothing that the page tells Python reaches it before `letAppBegin`: the app begins once the door was looked at,
#: however fast the machine is.
HELD = """(() => {
    const tell = Worker.prototype.postMessage;
    let held = [];
    Worker.prototype.postMessage = function (...said) {
        if (held) held.push([this, said]);
        else tell.apply(this, said);
    };
    window.letAppBegin = () => {
        const waiting = held;
        held = null;
        for (const [worker, said] of waiting) tell.apply(worker, said);
    }; })()"""
FOCUSED = "() => document.activeElement.innerText || document.activeElement.id"


def hold_app(phone: Phone) -> None:
    """In every window that is opened or made anew from here on."""
    phone.start().add_init_script(HELD)


def let_app_begin(page: Page) -> None:
    page.evaluate("letAppBegin()")


def at_door_again(page: Page) -> None:
    """Start again."""
    page.wait_for_function(IS_LEFT)
    page.reload()
    at_door(page)


def at_door(page: Page) -> None:
    """The door stands before Python is there."""
    expect(
        page.get_by_role("dialog", name=re.compile(f"{ENGLISH('Type your PIN')}|{DANISH('Type your PIN')}"))
    ).to_be_visible()
    assert not page.evaluate(APP_IS_UP)


def through(page: Page, pin: str) -> None:
    page.keyboard.type(pin)
    page.keyboard.press("Enter")


def test_the_pin_is_typed_while_the_app_is_loading(enrolled_phone: Phone) -> None:
    hold_app(enrolled_phone)
    page = enrolled_phone.open()
    at_door(page)
    assert faults_by_axe(page, {}) == []
    page.keyboard.press("Escape")
    page.keyboard.type("12a")
    expect(page.get_by_role("button", name="Open the diary")).to_be_disabled()
    through(page, "34")
    expect(page.get_by_role("status")).to_have_text("Just a moment …")
    let_app_begin(page)
    wait_text(page, "That was not the PIN")
    expect(page.locator("dialog.door")).to_have_count(0)

    at_door_again(page)
    assert page.evaluate(FOCUSED) == "door-field"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "Dansk"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.documentElement.lang") == "da"
    assert faults_by_axe(page, {}) == []
    let_app_begin(page)
    page.wait_for_function(APP_IS_UP)
    assert page.evaluate(FOCUSED) == "door-field", "the app behind the door does not take the keyboard away"
    through(page, PIN)
    wait_text(page, DANISH("Fill in the diary"))
    expect(page.locator("dialog.door")).to_have_count(0)

    at_door_again(page)
    page.get_by_role("button", name=DANISH("I have forgotten my PIN")).click()
    let_app_begin(page)
    wait_text(page, re.escape(DANISH("Have you forgotten your PIN?")))
    tap(page, "button", DANISH("Back"))
    wait_text(page, re.escape(DANISH("Type your PIN")))

    at_door_again(page)
    second = enrolled_phone.open()
    wait_dialog(second, "The diary is open in another window")
    assert second.locator("dialog.door").count() == 0
    second.close()
    through(page, PIN)
    let_app_begin(page)
    wait_text(page, DANISH("Fill in the diary"))
    assert enrolled_phone.errors == []


def test_a_first_visit_is_greeted_while_the_app_is_loading(alices_phone: Phone, study: Served, code: str) -> None:
    held: list[Route] = []  # the app begins once all of this was typed, however fast the machine is

    def hold(route: Route) -> None:
        held.append(route)

    alices_phone.start().route(BEGINNING, hold)
    page = alices_phone.open()
    expect(page.get_by_role("dialog", name="Welcome to your diary")).to_be_visible()
    assert not page.evaluate(APP_IS_UP)
    assert faults_by_axe(page, {}) == []
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()
    assert page.evaluate(FOCUSED) == "Welcome to your diary", "reading begins at the top"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "door-field"
    page.keyboard.type("abcdefgh jk")
    assert page.get_by_label("Your code").input_value() == "ABCD-EFGH-JK"
    page.keyboard.press("Backspace")
    assert page.get_by_label("Your code").input_value() == "ABCD-EFGH-J"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.documentElement.lang") == "da"
    assert page.evaluate(FOCUSED) == "English"
    assert page.get_by_label(DANISH("Your code")).input_value() == "ABCD-EFGH-J"
    assert faults_by_axe(page, {}) == []
    page.get_by_label(DANISH("Your code")).fill("")
    page.keyboard.type(f"{code[:-1]}{'0' if code[-1] != '0' else '1'}".lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(DANISH("Just a moment …"))
    while not held:  # the address is the one that Python is asked for under
        page.wait_for_timeout(50)
    alices_phone.start().unroute(BEGINNING)  # which lets go of them
    wait_text(page, re.escape(DANISH(TROUBLES[Trouble.SLIP])))
    expect(page.locator("dialog.door")).to_have_count(0)

    page.reload()
    expect(page.get_by_role("dialog", name=DANISH("Welcome to your diary"))).to_be_visible()
    page.get_by_label(DANISH("Your code")).fill(code)
    page.keyboard.press("Enter")
    wait_text(page, DANISH("Choose a PIN"))
    expect(page.locator("dialog.door")).to_have_count(0)

    page.reload()
    wait_text(page, DANISH("Choose a PIN"))
    assert page.locator("dialog.door").count() == 0, "somebody who has enrolled is not greeted"
    assert alices_phone.errors == []


def test_the_code_of_a_link_is_in_its_field_and_leads_to_the_pin(alices_phone: Phone, study: Served, code: str) -> None:
    hold_app(alices_phone)
    page = alices_phone.open(f"/app/#enrol={code}")
    expect(page.get_by_label("Your code")).to_have_value(code)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("status")).to_have_text("Just a moment …")
    let_app_begin(page)
    wait_text(page, "Choose a PIN")
    expect(page.locator("dialog.door")).to_have_count(0)
    assert alices_phone.errors == []


def test_what_another_version_left_is_no_door(known_phone: Phone) -> None:
    page = known_phone.open()
    for left in ("{", "null", "7", '{"version": 0, "words": {}}', '{"version": 2}', BROKEN):
        page.evaluate("text => localStorage.setItem('diary-door', text)", left)
        page.reload()
        wait_text(page, "Entries: 0")
        assert page.locator("dialog.door").count() == 0
    assert not page.evaluate(IS_LEFT), "what cannot be shown is put away, and the page begins anew"
    assert known_phone.errors == []
