"""The evening's way through the app is walked with one thumb: single taps, low on the screen, on targets of 48 pixels.

The thumb of the hand that holds a phone does not get to its top without another grip (Bergstrom-Lehtovirta and
Oulasvirta, CHI 2014). What an evening asks for lies below the upper quarter of a screen of 140 mm, also without the
banner of a demonstration, which pushes everything down.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Playwright, expect

from diary_app.resources import catalogue
from diary_app.texts import Texts
from diary_app.widgets.frame import DEMONSTRATION
from tests.browser.accessibility import TARGET
from tests.browser.driving import Phone, wait_text
from tests.browser.test_front_door import at_door, hold_app
from tests.browser.theatre import Theatre, theatre

pytestmark = [pytest.mark.browser, pytest.mark.long]
WIDTH, HEIGHT, KEYBOARD = 390, 844, 336
OUT_OF_REACH = HEIGHT // 4
QUESTIONS = 6
CONTROLS = """() => [...document.querySelectorAll('flt-semantics-host *')]
  .filter(node => node.hasAttribute('flt-tappable') || node.matches('input, [role=radio], [role=button]'))
  .map(node => ({node, box: node.getBoundingClientRect()}))
  .filter(({box}) => box.width > 0)
  .map(({node, box}) => ({
    role: node.getAttribute('role') ?? node.localName, name: (node.ariaLabel ?? node.innerText ?? '').trim(),
    x: box.x, y: box.y, width: box.width, height: box.height,
  }))"""
BANNER = """words => [...document.querySelectorAll('flt-semantics-host *')]
  .filter(node => !node.childElementCount && (node.ariaLabel ?? node.innerText) === words)
  .map(node => node.getBoundingClientRect().bottom)[0] ?? 0"""


@dataclass(frozen=True)
class Control:
    """One that can be tapped: in CSS pixels of the window, of which there are six to a millimetre."""

    role: str
    name: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@pytest.fixture(scope="module")
def house(playwright: Playwright) -> Iterator[Theatre]:
    with theatre(playwright) as opened:
        yield opened


@pytest.fixture(params=["da", "en"])
def say(request: pytest.FixtureRequest) -> Texts:
    return Texts(catalogue(request.param))


def hold(house: Theatre, scene: str, say: Texts) -> None:
    """In a phone of the usual size."""
    house.show(scene, say.language, WIDTH)
    house.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def controls(house: Theatre) -> list[Control]:
    house.come_to_rest()
    return [Control(**found) for found in house.page.evaluate(CONTROLS)]


def named(house: Theatre, name: str) -> Control:
    found = controls(house)
    return next((one for one in found if one.name == name), None) or pytest.fail(f"{name} is not among {found}")


def reach(house: Theatre, control: Control, say: Texts) -> None:
    """Fails where a thumb does not get, where a target is small, and where it would have to be brought into sight."""
    banner = house.page.evaluate(BANNER, say(DEMONSTRATION))
    assert control.middle[1] - banner >= OUT_OF_REACH, f"{control.name} is too high"
    assert control.y + control.height <= HEIGHT, f"{control.name} is out of sight"
    assert min(control.width, control.height) >= TARGET, f"{control.name} is small"


def tap(house: Theatre, name: str, say: Texts) -> None:
    """Once, with one finger, and on a button that is live: Python may still be at the tap before this one."""
    house.page.get_by_role("button", name=name, exact=True, disabled=False).or_(
        house.page.get_by_role("radio", name=name, exact=True)
    ).wait_for(state="attached")
    control = named(house, name)
    reach(house, control, say)
    house.page.mouse.click(*control.middle)


def test_an_evening_is_filled_in_with_single_taps_of_one_thumb(house: Theatre, say: Texts) -> None:
    hold(house, "today-open", say)
    tap(house, say("Fill in the diary"), say)
    for number in range(1, QUESTIONS + 1):
        wait_text(house.page, say("{number} of {length}", number=number, length=QUESTIONS))
        found = controls(house)
        answers = [one for one in found if one.role == "radio"]
        assert len(answers) >= QUESTIONS
        assert {one.role for one in found} == {"radio", "button"}, "nothing is drawn along, nothing is typed"
        for one in found:
            reach(house, one, say)
        foot = min(one.y for one in found if one.role == "button")
        assert all(one.y + one.height < foot for one in answers), "no answer hides under the buttons"
        tap(house, answers[1].name, say)
        tap(house, say("Next"), say)
    wait_text(house.page, say("Your answers"))
    tap(house, say("Save"), say)
    wait_text(house.page, say("Saved on this phone. It is sent when there is a connection."))


def test_the_reason_of_a_late_evening_is_within_reach(house: Theatre, say: Texts) -> None:
    hold(house, "today-late", say)
    reach(house, named(house, say("Fill in the diary")), say)
    hold(house, "late-reason", say)
    found = controls(house)
    assert len([one for one in found if one.role == "radio"]) == 6
    for one in found:
        reach(house, one, say)


def test_the_pin_is_within_reach_with_the_keys_of_the_phone_and_without(house: Theatre, say: Texts) -> None:
    hold(house, "pin-enter", say)
    for name in (say("Your PIN"), say("Open the diary"), say("I have forgotten my PIN")):
        reach(house, named(house, name), say)
    house.page.set_viewport_size({"width": WIDTH, "height": HEIGHT - KEYBOARD})
    button = named(house, say("Open the diary"))
    assert button.y + button.height <= HEIGHT - KEYBOARD


def test_the_pages_own_door_is_opened_with_one_thumb(enrolled_phone: Phone) -> None:
    hold_app(enrolled_phone)
    page = enrolled_phone.open()
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    at_door(page)
    expect(page.locator("#door-field")).to_be_focused()
    banner = page.locator("dialog.door .banner").bounding_box()
    above = banner["height"] if banner else 0
    field, button = page.locator("#door-field"), page.get_by_role("button", name="Open the diary")
    assert min(middle(field), middle(button)) - above >= OUT_OF_REACH
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT - KEYBOARD})
    expect(button).to_be_in_viewport(ratio=1)


def middle(found: Locator) -> float:
    box = found.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= TARGET
    return box["y"] + box["height"] / 2


def test_what_lies_at_the_top_is_found_out(house: Theatre, say: Texts) -> None:
    hold(house, "today-open", say)
    with pytest.raises(AssertionError, match="too high"):
        reach(house, named(house, say("Settings")), say)
