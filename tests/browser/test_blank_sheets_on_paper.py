"""Blank sheets as a printer gets them: one evening a page of A4, and nothing of the console around it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page

from server.access.roles import Role
from server.app import create_app
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.browser.driving import Served, served
from tests.browser.logging_in import log_in
from tests.conftest import ALICE
from tests.console import staged
from tests.server.handset import ready

pytestmark = [pytest.mark.browser, pytest.mark.long]
MORNING = datetime(2026, 11, 22, 7, 2, tzinfo=UTC)
A_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
A_BOX = re.compile(rb"/MediaBox\s*\[([^\]]+)\]")
#: What is seen on paper, but for the sheets and what holds them.
BESIDE_THE_SHEETS = """() => [...document.body.querySelectorAll('*')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && !one.closest('.blank-sheet') && !one.querySelector('.blank-sheet');
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Alice, whose hours are known, and Carol, who prints for her."""
    settings, clock = Settings(var_folder=tmp_path_factory.mktemp("console")), SimulatedEnvironment(MORNING)
    services = open_services(settings, clock)
    ready(services, ALICE)
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    services.close()
    with served(create_app(settings, clock, clockwork=False)) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, console: Served) -> Iterator[Page]:
    page = browser.new_page()
    log_in(page, console.url, "carol")
    yield page
    page.close()


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(("evenings", "whose"), [(1, ""), (14, f"&participant={ALICE}&first=2026-11-23")])
def test_each_evening_is_one_page_of_a4(page: Page, console: Served, language: str, evenings: int, whose: str) -> None:
    page.goto(f"{console.url}/console/paper/blank?language={language}&evenings={evenings}{whose}")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(A_PAGE.findall(printed)) == evenings
    sizes = {tuple(round(float(one)) for one in box.split()) for box in A_BOX.findall(printed)}
    assert sizes <= {(0, 0, 595, 842), (0, 0, 596, 842)}


def test_nothing_but_the_sheet_is_printed(page: Page, console: Served) -> None:
    page.goto(f"{console.url}/console/paper/blank?language=da&evenings=1&participant={ALICE}")
    page.emulate_media(media="print")
    assert page.evaluate(BESIDE_THE_SHEETS) == []
    assert page.locator(".blank-sheet .box").first.is_visible()
    page.emulate_media(media="screen")
