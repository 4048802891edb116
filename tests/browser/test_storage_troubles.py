"""Browsers that cannot keep the diary, that have no room left, and a second window in the middle of an answer."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.driving import Phone, Served, tap, wait_dialog, wait_text, wait_until
from tests.browser.test_update_and_tabs import deploy, save_one_entry
from tests.browser.visits import come_back
from tests.browser.whole_path import ANSWERS, fill_in, open_with_pin, received

pytestmark = [pytest.mark.browser, pytest.mark.long]
NO_ROOM = 1
FILL_UP = """() => {
    const handle = FileSystemSyncAccessHandle.prototype;
    self.written = handle.write;
    handle.write = () => { throw new DOMException('No space available', 'QuotaExceededError'); }; }"""
MAKE_ROOM = "() => { FileSystemSyncAccessHandle.prototype.write = self.written; }"
#: SQLite has committed by cutting its journal; that this is on the disk is what the browser does not say.
REFUSE_THE_LAST_FLUSH = """() => {
    const handle = FileSystemSyncAccessHandle.prototype;
    self.before = { truncate: handle.truncate, flush: handle.flush };
    let isCut = false;
    handle.truncate = function (size) { isCut = true; return self.before.truncate.call(this, size); };
    handle.flush = function () {
        if (isCut) throw new DOMException('The file cannot be written', 'InvalidStateError');
        return self.before.flush.call(this); }; }"""
FLUSH_AGAIN = "() => { Object.assign(FileSystemSyncAccessHandle.prototype, self.before); }"
FILE_IS_KEPT = """async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('diary').catch(() => null);
    return folder !== null && (await (await folder.getFileHandle('diary.db')).getFile()).size > 0; }"""
REFUSE_TO_OPEN = """() => {
    self.opened = FileSystemFileHandle.prototype.createSyncAccessHandle;
    FileSystemFileHandle.prototype.createSyncAccessHandle = () =>
        Promise.reject(new DOMException('no room to open it', 'QuotaExceededError')); }"""
OPEN_AGAIN = "() => { FileSystemFileHandle.prototype.createSyncAccessHandle = self.opened; }"
KEEPS_NOTHING_FOR_THE_WINDOW = """Object.defineProperty(window, 'sessionStorage', {
    get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); } });"""
LACKS = {
    "no access handles": "delete FileSystemFileHandle.prototype.createSyncAccessHandle;",
    "no locks": "Object.defineProperty(navigator, 'locks', { value: undefined });",
    "a private window": "navigator.storage.getDirectory = () => Promise.reject(new DOMException('', 'SecurityError'));",
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_browser_that_cannot_keep_the_diary_is_told(
    phone: Phone, live: Path, sample_app: Path, tmp_path: Path, lack: str
) -> None:
    deploy(live, lacking(lack, sample_app, tmp_path))
    page = phone.open()
    wait_dialog(page, "This browser cannot keep the diary")
    assert "not in a private window" in page.get_by_role("alertdialog").inner_text()


def test_a_browser_that_was_told_to_keep_nothing_at_all_is_told(
    phone: Phone, live: Path, sample_app: Path, tmp_path: Path
) -> None:
    deploy(live, lacking("a private window", sample_app, tmp_path))
    phone.start().add_init_script(KEEPS_NOTHING_FOR_THE_WINDOW)
    wait_dialog(phone.open("/app/#enrol=ABCD"), "This browser cannot keep the diary")


def lacking(lack: str, app: Path, folder: Path) -> Path:
    """The app as a browser sees it that cannot do something."""
    poor = shutil.copytree(app, folder / "poor")
    for packed in poor.glob("python-worker.js.*"):
        packed.unlink()
    worker = poor / "python-worker.js"
    worker.write_text(f"{LACKS[lack]}\n{worker.read_text(encoding='utf-8')}", encoding="utf-8")
    return poor


def begin_filling(phone: Phone) -> Page:
    """The first question of this evening is on Alice's screen."""
    page = come_back(phone)
    tap(page, "button", "Fill in the diary")
    return page


