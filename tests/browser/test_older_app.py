"""A release that was taken back finds a file that the newer one has changed: it leaves it alone, and says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from diary_app.web.source import diary_source
from tests.browser.conftest import built
from tests.browser.driving import Phone, Served, look_for_update, served, tap, wait_text, wait_until_kept
from tests.browser.test_update_and_tabs import deploy
from tests.browser.whole_path import ANSWERS, enrol, fill_in, open_with_pin, received, running_app, settings_of

pytestmark = [pytest.mark.browser, pytest.mark.long]
LADDER = "diary_app/storage/ladder.py"
TOP = b"(FIRST, WORDINGS, SEALING)"
HIGHER = b"(FIRST, WORDINGS, SEALING, 'CREATE TABLE of_tomorrow (number INTEGER PRIMARY KEY NOT NULL)')"
#: `PRAGMA user_version` of the diary's file, and a hash over all of it.
FILE = """async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('diary');
    const bytes = await (await (await folder.getFileHandle('diary.db')).getFile()).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [new DataView(bytes).getUint32(60), hash.toHex?.() ?? [...hash].join()]; }"""


@pytest.fixture(scope="session")
def newer_diary(diary_web_app: Path) -> Path:
    """The diary one release later: its file has one table more."""
    source = diary_source("0.0.1")
    ladder = source.files[LADDER]
    assert ladder.count(TOP) == 1
    return built("newer-diary", replace(source, files={**source.files, LADDER: ladder.replace(TOP, HIGHER)}))


@pytest.fixture
def live(tmp_path: Path, newer_diary: Path) -> Path:
    """What the study's server shows: the newer release to begin with."""
    link = tmp_path / "live"
    link.symlink_to(newer_diary)
    return link


@pytest.fixture
def study(tmp_path: Path, live: Path, code: str) -> Iterator[Served]:
    """The study's server with whatever release it shows."""
    with served(running_app(settings_of(tmp_path, live))) as running:
        yield running


def save_an_evening(page: Page) -> None:
    """It stays on the phone: the server is too busy for it."""
    tap(page, "button", "Fill in the diary")
    fill_in(page, ANSWERS)
    tap(page, "button", "Save")
    wait_text(page, "Saved on this phone")


def test_an_older_app_leaves_the_file_of_a_newer_one_alone(
    alices_phone: Phone, study: Served, code: str, live: Path, diary_web_app: Path, newer_diary: Path
) -> None:
    page = enrol(alices_phone, code)
    wait_until_kept(page)
    study.app.state.busy = True
    save_an_evening(page)
    deploy(live, diary_web_app)
    look_for_update(page)
    before = page.evaluate(FILE)
    alices_phone.close()

    page = alices_phone.open()
    wait_text(page, "A newer version of the diary was used here")
    wait_text(page, "Your entries are safe on this phone")
    tap(page, "button", "Try again")
    wait_text(page, "No newer version can be found just now")
    assert page.evaluate(FILE) == before
    assert before[0] == 4

    deploy(live, newer_diary)
    study.app.state.busy = False
    tap(page, "button", "Try again")
    open_with_pin(page)
    wait_text(page, "Received by the study", timeout=120_000)
    assert [entry.version.body.answers["DMD01"] for entry in received(study.app)] == [7]
