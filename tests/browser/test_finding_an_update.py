"""Asked for a newer version, the page looks on the server and says whether there is one to change to."""

from pathlib import Path

import pytest

from tests.browser.driving import Phone, Served, wait_text, wait_until_kept

pytestmark = pytest.mark.browser
FIND = "() => PAGE_CAN.lookForUpdate()"


def test_a_newer_version_is_found_when_it_is_there(phone: Phone, live: Path, newer_sample_app: Path) -> None:
    page = phone.open()
    wait_text(page, "Entries: 0")
    wait_until_kept(page)
    assert page.evaluate(FIND) is False
    live.unlink()
    live.symlink_to(newer_sample_app)
    assert page.evaluate(FIND) is True


def test_without_a_network_none_is_found_and_nothing_breaks(phone: Phone, server: Served) -> None:
    page = phone.open()
    wait_text(page, "Entries: 0")
    wait_until_kept(page)
    server.stop()
    assert page.evaluate(FIND) is False
    assert phone.errors == []
