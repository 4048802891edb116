"""A coordinator and Alice's phone behind a proxy, each in a real Chromium."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from diary_app.core.environment import SystemEnvironment
from server.db.engine import reading
from server.db.export_rows import entries_of
from server.services import open_services
from tests.browser.driving import FLAGS, PHONE, Phone, find_chromium, tap, wait_text, wait_until_kept
from tests.browser.logging_in import log_in
from tests.browser.whole_path import ALICE, ANSWERS, enrol, fill_in, open_with_pin
from tests.deploy.behind import COORDINATOR, Behind, aside

PROTOCOL = "performance.getEntriesByType('navigation')[0].nextHopProtocol"


@contextmanager
def chromium(behind: Behind) -> Iterator[tuple[Playwright, list[str]]]:
    """What starts one, and the flags with which it trusts our certificate as it would any other."""
    with sync_playwright() as playwright:
        yield playwright, [*FLAGS, f"--ignore-certificate-errors-spki-list={behind.proxy.certificate.pin}"]


def a_coordinator_logs_in(behind: Behind) -> str:
    """The pages come with their styles and scripts over HTTP/2 or later, and nothing is refused."""
    with chromium(behind) as (playwright, flags):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        page = browser.new_page()
        errors = heard(page)
        log_in(page, behind.proxy.origin, COORDINATOR)
        protocol = str(page.evaluate(PROTOCOL))
        assert protocol in ("h2", "h3"), protocol
        for path in ("/console/", "/console/rescue", "/console/calls"):
            answer = page.goto(behind.proxy.origin + path)
            assert answer is not None
            assert answer.status == 200, (path, answer.status)
        cookies = page.context.cookies()
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies), cookies
        behind.secrets.update(cookie["value"] for cookie in cookies if len(cookie["value"]) > 20)
        assert not errors, errors
        browser.close()
    return protocol


def heard(page: Page) -> list[str]:
    """What goes wrong on a page from now on."""
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("response", lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    return errors


def a_phone_enrols_and_its_evening_arrives(behind: Behind) -> str:
    """Link, PIN, an evening; saved while the server is away, sent by itself when it is back, and stored once."""
    (server,) = behind.servers
    with chromium(behind) as (playwright, flags), tempfile.TemporaryDirectory() as profile:
        phone = Phone(playwright, Path(profile), behind.proxy.origin)
        phone.context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(),
            viewport={"width": PHONE["width"], "height": PHONE["height"]},
            args=flags,
            locale=phone.language,
        )
        try:
            page = enrol(phone, behind.code)
            tap(page, "button", "Fill in the diary")
            wait_until_kept(page)
            fill_in(page, ANSWERS)
            unexpected = [error for error in phone.errors if not re.search("50[0-9]", error)]
            server.stop()
            tap(page, "button", "Save")
            wait_text(page, "Saved on this phone")
            server.start()
            server.wait_ready()
            page.reload()
            open_with_pin(page)
            wait_text(page, "Received by the study", timeout=120_000)
            assert phone.off_origin == [], phone.off_origin
            assert not unexpected, unexpected
        finally:
            phone.context.close()
    stored = aside(lambda: revisions(behind))
    assert stored == [1], stored
    return "stored once"


def revisions(behind: Behind) -> list[int]:
    """Of Alice's entries, as the server holds them."""
    services = open_services(behind.settings, SystemEnvironment())
    try:
        with reading(services.engine) as connection:
            return sorted(entry.version.body.revision for entry in entries_of(connection, ALICE))
    finally:
        services.close()


IN_A_BROWSER: tuple[Callable[[Behind], str], ...] = (a_coordinator_logs_in, a_phone_enrols_and_its_evening_arrives)
