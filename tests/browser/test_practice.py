"""The first day in the browser: code, PIN, practice, reminders; the practice is marked and counts for nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from diary_app.core.records import RecordKind
from tests.browser.driving import Phone, Served, tap, wait_text
from tests.browser.whole_path import (
    ANSWERS,
    choose_pin,
    code_for_a_newcomer,
    decide_on_reminders,
    expected_days,
    received,
    records,
    settings_of,
)  # fmt: skip

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def code(tmp_path: Path, diary_web_app: Path) -> str:
    """With which Alice, who never practised, makes the diary her own."""
    return code_for_a_newcomer(settings_of(tmp_path, diary_web_app))


def fill_in_the_practice(page: Page) -> None:
    """Each of its pages says that it is one."""
    for number, answer in enumerate(ANSWERS, 1):
        wait_text(page, f"Practice · {number} of {len(ANSWERS)}")
        tap(page, "radio", answer)
        tap(page, "button", "Next")
    wait_text(page, "Your practice answers")


def test_a_practice_is_marked_and_counts_for_nothing(alices_phone: Phone, study: Served, code: str) -> None:
    page = alices_phone.open(f"/app/#enrol={code}")
    tap(page, "button", "Begin")
    choose_pin(page)
    wait_text(page, "Try it once first")
    tap(page, "button", "Start the practice")
    fill_in_the_practice(page)
    tap(page, "button", "Save")
    decide_on_reminders(page)
    wait_text(page, "The next diary opens|Tonight's diary opens")
    wait_text(page, "Everything on this phone has been received by the study", timeout=120_000)

    (practised,) = records(study.app, RecordKind.ENTRY)
    (trained,) = records(study.app, RecordKind.TRAINING)
    assert practised.body["practice"] == 1
    assert trained.body["entry"] == practised.id
    assert received(study.app) == []
    expected = [day.diary_day.isoformat() for day in expected_days(study.app) if not day.not_expected]
    assert expected
    assert str(practised.body["diary_day"]) < min(expected)
    assert alices_phone.errors == []