def allow(page: Page, bytes_for_the_origin: int | None) -> None:
    """How much the browser lets the diary keep; None for as much as usual. What is kept already stays."""
    wish = {"origin": page.evaluate("() => origin"), "quotaSize": bytes_for_the_origin}
    session = page.context.new_cdp_session(page)
    session.send("Storage.overrideQuotaForOrigin", {name: value for name, value in wish.items() if value is not None})


def test_a_phone_that_is_full_at_the_start_goes_on_once_there_is_room(enrolled_phone: Phone) -> None:
    page = begin_filling(enrolled_phone)
    wait_text(page, "1 of 6")
    tap(page, "radio", "7")
    tap(page, "button", "Next")
    wait_text(page, "2 of 6")
    allow(page, NO_ROOM)
    page.reload()
    wait_text(page, "The phone is full")
    allow(page, None)
    tap(page, "button", "Try again")
    open_with_pin(page)
    wait_text(page, "Continue")
    tap(page, "button", "Continue")
    wait_text(page, "2 of 6")


def test_a_save_that_finds_no_room_is_repeated_with_all_answers(enrolled_phone: Phone, known_study: Served) -> None:
    page = begin_filling(enrolled_phone)
    fill_in(page, ANSWERS)
    python = page.workers[0]
    python.evaluate(FILL_UP)
    tap(page, "button", "Save")
    wait_text(page, "The phone is full")
    python.evaluate(MAKE_ROOM)
    tap(page, "button", "Try again")
    if wait_text(page, "Continue|Your answers") == "Continue":
        tap(page, "button", "Continue")
    wait_text(page, "Your answers")
    tap(page, "button", "Save")
    wait_text(page, "Received by the study")
    assert [entry.version.body.answers["DMD01"] for entry in received(known_study.app)] == [7]


def test_a_save_whose_end_the_browser_did_not_confirm_is_not_made_twice(
    enrolled_phone: Phone, known_study: Served
) -> None:
    page = begin_filling(enrolled_phone)
    fill_in(page, ANSWERS)
    python = page.workers[0]
    python.evaluate(REFUSE_THE_LAST_FLUSH)
    tap(page, "button", "Save")
    wait_text(page, "This phone could not save")
    python.evaluate(FLUSH_AGAIN)
    tap(page, "button", "Try again")
    if wait_text(page, "Your answers|Received by the study") == "Your answers":
        tap(page, "button", "Save")
    wait_text(page, "Received by the study")
    assert len(received(known_study.app)) == 1


@pytest.mark.parametrize("kinds", ["file_systems", "all"])
def test_entries_survive_that_the_browsers_data_is_cleared_while_the_diary_is_open(
    known_phone: Phone, kinds: str
) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    save_one_entry(page)
    cleared = {"origin": known_phone.origin, "storageTypes": kinds}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", cleared)
    tap(page, "button", "Save entry")
    wait_text(page, "Entries: 2")
    wait_until(page, FILE_IS_KEPT)
    page.reload()
    wait_text(page, "Entries: 2")


def test_files_that_cannot_be_put_back_at_once_are_when_somebody_looks_again(known_phone: Phone) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    save_one_entry(page)
    python = page.workers[0]
    python.evaluate(REFUSE_TO_OPEN)
    page.context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": known_phone.origin, "storageTypes": "file_systems"}
    )
    tap(page, "button", "Save entry")
    wait_text(page, "Entries: 2")
    tap(page, "button", "Save entry")
    wait_text(page, "Error running app")  # the sample has no words of its own for it
    python.evaluate(OPEN_AGAIN)
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(page, FILE_IS_KEPT)
    page.reload()
    wait_text(page, "Entries: 3")


def test_an_answer_moves_with_the_diary_to_another_window(enrolled_phone: Phone) -> None:
    first = begin_filling(enrolled_phone)
    wait_text(first, "1 of 6")
    tap(first, "radio", "7")
    tap(first, "button", "Next")
    wait_text(first, "2 of 6")
    second = enrolled_phone.open()
    wait_dialog(second, "The diary is open in another window")
    second.get_by_role("button", name="Use it here").click()
    open_with_pin(second)
    wait_text(second, "Continue")
    tap(second, "button", "Continue")
    wait_text(second, "2 of 6")
    wait_dialog(first, "The diary has moved to another window")
