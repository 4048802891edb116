"""An investigator takes the site's data out in a real browser: asks, watches, downloads, and checks what has come."""

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from server.access.roles import Role
from server.app import create_app
from server.export.checking import check
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import Served, served
from tests.browser.logging_in import log_in
from tests.console import kept, staged

pytestmark = pytest.mark.browser
MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
PROGRESS = "**/console/exports/*/progress"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A participant who has kept the diary for six weeks; Ines is the investigator."""
    settings = Settings(var_folder=tmp_path_factory.mktemp("console"))
    clock = SimulatedEnvironment(kept.begin(MORNING))
    services = open_services(settings, clock)
    kept.keep(services, MORNING)
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Krogh", language="da")
    services.close()
    clock.advance(minutes=10)
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running


@pytest.mark.parametrize("scripts", [True, False])
def test_a_bundle_is_asked_for_watched_and_taken_home(
    browser: Browser, console: Served, tmp_path: Path, scripts: bool
) -> None:
    context = browser.new_context(locale="da-DK", java_script_enabled=scripts, accept_downloads=True)
    page = context.new_page()
    log_in(page, console.url, "ines")
    page.get_by_role("link", name="Eksport", exact=True).click()
    page.locator("input[name=cut][value=final]").check()
    page.route(PROGRESS, lambda _route: None)  # however quick the server is, what is said first is read first
    page.get_by_role("button", name="Lav pakken").click()
    expect(page.get_by_role("status").first).to_contain_text("Den er ved at blive lavet")
    first = page.locator(".bundles li").first
    page.unroute(PROGRESS)
    if scripts:  # the page goes on by itself
        expect(first.get_by_role("link", name="Hent")).to_be_visible(timeout=60_000)
    else:
        to_watch = page.get_by_role("link", name="Se, hvor langt den er")
        for _ in range(120):
            first.get_by_role("link", name="Hent").or_(to_watch).first.wait_for()  # the page may still be coming
            if not to_watch.count():
                break
            page.wait_for_timeout(500)
            to_watch.click()
    with page.expect_download() as arriving:
        first.get_by_role("link", name="Hent").click()
    file = tmp_path / arriving.value.suggested_filename
    arriving.value.save_as(file)
    assert file.name.startswith("xerodiary-copenhagen-final-")
    shown = first.locator("code").first.inner_text()
    assert shown == hashlib.sha256(file.read_bytes()).hexdigest()
    with zipfile.ZipFile(file) as bundle:
        bundle.extractall(tmp_path / "bundle")
    assert check(tmp_path / "bundle").flaws == []
    assert (tmp_path / "bundle" / "README.html").exists()
    page.goto(f"{console.url}/console/exports")
    expect(page.get_by_role("table")).to_contain_text("Ines Krogh")
    context.close()
