"""The whole path in a real browser: code, diary, offline, reload, back online, arrived once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.driving import Phone, Served, served, tap, wait_text, wait_until_kept
from tests.browser.whole_path import (
    change_the_first_answer,
    code_for_alice,
    decide_on_reminders,
    fill_in,
    received,
    running_app,
    settings_of,
)

pytestmark = pytest.mark.browser
ANSWERS = ["7", "5", "4", "I did not eat or drink by mouth", "2", "1 to 10 times"]


@pytest.fixture
def code(tmp_path: Path, diary_web_app: Path) -> str:
    return code_for_alice(settings_of(tmp_path, diary_web_app))


@pytest.fixture
def study(tmp_path: Path, diary_web_app: Path, code: str) -> Iterator[Served]:
    with served(running_app(settings_of(tmp_path, diary_web_app))) as running:
        yield running


@pytest.fixture
def phone(playwright: Playwright, study: Served, tmp_path: Path) -> Iterator[Phone]:
    alices = Phone(playwright, tmp_path / "profile", study.url)
    yield alices
    alices.close()


def test_an_evening_saved_offline_survives_and_arrives_once(phone: Phone, study: Served, code: str) -> None:
    page = phone.open(f"/app/#enrol={code}")
    tap(page, "button", "Begin")
    decide_on_reminders(page)
    tap(page, "button", "Fill in the diary")
    wait_until_kept(page)
    fill_in(page, ANSWERS)
    study.stop()
    tap(page, "button", "Save")
    wait_text(page, "Saved on this phone")
    page.reload()
    wait_text(page, "Saved on this phone")

    tap(page, "button", "Change the answers", exact=False)
    change_the_first_answer(page, "8")
    wait_text(page, "Saved on this phone")

    study.start()
    wait_text(page, "Received by the study", timeout=120_000)
    entries = received(study.app)
    assert sorted(entry.version.body.revision for entry in entries) == [1, 2]
    page.reload()
    wait_text(page, "Received by the study")
    assert len(received(study.app)) == len(entries)
    assert phone.off_origin == []
