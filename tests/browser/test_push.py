"""A reminder's way: the browser's address reaches the server, the message reaches the browser, the tap the study.

No push service can be reached from a test, so the browser is given an address at one on loopback; what the server sends
there is decrypted with the key that a browser would have, and handed to the service worker by the debugging protocol.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from server.db import push_addresses
from server.db.engine import reading
from server.reminders.channel import Letter, Sent
from server.reminders.web_push import WebPush
from server.services import Services
from server.settings import Settings
from tests.browser.driving import Phone, Served, served
from tests.browser.test_waking import push
from tests.browser.visits import Visit
from tests.browser.whole_path import running_app, settings_of
from tests.conftest import ALICE
from tests.reminders.push_service import Browser, PushService

pytestmark = [pytest.mark.browser, pytest.mark.long]
#: It begins with an address that was made for another server's key, and keeps what it gives out.
GIVES_OUT = """address => {
    const bytes = (key) => Uint8Array.from(atob(key.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt());
    const given = (key) => ({ options: { applicationServerKey: key.buffer },
        unsubscribe: async () => { sessionStorage.setItem('given up', 'yes'); kept = null; },
        toJSON: () => { const { endpoint, ...keys } = address; return { endpoint, keys }; } });
    const asked = JSON.parse(sessionStorage.getItem('asked'));
    let kept = given(asked ? bytes(asked.applicationServerKey) : new Uint8Array(65));
    PushManager.prototype.getSubscription = async () => kept;
    PushManager.prototype.subscribe = async (options) => {
        sessionStorage.setItem('asked', JSON.stringify(options));
        sessionStorage.setItem('times', 1 + Number(sessionStorage.getItem('times')));
        return (kept = given(bytes(options.applicationServerKey)));
    }; }"""


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    yield service
    service.close()


@pytest.fixture
def settings(tmp_path: Path, diary_web_app: Path, service: PushService) -> Settings:
    return Settings(**{**settings_of(tmp_path, diary_web_app).model_dump(), "push_hosts": service.host})


@pytest.fixture
def study(settings: Settings, alices_visit: Visit, tmp_path: Path) -> Iterator[Served]:
    """The study's server after Alice has enrolled, which may now push to that service."""
    alices_visit.gone_on_in(tmp_path)
    with served(running_app(settings), alices_visit.port) as running:
        yield running


def services_of(study: Served) -> Services:
    found: Services = study.app.state.services
    return found


def kept_address(page: Page, services: Services) -> str:
    """What the server knows of where to push to, once it knows."""
    for _ in range(300):
        with reading(services.engine) as connection:
            found = push_addresses.of_active(connection, [ALICE])
        if found:
            return found[ALICE].said.model_dump_json()
        page.wait_for_timeout(100)
    raise AssertionError("the server heard of no address")


def forget_it(services: Services) -> None:
    """As a server that was restored."""
    services.writer.run(ALICE, lambda connection: push_addresses.forget(connection, [ALICE]))


def test_a_reminder_reaches_the_browser_that_allowed_it(
    playwright: Playwright, settings: Settings, study: Served, service: PushService, tmp_path: Path
) -> None:
    browser = Browser(service)
    phone = Phone(playwright, tmp_path / "profile", study.url)
    try:
        context = phone.start()
        context.grant_permissions(["notifications"])
        context.add_init_script(f"({GIVES_OUT})({browser.address.model_dump_json()})")
        page = phone.open()
        services = services_of(study)
        address = kept_address(page, services)
        asked = json.loads(page.evaluate("() => sessionStorage.getItem('asked')"))
        assert asked == {"userVisibleOnly": True, "applicationServerKey": services.push.public}
        assert page.evaluate("() => sessionStorage.getItem('given up')") == "yes"
        forget_it(services)
        page.reload()
        assert kept_address(page, services) == address
        assert page.evaluate("() => sessionStorage.getItem('times')") == "1"

        at = datetime.now(UTC)
        letter = Letter(address, "a" * 32, "Din dagbog venter", "", "Dagbog", at)
        with WebPush(settings, services.push).session() as session:
            assert isinstance(session.send(letter), Sent)
        ((_, _, body),) = service.taken
        assert push(page, json.dumps(browser.read(body))) == "Dagbog: Din dagbog venter"
    finally:
        phone.close()
