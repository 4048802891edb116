"""The web app beside a Flet hello-world made by the same builder: bytes, time to the first screen, saving, memory.

The hello-world is the floor of bytes and time: what is above it is ours. An empty diary is the floor of memory after
a year. Saving has no floor but the file: its figure stands beside the target of 100 ms. A phone is one with a PIN: the
page asks for it before Python is there, and Today follows when both are. A first visit is greeted by the page, which
takes the code; the app behind it is what the code waits for, and has a figure of its own. Both are measured on
loopback, where computing is all there is, and over a line such as a phone has.
"""

import asyncio
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from server.bench.chromium import PATIENCE_MS, browser_with, first_screens_ms, fresh_browser, mark_ms, memory_mb
from server.bench.figures import Figure, beside
from server.webapp import mount_web_app

HELLO = b"""\
import flet as ft


def main(page: ft.Page) -> None:
    page.title = "Hello"
    page.add(ft.Text("Hello, world"))


ft.run(main)
"""
A_YEAR = 365
PIN = "2580"  # as in `simulate/year_in_browser.py`
SAVE_TARGET_MS = 100.0
SETTLE_MS = 4000
LINE_MBIT_S = 20
IS_KEPT = "() => navigator.serviceWorker.controller !== null"
DOOR_IS_LEFT = "() => localStorage.getItem('diary-door') !== null"
DOOR_IS_OPEN = "() => document.querySelector('dialog.door') === null && performance.now()"
SAVED = "() => /saved .*ms/.exec(document.querySelector('flt-semantics-host')?.innerText || '')?.[0]"


@dataclass(frozen=True)
class Built:
    """One web app on disk, and its sizes in bytes."""

    folder: Path
    raw: int
    gzip: int
    brotli: int | None
    app: int


@dataclass(frozen=True)
class Apps:
    """What is measured: the floor, the diary, and the program that fills the diary with a year."""

    hello: Built
    diary: Built
    year: Built


@dataclass(frozen=True)
class Visit:
    """One fresh browser: a first visit, up to its first screen and to the app; then a reload from what it kept."""

    cold_ms: float
    app_ms: float
    kept_ms: float
    sent_bytes: int


@dataclass(frozen=True)
class Phone:
    """One diary behind a PIN: saving (p95), the start from cache up to the PIN and on to Today, memory there."""

    save_ms: float
    pin_screen_ms: float
    today_ms: float
    memory_mb: float


def measure(apps: Apps, runs: int) -> list[Figure]:
    """Everything about the web app. Raises `CommandRefused` where a tool is missing."""
    pairs = [(visit(apps.diary), visit(apps.hello)) for _ in range(runs)]  # in turn: the machine changes its mind
    filled, empty = diary_with(apps, A_YEAR), diary_with(apps, 0)

    def visits(name: str, unit: str, take: Callable[[Visit], float]) -> Figure:
        return beside(name, unit, [take(ours) for ours, _ in pairs], [take(floor) for _, floor in pairs])

    over_line = [(first_visit_over_line(apps.diary), first_visit_over_line(apps.hello)) for _ in range(runs)]

    def line(name: str, at: int) -> Figure:
        name = f"over {LINE_MBIT_S} Mbit/s, {name}"
        return beside(name, "s", [ours[at] / 1e3 for ours, _ in over_line], [floor[at] / 1e3 for _, floor in over_line])

    floor_kept_s = [floor.kept_ms / 1e3 for _, floor in pairs]
    return [
        *sizes(apps.diary, apps.hello),
        visits("first visit, sent", "MB", lambda one: one.sent_bytes / 1e6),
        visits("first visit, first screen", "s", lambda one: one.cold_ms / 1e3),
        visits("first visit, app behind it", "s", lambda one: one.app_ms / 1e3),
        line("first screen", 0),
        line("app behind it", 1),
        visits("from cache, first screen", "s", lambda one: one.kept_ms / 1e3),
        beside("from cache, PIN screen", "s", [filled.pin_screen_ms / 1e3], floor_kept_s),
        beside("from cache, Today after a year", "s", [filled.today_ms / 1e3], floor_kept_s),
        beside("saving an entry, p95, of 100 ms", "ms", [filled.save_ms], [SAVE_TARGET_MS]),
        beside("memory after a year of entries", "MB", [filled.memory_mb], [empty.memory_mb]),
    ]


