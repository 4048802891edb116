"""What only a real page can do for the diary: ask for reminders, show one, scale the letters, give a file, copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.driving import Phone, Served, served, tap, wait_text, wait_until_kept
from tests.browser.whole_path import code_for_alice, decide_on_reminders, running_app, settings_of

pytestmark = pytest.mark.browser


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


def root_size(page: Page) -> str:
    return str(page.evaluate("() => getComputedStyle(document.documentElement).fontSize"))


def test_an_allowed_reminder_is_shown_and_says_nothing(phone: Phone, code: str) -> None:
    page = phone.open(f"/app/#enrol={code}")
    page.context.grant_permissions(["notifications"])
    tap(page, "button", "Begin")
    wait_until_kept(page)
    tap(page, "button", "Send me a test reminder")
    wait_text(page, "A test reminder is on its way")
    script = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map(n => [n.title, n.body])"
    assert page.evaluate(script) == [["Diary", "Time for the diary"]]


def test_settings_scale_the_letters_and_copy_a_report(phone: Phone, code: str) -> None:
    page = phone.open(f"/app/#enrol={code}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tap(page, "button", "Begin")
    decide_on_reminders(page)
    tap(page, "button", "Settings")
    tap(page, "radio", "Larger")
    page.wait_for_function("() => getComputedStyle(document.documentElement).fontSize === '24px'")
    tap(page, "button", "Copy the report")
    wait_text(page, "The report is copied")
    assert "installed: no" in page.evaluate("() => navigator.clipboard.readText()")
    page.reload()
    wait_text(page, "Settings")
    assert root_size(page) == "24px"
    assert phone.errors == []
