"""The whole diary with nothing but a keyboard, whose place is always seen; and the page zoomed to double size."""

from contextlib import suppress

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from diary_app.core.entries import FilledBy
from tests.browser.accessibility import NOT_FOR_A_CANVAS, assert_fits, faults_by_axe, lines_of_png
from tests.browser.driving import PHONE, Phone, Served, tap, wait_text, wait_until
from tests.browser.whole_path import PIN, change_the_first_answer, received

pytestmark = [pytest.mark.browser, pytest.mark.long]
MOST_STOPS = 20
FOCUSED = """() => { const node = document.activeElement;
  const role = node.getAttribute('role') ?? node.localName;
  return [role, (node.ariaLabel ?? node.innerText ?? '').trim(), node.ariaChecked === 'true']; }"""
MOVED = f"before => JSON.stringify(({FOCUSED})()) !== JSON.stringify(before)"
DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
LIVE = "name => [...document.querySelectorAll('[flt-tappable]')].some(node => node.innerText.trim() === name)"
HAS_A_DIARY = """async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('diary');
    return (await (await folder.getFileHandle('diary.db')).getFile()).size > 0; }"""
ANSWERS = {
    "DMD01": "7", "DMD02": "5", "DMD03": "4", "DMD04": "I did not eat or drink by mouth",
    "DMD05": "2", "DMD06": "1 to 10 times",
}  # fmt: skip


def focused(page: Page) -> tuple[str, str, bool]:
    """What has the keyboard: its role, its name, whether it is chosen."""
    role, name, chosen = page.evaluate(FOCUSED)
    return str(role), str(name), bool(chosen)


def press(page: Page, key: str) -> tuple[str, str, bool]:
    """One key that moves or chooses, and what has the keyboard then.

    The page may tell of it some frames late. Read too early, every later reading would be one key behind, and a
    control could be passed without having been seen. A key that falls to the page itself moves nothing at all.
    """
    before = page.evaluate(FOCUSED)
    page.keyboard.press(key)
    with suppress(NotInTime):
        page.wait_for_function(MOVED, arg=before, timeout=2_000)
    page.evaluate(DRAWN)
    return focused(page)


def move_to(page: Page, role: str, name: str = "", key: str = "Tab") -> list[str]:
    """Tab until a control of that role and name has the keyboard; the names passed on the way."""
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        found, called, _chosen = press(page, key)
        passed.append(called)
        if found == role and called.startswith(name):
            return passed
    raise AssertionError(f"{role} {name!r} is not reached, only {passed}")


def press_button(page: Page, name: str) -> None:
    """Move to it and press Enter; it has to be there and live first."""
    page.wait_for_function(LIVE, arg=name, timeout=60_000)
    move_to(page, "button", name)
    page.keyboard.press("Enter")


def choose(page: Page, answer: str) -> None:
    """With the arrow keys, which go round."""
    move_to(page, "radio")
    passed: list[str] = []
    for _ in range(MOST_STOPS):
        _role, name, chosen = press(page, "ArrowDown")
        passed.append(name)
        if name == answer:
            assert chosen, f"{answer} has the keyboard and is not chosen"
            return
    raise AssertionError(f"{answer!r} is not reached with the arrow keys, only {passed}")


def type_pin(page: Page, heading: str, label: str) -> None:
    """Into the field, again where the screen was still being laid out when the keys came."""
    wait_text(page, heading)
    for _ in range(5):
        if focused(page)[1] != label:
            move_to(page, "input", label)
        page.keyboard.type(PIN)
        try:
            page.wait_for_function(LIVE, arg="Next", timeout=3_000)
        except NotInTime:
            for _digit in PIN:
                page.keyboard.press("Backspace")
        else:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the field {label!r} does not take the PIN")


def changed_by_leaving(page: Page, role: str, name: str) -> tuple[int, float]:
    """How many pixels of a control change when the keyboard leaves it, and how many its edge has."""
    move_to(page, role, name)
    box = page.evaluate("() => document.activeElement.getBoundingClientRect().toJSON()")
    clip = {key: box[key] for key in ("x", "y", "width", "height")}
    with_ring = lines_of_png(page.screenshot(clip=clip))
    press(page, "Shift+Tab")
    without = lines_of_png(page.screenshot(clip=clip))
    pairs = [pair for lines in zip(with_ring, without, strict=True) for pair in zip(*lines, strict=True)]
    changed = sum(seen != then for seen, then in pairs)
    return changed, 2 * (box["width"] + box["height"])


def test_a_keyboard_is_enough_and_so_is_a_page_of_double_size(alices_phone: Phone, study: Served, code: str) -> None:
    page = alices_phone.open(f"/app/#enrol={code}")
    wait_text(page, "The diary is opening")  # behind the page's greeting, which has a test of its own
    wait_until(page, HAS_A_DIARY)
    page.evaluate("() => localStorage.clear()")
    page.reload()
    wait_text(page, "Begin")
    move_to(page, "button", "Dansk")  # the first key may still fall to the page around the app
    stops = move_to(page, "button", "Begin")
    assert stops == ["Your code", *stops[1:-1], "Begin"]
    assert move_to(page, "button", "Dansk") == ["Dansk"]  # round, and not caught in the field
    assert move_to(page, "input", "Your code", key="Shift+Tab")[0] == "Begin"
    for other, language in (("Dansk", "da"), ("English", "en")):
        press_button(page, other)
        page.wait_for_function("language => document.documentElement.lang === language", arg=language)
    press_button(page, "Begin")
    type_pin(page, "Choose a PIN", "New PIN")
    type_pin(page, "Once more", "New PIN again")
    press_button(page, wait_text(page, "On to the diary|Not now"))
    press_button(page, "Fill in the diary")
    for number, answer in enumerate(ANSWERS.values(), 1):
        wait_text(page, f"{number} of {len(ANSWERS)}")
        choose(page, answer)
        if number == 1:
            for control in (("radio", answer), ("button", "Back")):
                changed, edge = changed_by_leaving(page, *control)
                assert changed >= edge, control
        press_button(page, "Next")
    wait_text(page, "Your answers")
    move_to(page, "checkbox", "Someone helped me tap")
    assert press(page, "Space")[2], "the tick is set"
    press_button(page, "Save")
    wait_text(page, "Received by the study", timeout=120_000)

    page.set_viewport_size({"width": PHONE["width"] // 2, "height": PHONE["height"] // 2})
    assert faults_by_axe(page, NOT_FOR_A_CANVAS) == []  # that pinch zoom is allowed is one of its rules
    assert_fits(page, "today at double size")
    tap(page, "button", "Change the answers", exact=False)
    change_the_first_answer(page, "8")
    wait_text(page, "Received by the study", timeout=120_000)
    bodies = sorted((entry.version.body for entry in received(study.app)), key=lambda body: body.revision)
    assert [body.answers["DMD01"] for body in bodies] == [7, 8]
    assert bodies[0].filled_by is FilledBy.SOMEONE_TAPPED
    assert alices_phone.errors == []
