"""The page around the app: start without a network, one window at a time, and updates that lose nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.browser.driving import (
    Phone,
    Served,
    look_for_update,
    running_version,
    served,
    tap,
    wait_dialog,
    wait_text,
    wait_until,
    wait_until_kept,
    web_app_server,
)

pytestmark = [pytest.mark.browser, pytest.mark.long]
ONLY_ONE_VERSION = """async () => {
    const kept = await caches.keys().then(names => caches.open(names.find(name => name.startsWith('diary-files'))));
    const names = (await kept.keys()).map(request => request.url);
    return names.filter(name => name.includes('__version/')).length === 1
        && names.filter(name => name.includes('__kept/')).length < 45; }"""


def deploy(live: Path, folder: Path) -> None:
    """At once: whatever a page asks for meanwhile is of the one or of the other."""
    link = live.with_name(f"{live.name}.new")
    link.symlink_to(folder)
    link.replace(live)


def save_one_entry(page: Page) -> None:
    tap(page, "button", "Save entry")
    wait_text(page, "Entries: 1")


@pytest.fixture(scope="module")
def opened(
    playwright: Playwright, sample_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, Page]]:
    """The sample, opened once through an enrolment link; tests only look at it."""
    with served(web_app_server(sample_app)) as running:
        alices = Phone(playwright, tmp_path_factory.mktemp("profile"), running.url)
        page = alices.open("/app/#enrol=ABCD-%C3%86")
        wait_text(page, "Entries: 0")
        wait_until_kept(page)
        yield alices, page
        alices.close()


def test_starts_without_errors_or_other_origins(opened: tuple[Phone, Page]) -> None:
    alices, _ = opened
    assert alices.off_origin == []
    assert alices.errors == []


def test_page_has_title_language_and_zoom(opened: tuple[Phone, Page]) -> None:
    _, page = opened
    page.wait_for_selector("#starting", state="detached")
    viewports = page.locator("meta[name=viewport]").evaluate_all("all => all.map(one => one.content)")
    assert page.title() == "Sample"
    assert page.locator("html").get_attribute("lang") == "en"
    assert viewports == ["width=device-width, initial-scale=1"]


def test_enrolment_link_leaves_the_address(opened: tuple[Phone, Page]) -> None:
    alices, page = opened
    wait_text(page, "Code: ABCD-Æ")
    assert page.url == f"{alices.origin}/app/"
    assert page.evaluate("() => history.length") <= 2


def test_entries_survive_reload_and_restart_without_a_server(known_phone: Phone, known_server: Served) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    known_server.stop()
    save_one_entry(page)
    page.reload()
    wait_text(page, "Entries: 1")
    known_phone.close()
    page = known_phone.open()
    wait_text(page, "Entries: 1")


def test_second_window_is_refused_and_can_take_over(known_phone: Phone) -> None:
    first = known_phone.open()
    wait_text(first, "Entries: 0")
    save_one_entry(first)
    second = known_phone.open()
    wait_dialog(second, "The diary is open in another window")
    second.get_by_role("button", name="Use it here").click()
    wait_text(second, "Entries: 1")
    wait_dialog(first, "The diary has moved to another window")


def test_update_button_swaps_and_keeps_entries(
    known_phone: Phone, known_server: Served, live: Path, newer_sample_app: Path
) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    save_one_entry(page)
    before = running_version(page)
    deploy(live, newer_sample_app)
    known_server.app.state.sent.clear()
    look_for_update(page)
    assert set(known_server.app.state.sent) == {"/app/sw.js", "/app/app.zip"}
    assert running_version(page) == before
    tap(page, "button", "Look again")
    wait_text(page, "Entries: 1.*update waiting")
    tap(page, "button", "Update now")
    wait_text(page, "Entries: 1.*up to date")
    assert running_version(page) != before
    wait_until(page, ONLY_ONE_VERSION)


def test_update_arrives_after_every_window_was_closed(known_phone: Phone, live: Path, newer_sample_app: Path) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    save_one_entry(page)
    before = running_version(page)
    deploy(live, newer_sample_app)
    look_for_update(page)
    known_phone.close()
    page = known_phone.open()
    wait_text(page, "Entries: 1")
    assert running_version(page) != before


def test_half_deployed_server_is_refused(
    known_phone: Phone, known_server: Served, live: Path, sample_app: Path, newer_sample_app: Path, tmp_path: Path
) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    before = running_version(page)
    half = shutil.copytree(newer_sample_app, tmp_path / "half")
    for name in ("app.zip", "app.zip.gz"):
        shutil.copyfile(sample_app / name, half / name)
    deploy(live, half)
    look_for_update(page)
    known_server.stop()
    page.reload()
    wait_text(page, "Entries: 0")
    assert running_version(page) == before


def test_a_broken_release_can_be_taken_back(
    known_phone: Phone, live: Path, sample_app: Path, broken_sample_app: Path
) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    save_one_entry(page)
    good = running_version(page)
    deploy(live, broken_sample_app)
    look_for_update(page)
    known_phone.close()
    page = known_phone.open()
    wait_dialog(page, "The diary could not open")
    assert running_version(page) != good
    deploy(live, sample_app)
    page.get_by_role("button", name="Try again").click()
    wait_text(page, "Entries: 1")
    assert running_version(page) == good


def test_failed_start_says_that_entries_are_safe(phone: Phone, live: Path, sample_app: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(sample_app, tmp_path / "broken")
    (broken / "app.zip").unlink()
    deploy(live, broken)
    phone.language = "da-DK"
    page = phone.open()
    wait_dialog(page, "Dagbogen kunne ikke åbnes")
    assert "Dine besvarelser er i sikkerhed på denne telefon" in page.get_by_role("alertdialog").inner_text()
    assert "app.zip: 404" in (page.locator("dialog details p").text_content() or "")
