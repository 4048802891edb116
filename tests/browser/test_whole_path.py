"""The whole path in a real browser: code, diary, offline, reload, back online, arrived once."""

import pytest

from tests.browser.driving import Phone, Served, tap, wait_text, wait_until_kept
from tests.browser.test_waking import LOOKED_AWAY
from tests.browser.whole_path import ANSWERS, change_the_first_answer, enrol, fill_in, open_with_pin, received

pytestmark = pytest.mark.browser


def test_an_evening_saved_offline_survives_and_arrives_once(alices_phone: Phone, study: Served, code: str) -> None:
    page = enrol(alices_phone, code)
    assert page.locator("dialog.door").count() == 0
    tap(page, "button", "Fill in the diary")
    wait_until_kept(page)
    fill_in(page, ANSWERS)
    study.stop()
    tap(page, "button", "Save")
    wait_text(page, "Saved on this phone")
    page.reload()
    open_with_pin(page)
    wait_text(page, "Saved on this phone")

    tap(page, "button", "Change the answers", exact=False)
    change_the_first_answer(page, "8")
    wait_text(page, "Saved on this phone")

    study.start()
    page.evaluate(LOOKED_AWAY, True)  # else the phone, which has failed a few times, tries again within minutes
    page.evaluate(LOOKED_AWAY, False)
    wait_text(page, "Received by the study", timeout=120_000)
    entries = received(study.app)
    assert sorted(entry.version.body.revision for entry in entries) == [1, 2]
    page.reload()
    open_with_pin(page)
    wait_text(page, "Received by the study")
    assert len(received(study.app)) == len(entries)
    assert alices_phone.off_origin == []
