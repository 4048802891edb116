"""A browser that is killed in the middle of saving keeps every entry it had called saved, and no half one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from diary_app.web.source import AppSource, diary_source
from tests.browser.conftest import ROOT, built
from tests.browser.driving import Phone, served, wait_text, web_app_server

pytestmark = [pytest.mark.browser, pytest.mark.long]
SAVED_BEFORE_EACH_KILL = (1, 17, 5, 2, 31, 11, 3, 23, 7, 1, 13, 40)


@pytest.fixture(scope="session")
def writer_app() -> Path:
    """The diary's storage with a program that never stops saving."""
    program = {
        "main.py": (ROOT / "tests/web/writer_app/main.py").read_bytes(),
        "phones.py": (ROOT / "tests/storage/phones.py").read_bytes(),
        "diary_app/core/chain.py": (ROOT / "diary_app/core/chain.py").read_bytes(),  # which the app does without
    }
    return built("writer", AppSource("writer", {**diary_source("0.0.1").files, **program}))


@pytest.fixture
def writer(playwright: Playwright, writer_app: Path, tmp_path: Path) -> Iterator[Phone]:
    with served(web_app_server(writer_app)) as running:
        phone = Phone(playwright, tmp_path / "profile", running.url)
        yield phone
        phone.close()


def acknowledged(page: Page, at_least: int) -> int:
    """Wait until so many entries are called saved; the number on the screen by then."""
    script = (
        "least => { const text = document.querySelector('flt-semantics-host')?.innerText || '';"
        "const count = Number((/Acknowledged: (\\d+)/.exec(text) || [])[1]); return count >= least ? count : false; }"
    )
    return int(page.wait_for_function(script, arg=at_least, polling=5, timeout=60_000).json_value())


def test_no_acknowledged_entry_is_lost_at_any_of_many_kills(writer: Phone) -> None:
    saved = 0
    for more in SAVED_BEFORE_EACH_KILL:
        page = writer.open()
        found = int(wait_text(page, r"Found: \d+").split()[1])
        assert found >= saved
        assert wait_text(page, "State: [^.]+") == "State: whole"
        saved = acknowledged(page, found + more)
        writer.kill()
    page = writer.open()
    assert int(wait_text(page, r"Found: \d+").split()[1]) >= saved
    assert wait_text(page, "State: [^.]+") == "State: whole"
