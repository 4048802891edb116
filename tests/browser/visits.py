"""Visits that are over: what a phone and its server kept of one, from which any number of tests may go on.

The first visit is what costs: everything is downloaded, checked and kept, and a person enrols. Tests that promise
nothing about it begin with a copy of the profile and of the server's folder, as a phone begins every later evening.
"""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, Playwright

from tests.browser.driving import Phone, held_port, served, wait_text, wait_until, wait_until_kept, web_app_server
from tests.browser.whole_path import code_for_alice, enrol, open_with_pin, running_app, settings_of

#: The page has told the service worker that this version works here.
IS_PROVEN = """async () => {
    const kept = await caches.open((await caches.keys()).find(name => name.startsWith('diary-files')));
    const standing = await kept.match(new URL('__standing', document.baseURI).href);
    return standing !== undefined && (await standing.json()).proven !== null; }"""


@dataclass(frozen=True)
class Visit:
    """Everything that was kept, and the port at which phone and server find each other again, held for them."""

    folder: Path
    held: socket.socket

    @property
    def port(self) -> int:
        return int(self.held.getsockname()[1])

    def gone_on_in(self, folder: Path) -> None:
        """Copy what was kept."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, symlinks=True)


def visit_to_the_sample(playwright: Playwright, folder: Path, sample_app: Path) -> Visit:
    """The sample was opened once, and nothing was entered."""
    held = held_port()
    with served(web_app_server(sample_app), held.getsockname()[1]) as running:
        phone = Phone(playwright, folder / "profile", running.url)
        page = phone.open()
        wait_text(page, "Entries: 0")
        leave(phone, page)
        return Visit(folder, held)


def visit_of_alice(playwright: Playwright, folder: Path, diary_web_app: Path) -> Visit:
    """Alice enrolled: Today is on the screen, and the evening's diary is open."""
    settings = settings_of(folder, diary_web_app)
    code = code_for_alice(settings)
    held = held_port()
    with served(running_app(settings), held.getsockname()[1]) as running:
        phone = Phone(playwright, folder / "profile", running.url)
        page = enrol(phone, code)
        wait_text(page, "Fill in the diary")
        leave(phone, page)
        return Visit(folder, held)


def leave(phone: Phone, page: Page) -> None:
    """Once the whole app is kept and known to work."""
    wait_until_kept(page)
    wait_until(page, IS_PROVEN)
    phone.close()


def come_back(phone: Phone) -> Page:
    """Alice opens her diary with her PIN, and Today is on the screen."""
    page = phone.open()
    open_with_pin(page)
    wait_text(page, "Fill in the diary")
    return page
