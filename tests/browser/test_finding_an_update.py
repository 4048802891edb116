"""Asked for a newer version, the page looks on the server and says whether there is one to change to."""

from pathlib import Path

import pytest

from tests.browser.driving import Phone, Served, wait_text
from tests.browser.test_update_and_tabs import deploy

pytestmark = [pytest.mark.browser, pytest.mark.long]
FIND = "() => PAGE_CAN.lookForUpdate()"


def test_a_newer_version_is_found_when_it_is_there(known_phone: Phone, live: Path, newer_sample_app: Path) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    assert page.evaluate(FIND) is False
    deploy(live, newer_sample_app)
    assert page.evaluate(FIND) is True


def test_without_a_network_none_is_found_and_nothing_breaks(known_phone: Phone, known_server: Served) -> None:
    page = known_phone.open()
    wait_text(page, "Entries: 0")
    known_server.stop()
    assert page.evaluate(FIND) is False
    assert known_phone.errors == []
