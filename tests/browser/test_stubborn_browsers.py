"""Browsers that refuse something that is not needed to open the diary: it opens all the same."""

import shutil
from pathlib import Path

import pytest

from tests.browser.driving import Phone, wait_text
from tests.browser.test_update_and_tabs import deploy

pytestmark = [pytest.mark.browser, pytest.mark.long]
FORGET_THE_FILES = """async () => {
    const kept = await caches.open((await caches.keys()).find(name => name.startsWith('diary-files')));
    const names = (await kept.keys()).filter(request => request.url.includes('__kept/'));
    return (await Promise.all(names.map(name => kept.delete(name)))).length; }"""
KEEP_NO_MORE = """() => {
    Cache.prototype.put = () => Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError')); }"""


def test_a_first_visit_without_a_service_worker_opens_all_the_same(
    phone: Phone, live: Path, sample_app: Path, tmp_path: Path
) -> None:
    poor = shutil.copytree(sample_app, tmp_path / "poor")
    for worker in poor.glob("sw.js*"):
        worker.unlink()
    deploy(live, poor)
    page = phone.open()
    wait_text(page, "Entries: 0")
    page.wait_for_selector("#starting", state="detached")
    assert [error for error in phone.errors if "register" in error] == []
    assert page.get_by_role("alertdialog").count() == 0


def test_files_that_were_thrown_away_and_find_no_room_again_are_shown_all_the_same(known_phone: Phone) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    assert page.evaluate(FORGET_THE_FILES) > 0
    page.context.service_workers[0].evaluate(KEEP_NO_MORE)
    page.reload()
    wait_text(page, "Entries: 0")
