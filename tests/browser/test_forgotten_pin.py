"""A PIN that is forgotten while an evening waits to be sent: a new code, a new PIN, and the evening arrives once."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from diary_app.core.grading import State
from diary_app.core.records import RecordKind
from tests.browser.driving import Phone, Served, tap, wait_text
from tests.browser.test_waking import LOOKED_AWAY
from tests.browser.visits import come_back
from tests.browser.whole_path import (
    ANSWERS,
    choose_pin,
    code_from_staff,
    expected_days,
    fill_in,
    open_with_pin,
    received,
    records,
    settings_of,
)  # fmt: skip

pytestmark = [pytest.mark.browser, pytest.mark.long]
ANOTHER_PIN = "147036"


def type_code(page: Page, code: str) -> None:
    """By hand, as it is read out on the telephone; again where keys were lost while the screen was laid out."""
    field = page.get_by_label("Your code", exact=True)
    field.wait_for(state="attached", timeout=20_000)
    for _ in range(6):
        field.click(force=True)
        page.keyboard.press("Control+a")
        page.keyboard.type(re.sub("[^0-9A-Z]", "", code), delay=30)
        page.wait_for_timeout(300)
        if re.sub("[^0-9A-Z]", "", field.input_value()) == re.sub("[^0-9A-Z]", "", code):
            return
    raise AssertionError("the field does not take the code")


def test_an_evening_that_waits_outlives_a_forgotten_pin(
    enrolled_phone: Phone, known_study: Served, tmp_path: Path, diary_web_app: Path
) -> None:
    page = come_back(enrolled_phone)
    tap(page, "button", "Fill in the diary")
    known_study.stop()
    fill_in(page, ANSWERS)
    tap(page, "button", "Save")
    wait_text(page, "Saved on this phone")

    enrolled_phone.close()
    page = enrolled_phone.open()
    tap(page, "button", "I have forgotten my PIN")
    wait_text(page, "Your entries are safe and are still sent")
    tap(page, "button", "I have a new code")
    type_code(page, code_from_staff(settings_of(tmp_path, diary_web_app)))
    tap(page, "button", "Begin")
    wait_text(page, "There is no connection to the study just now")

    known_study.app.state.busy = True
    known_study.start()
    tap(page, "button", "Begin")
    choose_pin(page, ANOTHER_PIN)
    wait_text(page, "Saved on this phone[^]*Not sent yet: answers from one day")
    assert received(known_study.app) == []
    known_study.app.state.busy = False
    page.evaluate(LOOKED_AWAY, True)
    page.evaluate(LOOKED_AWAY, False)
    wait_text(page, "Received by the study", timeout=120_000)

    (entry,) = received(known_study.app)
    assert entry.version.body.answers["DMD01"] == 7
    assert [record.body["practice"] for record in records(known_study.app, RecordKind.ENTRY)] == [1, 0]
    evening = entry.version.body.diary_day
    assert [day.state for day in expected_days(known_study.app) if day.diary_day == evening] == [State.DONE]
    tap(page, "button", "History")
    wait_text(page, "today: done")

    page.reload()
    open_with_pin(page, ANOTHER_PIN)
    wait_text(page, "today: done")
    tap(page, "button", "Back")
    wait_text(page, "Received by the study")
    assert len(received(known_study.app)) == 1
    assert enrolled_phone.off_origin == []
