"""What happens around the page reaches Python: the network, being looked at, a reminder that is tapped."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from server.db import contacts
from server.db.contacts import Contact
from server.db.engine import reading
from server.intake.presence import BY_REMINDER
from tests.browser.driving import Phone, Served, served, tap, wait_text, wait_until, wait_until_kept, web_app_server

pytestmark = pytest.mark.browser
LOOKED_AWAY = """hidden => {
    Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange')); }"""
SHOWN = """() => navigator.serviceWorker.ready.then(r => r.getNotifications())
    .then(all => all.map(one => `${one.title}: ${one.body}`).join())"""
TAKE_AWAY = """() => navigator.serviceWorker.ready.then(async r => {
    for (const one of await r.getNotifications()) one.close();
    while ((await r.getNotifications()).length) await new Promise(soon => setTimeout(soon, 20)); })"""
HEAR_OF_CLOSING = """() => { const close = Notification.prototype.close;
    Notification.prototype.close = function () { window.takenAway = this.body; close.call(this); }; }"""
LEFT = """async () => {
    const name = (await caches.keys()).find(name => name.startsWith('diary-standing'));
    const left = name && await (await caches.open(name)).match(new URL('./', document.baseURI).href);
    return left ? left.text() : null; }"""


def seen(page: Page, what: str) -> None:
    """Until Python says that it heard of it."""
    for _ in range(40):
        tap(page, "button", "Look again")
        text = wait_text(page, r"Seen: [^.]*\.")
        if what in text:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{what} was not heard: {text}")


@pytest.fixture(scope="module")
def opened(playwright: Playwright, sample_app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The window of the sample, opened once for all of this."""
    with served(web_app_server(sample_app)) as running:
        phone = Phone(playwright, tmp_path_factory.mktemp("profile"), running.url)
        page = phone.open()
        wait_text(page, "Entries: 0")
        wait_until_kept(page)
        page.context.grant_permissions(["notifications"])
        yield page
        phone.close()


def test_network_that_is_back_reaches_python(opened: Page) -> None:
    page = opened
    page.context.set_offline(True)
    page.context.set_offline(False)
    seen(page, "online")


def test_looking_away_and_back_reaches_the_app(opened: Page) -> None:
    page = opened
    page.evaluate(LOOKED_AWAY, True)
    page.evaluate(LOOKED_AWAY, False)
    seen(page, "hide")
    seen(page, "show")


def push(page: Page, text: str) -> str:
    """What is shown of what a push service would deliver; as such a service, the browser's tool may lose it on the way.

    It is delivered again until something is shown: the tag makes one reminder of several.
    """
    session, known = page.context.new_cdp_session(page), list[dict[str, Any]]()
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(50)
    message = {"origin": page.evaluate("() => origin"), "registrationId": known[0]["registrationId"], "data": text}
    for _ in range(6):
        session.send("ServiceWorker.deliverPushMessage", message)
        with suppress(AssertionError):
            return str(wait_until(page, SHOWN, within_ms=5_000))
    raise AssertionError("no reminder was shown")


def signs_of_life(page: Page, study: Served, device: str) -> list[Contact]:
    """What the server noted of reminders, once there is something."""
    for _ in range(100):
        with reading(study.app.state.services.engine) as connection:
            if noted := [one for one in contacts.of(connection, device) if BY_REMINDER in one.flags]:
                return noted
        page.wait_for_timeout(100)
    return []


def test_a_reminder_is_answered_with_a_sign_of_life(alices_phone: Phone, study: Served, code: str) -> None:
    page = alices_phone.open(f"/app/#enrol={code}")
    page.context.grant_permissions(["notifications"])
    tap(page, "button", "Begin")
    wait_until_kept(page)
    device = json.loads(wait_until(page, LEFT))["message"]["device"]
    assert (
        push(page, json.dumps({"title": "Dagbog", "words": "Your diary is waiting"})) == "Dagbog: Your diary is waiting"
    )
    assert {(one.complete, one.head_sequence) for one in signs_of_life(page, study, device)} == {(0, 0)}


@pytest.mark.parametrize("data", ["", "no reminder of ours", "{}", '{"title": 1}'])
def test_whatever_is_pushed_something_neutral_is_shown(opened: Page, data: str) -> None:
    opened.evaluate(TAKE_AWAY)
    assert push(opened, data) == "Diary: Time for the diary"


def test_a_reminder_is_gone_once_the_diary_is_looked_at(opened: Page) -> None:
    opened.evaluate(TAKE_AWAY)
    opened.evaluate(HEAR_OF_CLOSING)  # the browser lets them go by itself after a while
    opened.evaluate(LOOKED_AWAY, True)
    assert push(opened, json.dumps({"title": "Dagbog", "words": "Tid til dagbogen"})) == "Dagbog: Tid til dagbogen"
    assert opened.evaluate("() => window.takenAway") is None
    opened.evaluate(LOOKED_AWAY, False)
    assert wait_until(opened, "async () => window.takenAway") == "Tid til dagbogen"
