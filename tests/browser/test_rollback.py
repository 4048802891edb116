"""A release that does not start traps nobody: the version before is kept, offered, and left for a repaired one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.driving import (
    Phone,
    look_for_update,
    running_version,
    served,
    tap,
    wait_dialog,
    wait_text,
    web_app_server,
)
from tests.browser.test_update_and_tabs import deploy, save_one_entry
from tests.browser.visits import Visit

pytestmark = [pytest.mark.browser, pytest.mark.long]
OFFER = "The newest version of the diary did not open"
#: Two are counted. One more where the browser swaps versions in the middle of the first: the older one served its page.
FAILED_STARTS = (2, 3)


@pytest.fixture(scope="module")
def last_visit(
    playwright: Playwright,
    sample_visit: Visit,
    sample_app: Path,
    broken_sample_app: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Visit:
    """One entry was saved, the broken release has taken over, and it has failed until the offer came."""
    folder = tmp_path_factory.mktemp("stuck")
    sample_visit.gone_on_in(folder)
    live = folder / "live"
    live.symlink_to(sample_app)
    with served(web_app_server(live), sample_visit.port) as running:
        phone = Phone(playwright, folder / "profile", running.url)
        page = phone.open()
        wait_text(page, "Entries: 0")
        save_one_entry(page)
        deploy(live, broken_sample_app)
        look_for_update(page)
        phone.close()
        page = phone.open()
        assert fail_until_offered(page) in FAILED_STARTS
        phone.close()
    return Visit(folder, sample_visit.held)


@pytest.fixture
def live(tmp_path: Path, last_visit: Visit) -> Path:
    """What the server shows: still the broken release."""
    last_visit.gone_on_in(tmp_path)
    return tmp_path / "live"


@pytest.fixture
def phone(playwright: Playwright, live: Path, last_visit: Visit, tmp_path: Path) -> Iterator[Phone]:
    """Beside which the server runs."""
    with served(web_app_server(live), last_visit.port) as running:
        alices = Phone(playwright, tmp_path / "profile", running.url)
        yield alices
        alices.close()


@pytest.fixture
def stuck(phone: Phone) -> Page:
    """Opened once more, it goes on offering."""
    page = phone.open()
    page.get_by_role("heading", name=OFFER).wait_for()
    return page


def fail_until_offered(page: Page) -> int:
    """Try again for as long as the release just fails; how many starts that took."""
    offer = page.get_by_role("heading", name=OFFER)
    failure = page.get_by_role("alertdialog", name="The diary could not open")
    for failed in range(max(FAILED_STARTS) + 1):
        offer.or_(failure).wait_for()
        if offer.is_visible():
            return failed
        with page.expect_navigation():  # it first asks the server for a repaired release
            page.get_by_role("button", name="Try again").click()
    return max(FAILED_STARTS) + 1


def test_version_before_is_offered_and_keeps_every_entry(
    stuck: Page, phone: Phone, live: Path, newer_sample_app: Path
) -> None:
    stuck.get_by_role("link", name="Use the version before").click()
    wait_text(stuck, "Entries: 1")
    before = running_version(stuck)
    stuck.reload()
    wait_text(stuck, "Entries: 1")
    deploy(live, newer_sample_app)
    look_for_update(stuck)
    phone.close()
    page = phone.open()
    wait_text(page, "Entries: 1")
    assert running_version(page) != before


def test_newest_may_try_again_and_is_not_forced_on_anybody(stuck: Page) -> None:
    stuck.get_by_role("link", name="Try the newest again").click()
    wait_dialog(stuck, "The diary could not open")
    stuck.get_by_role("button", name="Try again").click()
    stuck.get_by_role("link", name="Use the version before").click()
    wait_text(stuck, "Entries: 1")
    tap(stuck, "button", "Update now")
    wait_dialog(stuck, "The diary could not open")


def test_offer_fits_a_narrow_screen_and_large_targets(stuck: Page) -> None:
    stuck.set_viewport_size({"width": 320, "height": 640})
    assert stuck.evaluate("() => document.documentElement.scrollWidth") <= 320
    for link in stuck.get_by_role("link").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 48
    expect(stuck).to_have_title("Diary")