def sizes(diary: Built, hello: Built) -> list[Figure]:
    """What is on the server, as it is and compressed."""
    found = [
        beside("web app, raw", "MB", [diary.raw / 1e6], [hello.raw / 1e6]),
        beside("web app, gzip", "MB", [diary.gzip / 1e6], [hello.gzip / 1e6]),
        beside("app alone, raw", "kB", [diary.app / 1e3], [hello.app / 1e3]),
    ]
    if diary.brotli and hello.brotli:
        found.append(beside("web app, brotli", "MB", [diary.brotli / 1e6], [hello.brotli / 1e6]))
    return found


def visit(app: Built) -> Visit:
    """Visit with an empty profile, wait until everything is kept, then start again from the cache."""
    with serving(app.folder) as served, fresh_browser() as browser:
        page = browser.new_page()
        page.goto(served.address)
        cold, app_up = first_screens_ms(page)
        page.wait_for_function(IS_KEPT, polling=50, timeout=PATIENCE_MS)
        sent = served.line.sent_bytes
        page.reload()
        return Visit(cold, app_up, first_screens_ms(page)[0], sent)


def first_visit_over_line(app: Built) -> tuple[float, float]:
    """Milliseconds until the first screen and until the app, with an empty profile and over the line."""
    with serving(app.folder, LINE_MBIT_S) as served, fresh_browser() as browser:
        page = browser.new_page()
        page.goto(served.address)
        return first_screens_ms(page)


def diary_with(apps: Apps, evenings: int) -> Phone:
    """Fill a browser with so many evenings, then open the diary itself on the same files, and again from its cache."""
    with serving(apps.year.folder) as served, tempfile.TemporaryDirectory() as profile:
        with browser_with(Path(profile), keeps_app=False) as browser:
            page = browser.new_page()
            page.goto(f"{served.address}#enrol={evenings}")  # the program's only way to hear how many
            saved = str(page.wait_for_function(SAVED, polling=100, timeout=PATIENCE_MS).json_value())
        served.show(apps.diary.folder)
        with browser_with(Path(profile)) as browser:
            page = browser.new_page()
            page.goto(served.address)
            page.wait_for_function(f"() => ({IS_KEPT})() && ({DOOR_IS_LEFT})()", polling=50, timeout=PATIENCE_MS)
            page.reload()
            pin_screen = mark_ms(page, "door")
            page.keyboard.type(PIN)
            page.keyboard.press("Enter")
            today = page.wait_for_function(DOOR_IS_OPEN, polling=50, timeout=PATIENCE_MS).json_value()
            page.wait_for_timeout(SETTLE_MS)
            return Phone(p95_of(saved), pin_screen, float(today), memory_mb(browser))


def p95_of(line: str) -> float:
    """The figure in what the program says."""
    found = re.search(r"p95 ([\d.]+) ms", line)
    assert found is not None, line
    return float(found[1])


class Line:
    """Between server and browser: counts what is sent, and sends no faster than `mbit_s`; 0 is as fast as can be."""

    def __init__(self, app: FastAPI, mbit_s: int) -> None:
        self._app = app
        self._mbit_s = mbit_s
        self._one_at_a_time = asyncio.Lock()
        self.sent_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """All answers share the line."""

        async def paced(message: Message) -> None:
            size = len(message.get("body", b""))
            self.sent_bytes += size
            if size and self._mbit_s:
                async with self._one_at_a_time:
                    await asyncio.sleep(size * 8 / (self._mbit_s * 1e6))
            await send(message)

        await self._app(scope, receive, paced)


class Served:
    """A server for one web app at a time, at the end of a line."""

    def __init__(self, link: Path, folder: Path, mbit_s: int) -> None:
        self._link = link
        self.address = ""
        self.show(folder)
        app = FastAPI()
        mount_web_app(app, link)
        self.line = Line(app, mbit_s)

    def show(self, folder: Path) -> None:
        """Serve another web app from now on, at the same address."""
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(folder.resolve())


@contextmanager
def serving(folder: Path, mbit_s: int = 0) -> Iterator[Served]:
    """A web app on loopback, over a line of that speed where one is given."""
    served = Served(folder.with_name("shown"), folder, mbit_s)
    server = uvicorn.Server(uvicorn.Config(served.line, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    served.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/app/"
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join()
