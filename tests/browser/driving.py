"""Drives a Flet page by accessible role and name, and serves what it needs."""

import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from playwright.sync_api import BrowserContext, Page, Playwright
from playwright.sync_api import Error as PlaywrightError

from server.webapp import mount_web_app

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "No Chromium was found on the PATH. Install it with: sudo apt-get install --yes chromium"
WORDS = "() => (document.querySelector('flt-semantics-host') ?? document.body)?.innerText"
PHONE = {"width": 412, "height": 915}
#: The last one saves a quarter of what a start costs. WebAssembly means the same from each of V8's two compilers: every
#: function begins with the quick one, on phones too, and the other compiles again what runs often, for those who stay.
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--js-flags=--liftoff-only",
)  # fmt: skip


#: A frame of the browser is over, and with it what scripts do when sizes have changed.
DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)))"


def find_chromium() -> str:
    """Path of the browser on this machine; says how to get one otherwise."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    assert found is not None, MISSING
    return found


@dataclass
class Served:
    """A server in a thread on a port of its own, which a test may stop and start again."""

    app: FastAPI
    port: int
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, each time at the same port."""
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive(), "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """Close every connection and wait for the end."""
        if self.server is None or self.thread is None:
            return
        self.server.should_exit = True
        self.thread.join()
        self.server = None


def held_port() -> socket.socket:
    """A port that nobody else gets for as long as this is open, also while its server is away: bound, and silent."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[Served]:
    """An app on loopback for the length of a test, on any port or on that one, which somebody holds."""
    with held_port() as held:
        running = Served(app, port or held.getsockname()[1])
        running.start()
        try:
            yield running
        finally:
            running.stop()


def web_app_server(folder: Path) -> FastAPI:
    """Nothing but a built web app; `app.state.sent` lists the paths whose bytes went out."""
    app = FastAPI()
    app.state.sent = []

    @app.middleware("http")
    async def note(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        if response.status_code == 200:
            app.state.sent.append(request.url.path)
        return response

    mount_web_app(app, folder)
    return app


@dataclass
class Phone:
    """A browser profile the size of a phone; remembers what went wrong and what was asked of other origins."""

    playwright: Playwright
    profile: Path
    origin: str
    language: str = "en-GB"
    context: BrowserContext | None = None
    off_origin: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "/app/") -> Page:
        """A window at an address of the server; the browser is started when it is not running."""
        page = self.start().new_page()
        page.on("request", lambda request: self.note_request(request.url))
        page.on("console", lambda message: self.note_console(message.type, message.text))
        page.on("response", lambda response: self.note_answer(response.status, response.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(self.origin + path)
        return page

    def start(self) -> BrowserContext:
        """The browser, started when it is not running."""
        if self.context is None:
            self.context = self.playwright.chromium.launch_persistent_context(
                self.profile,
                executable_path=find_chromium(),
                viewport=PHONE,
                args=list(FLAGS),
                locale=self.language,
                # As people may ask for: else a bar is painted sixty times a second while Python loads.
                reduced_motion="reduce",
            )
        return self.context

    def note_request(self, url: str) -> None:
        if not url.startswith((self.origin, "blob:", "data:")):
            self.off_origin.append(url)

    def note_answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.errors.append(f"{status} {url}")

    def note_console(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(text)

    def close(self) -> None:
        """End the browser; what it keeps on disk stays in the profile."""
        if self.context is not None:
            self.tell_what_is_shown()
            self.context.close()
            self.context = None

    def kill(self) -> None:
        """Every process of the browser at once, as when a battery falls out."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if str(self.profile) in (folder / "cmdline").read_text():
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue  # it had ended by itself
        self.context = None

    def tell_what_is_shown(self) -> None:
        """The words on each page: pytest prints them beside a failure, and nowhere else."""
        for page in self.context.pages if self.context else []:
            with suppress(PlaywrightError):
                sys.stdout.write(f"{page.url} shows: {page.evaluate(WORDS)!r}\n")
        sys.stdout.write(f"errors: {self.errors}\n")


def tap(page: Page, role: str, name: str, exact: bool = True) -> None:
    """Click by accessible name on the node itself: a mouse click can land on an overlapping one.

    A button that is still disabled is waited for: the answer before it may be on its way to Python.
    """
    node = page.get_by_role(role, name=name, exact=exact, disabled=False).first  # type: ignore[arg-type]
    node.wait_for(state="attached", timeout=20_000)
    node.evaluate("node => node.click()")


def wait_text(page: Page, pattern: str, timeout: float = 60_000) -> str:
    """Wait until the accessibility tree's text matches a regular expression; the match, read in the same tick."""
    script = (
        "pattern => (new RegExp(pattern).exec(document.querySelector('flt-semantics-host')?.innerText || '') || [])[0]"
    )
    return str(page.wait_for_function(script, arg=pattern, polling=50, timeout=timeout).json_value())


def drawn(page: Page) -> None:
    """Until the browser has painted what was asked of it so far."""
    page.evaluate(DRAWN)


def wait_until(page: Page, script: str, within_ms: int = 30_000) -> Any:
    """Wait until an asynchronous script gives something; Playwright's own wait takes the promise for an answer."""
    for _ in range(within_ms // 100):
        if found := page.evaluate(script):
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"nothing came of {script}")


def wait_dialog(page: Page, title: str) -> None:
    """Wait for the page's own dialog with that title."""
    page.get_by_role("alertdialog", name=title).wait_for(timeout=30_000)


def look_for_update(page: Page) -> None:
    """Ask the server for a newer version and wait until it is downloaded or refused.

    It is asked twice: the first answer may be that to a question which the page asked before, as it does at its start.
    """
    script = (
        "() => navigator.serviceWorker.getRegistration().then(async registration => {"
        "await registration.update(); await registration.update(); const incoming = registration.installing;"
        "while (incoming?.state === 'installing') await new Promise(resolve => setTimeout(resolve, 50)); })"
    )
    page.evaluate(script)


def wait_until_kept(page: Page) -> None:
    """Until the service worker has the whole app for use without a network."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null", polling=50)


def running_version(page: Page) -> str:
    """The version of the service worker that answers this page."""
    script = (
        "() => new Promise(resolve => { const channel = new MessageChannel();"
        "channel.port1.onmessage = event => resolve(event.data);"
        "navigator.serviceWorker.controller.postMessage('version', [channel.port2]); })"
    )
    return str(page.evaluate(script))
