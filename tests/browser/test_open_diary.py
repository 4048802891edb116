"""What reaches an open diary from outside: a tap on a reminder, and the clock of another time zone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, Playwright, Worker

from diary_app.core.records import REMINDER_OPENED, RecordKind
from tests.browser.driving import Phone, Served, served, tap, wait_text
from tests.browser.test_waking import LOOKED_AWAY
from tests.browser.visits import Visit, come_back
from tests.browser.whole_path import (
    expected_days,
    open_with_pin,
    records,
    running_app,
    settings_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.long]
AWAY, FARTHER = "America/St_Johns", "Pacific/Marquesas"  # half past when it is the full hour in the diary's zone
THE_OPEN_ONE = "the window that is open"
LISTEN = "() => navigator.serviceWorker.addEventListener('message', ({ data }) => { window.heard = data; })"
#: A browser without a screen shows no reminder to tap on, so the event is made in the service worker. Only a finger
#: lets that open a window or bring one to the front: which one is noted instead. What it waits for is waited for here.
TAPPED = """async () => {
    await self.registration.showNotification('Diary', { tag: 'reminder' });
    const [notification] = await self.registration.getNotifications();
    const asked = [], event = new NotificationEvent('notificationclick', { notification });
    self.clients.openWindow = async (address) => void asked.push(address);
    WindowClient.prototype.focus = async () => void asked.push('the window that is open');
    let done;
    event.waitUntil = (promise) => (done = promise);
    self.dispatchEvent(event);
    await done;
    return [asked, (await self.registration.getNotifications()).length]; }"""


@pytest.fixture(scope="module")
def diary(
    playwright: Playwright, alices_visit: Visit, diary_web_app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, Served]]:
    """Alice's, opened once for all of this; her phone shows the diary's own time."""
    folder = tmp_path_factory.mktemp("study")
    alices_visit.gone_on_in(folder)
    with served(running_app(settings_of(folder, diary_web_app)), alices_visit.port) as server:
        phone = Phone(playwright, folder / "profile", server.url)
        page = come_back(phone)
        page.context.grant_permissions(["notifications"])
        yield phone, server
        phone.close()


@pytest.fixture
def page(diary: tuple[Phone, Served]) -> Page:
    """The window in which the diary is."""
    phone, _ = diary
    assert phone.context is not None
    return phone.context.pages[-1]


def tap_a_reminder(page: Page) -> list[str]:
    """Which windows are asked for."""
    workers: list[Worker] = page.context.service_workers
    asked, left = workers[0].evaluate(TAPPED)
    assert left == 0, "the reminder is gone"
    return [str(window) for window in asked]


def travel_to(page: Page, zone: str, session: CDPSession) -> None:
    """The phone's clock shows the time of another zone, and Alice looks at it again."""
    session.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
    page.evaluate(LOOKED_AWAY, True)
    page.evaluate(LOOKED_AWAY, False)


def confirmed(study: Served) -> list[str]:
    """The zones that the study was told of."""
    return [str(record.body["zone"]) for record in records(study.app, RecordKind.ZONE)]


def test_another_time_zone_is_asked_about_and_the_answer_reaches_the_study(
    page: Page, diary: tuple[Phone, Served]
) -> None:
    _, study = diary
    session = page.context.new_cdp_session(page)
    travel_to(page, expected_days(study.app)[0].zone, session)
    page.get_by_role("button", name="Follow the phone's time").wait_for(state="detached")
    travel_to(page, FARTHER, session)
    tap(page, "button", "Keep the diary's time")
    page.get_by_role("button", name="Keep the diary's time").wait_for(state="detached")
    page.reload()
    open_with_pin(page)
    wait_text(page, "Tonight's diary|The diary for")
    assert page.get_by_role("button", name="Keep the diary's time").count() == 0

    travel_to(page, AWAY, session)
    wait_text(page, "Shall the diary follow the phone")
    assert confirmed(study) == []
    tap(page, "button", "Follow the phone's time")
    page.get_by_role("button", name="Follow the phone's time").wait_for(state="detached")
    for _ in range(300):
        if confirmed(study):
            break
        page.wait_for_timeout(100)
    assert confirmed(study) == [AWAY]
    assert expected_days(study.app)[-1].zone == AWAY


def taps_told(page: Page, study: Served, count: int) -> int:
    """How many taps on reminders the study was told of, once there are so many."""
    for _ in range(300):
        told = [one for one in records(study.app, RecordKind.APP_EVENT) if one.body["what"] == REMINDER_OPENED]
        if len(told) >= count:
            break
        page.wait_for_timeout(100)
    return len(told)


def test_a_tapped_reminder_leads_to_today_but_never_away_from_a_question(
    page: Page, diary: tuple[Phone, Served]
) -> None:
    tap(page, "button", "History")
    wait_text(page, "Your evenings")
    assert tap_a_reminder(page) == [THE_OPEN_ONE]
    wait_text(page, "Tonight's diary|The diary for")
    assert taps_told(page, diary[1], 1) == 1

    tap(page, "button", "Fill in the diary")
    wait_text(page, "1 of 6")
    page.evaluate(LISTEN)
    assert tap_a_reminder(page) == [THE_OPEN_ONE]
    page.wait_for_function("() => window.heard === 'show-today'")
    tap(page, "radio", "7")
    tap(page, "button", "Next")
    wait_text(page, "2 of 6")


def test_a_tapped_reminder_opens_the_diary_when_it_is_closed(page: Page, diary: tuple[Phone, Served]) -> None:
    phone, study = diary
    told = taps_told(page, study, 2)
    elsewhere = page.context.new_page()
    page.close()
    (address,) = tap_a_reminder(elsewhere)
    assert address == f"{phone.origin}/app/#reminder"
    page = phone.open(address.removeprefix(phone.origin))
    open_with_pin(page)
    wait_text(page, "Tonight's diary|The diary for")
    assert taps_told(page, study, told + 1) == told + 1
    page.reload()
    open_with_pin(page)
    wait_text(page, "Tonight's diary|The diary for")
    assert taps_told(page, study, told + 1) == told + 1
