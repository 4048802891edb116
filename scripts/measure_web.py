"""Measures the web app against a Flet hello-world made by the same builder: bytes, and time to the first screen.

`python scripts/measure_web.py [--release] [--json] [--runs 3]`. The hello-world is the floor: what is above it is ours.
Needs Chromium on the PATH; `--release` adds brotli, which takes minutes the first time.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Page, sync_playwright

from diary_app.web.builder import build
from diary_app.web.report import BuildReport
from diary_app.web.source import AppSource
from server.webapp import mount_web_app

BUILDS = Path(__file__).parents[1] / "build"
HELLO = b"""\
import flet as ft


def main(page: ft.Page) -> None:
    page.title = "Hello"
    page.add(ft.Text("Hello, world"))


ft.run(main)
"""
FIRST_SCREEN = "() => performance.getEntriesByName('diary:first-screen').map(mark => mark.startTime)[0]"
HAS_FIRST_SCREEN = "() => performance.getEntriesByName('diary:first-screen').length > 0"
IS_KEPT = "() => navigator.serviceWorker.controller !== null"
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


@dataclass(frozen=True)
class Figure:
    """One thing measured, beside the same for the hello-world."""

    name: str
    value: float
    unit: str
    floor: float
    ratio_to_floor: float
    n: int


@dataclass
class Run:
    """One fresh browser: a first visit, then a reload from what it kept."""

    cold_ms: float
    kept_ms: float
    sent_bytes: int


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """The address of a server for one web app, and the sizes of the answers it has sent."""
    app, sent = FastAPI(), []

    @app.middleware("http")
    async def count(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        sent.append(int(response.headers.get("content-length", "0")))
        return response

    mount_web_app(app, folder)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/app/", sent
    finally:
        server.should_exit = True
        thread.join()


def first_screen(page: Page) -> float:
    """Milliseconds from the start of the navigation until the first screen is up."""
    page.wait_for_function(HAS_FIRST_SCREEN, polling=50, timeout=120_000)
    return float(page.evaluate(FIRST_SCREEN))


def one_run(address: str, sent: list[int]) -> Run:
    """Visit with an empty profile, wait until everything is kept, then start again from the cache."""
    browser = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    sent.clear()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(profile, executable_path=browser, args=list(FLAGS))
        page = context.new_page()
        page.goto(address)
        cold = first_screen(page)
        page.wait_for_function(IS_KEPT, polling=50, timeout=120_000)
        bytes_sent = sum(sent)
        page.reload()
        kept = first_screen(page)
        context.close()
    return Run(cold, kept, bytes_sent)


def build_both(release: bool) -> dict[str, tuple[Path, BuildReport]]:
    """The hello-world and the diary, built the same way."""
    sources = {"hello": AppSource("hello", {"main.py": HELLO}), "diary": None}
    built = {}
    for name, source in sources.items():
        out = BUILDS / "measure" / name
        report = build(
            out,
            work=BUILDS / "work",
            app_version=version("xerodiary"),
            progress=lambda line: print(line, file=sys.stderr),  # noqa: T201
            app=source,
            release=release,
        )
        built[name] = (out, report)
    return built


def measure(folder: Path, runs: int) -> list[Run]:
    """Several fresh browsers, one after the other."""
    with serving(folder) as (address, sent):
        return [one_run(address, sent) for _ in range(runs)]


def figures(built: dict[str, tuple[Path, BuildReport]], runs: int) -> list[Figure]:
    """Everything measured, the diary beside its floor."""
    timed = {name: measure(folder, runs) for name, (folder, _) in built.items()}
    reports = {name: report for name, (_, report) in built.items()}

    def beside(name: str, unit: str, take: Callable[[str], float], n: int = 1) -> Figure:
        value, floor = take("diary"), take("hello")
        return Figure(name, round(value, 2), unit, round(floor, 2), round(value / floor, 3), n)

    found = [
        beside("web app, raw", "MB", lambda one: reports[one].raw / 1e6),
        beside("web app, gzip", "MB", lambda one: reports[one].gzip / 1e6),
        beside("app alone, raw", "kB", lambda one: reports[one].app_zip / 1e3),
        beside(
            "first visit, sent", "MB", lambda one: statistics.median(run.sent_bytes for run in timed[one]) / 1e6, runs
        ),
        beside(
            "first visit, first screen",
            "s",
            lambda one: statistics.median(run.cold_ms for run in timed[one]) / 1e3,
            runs,
        ),
        beside(
            "from cache, first screen",
            "s",
            lambda one: statistics.median(run.kept_ms for run in timed[one]) / 1e3,
            runs,
        ),
    ]
    if all(report.brotli for report in reports.values()):
        found.insert(2, beside("web app, brotli", "MB", lambda one: (reports[one].brotli or 0) / 1e6))
    return found


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help="with brotli, as in a release")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--runs", type=int, default=3, help="fresh browsers per app")
    wanted = parser.parse_args()
    found = figures(build_both(wanted.release), wanted.runs)
    if wanted.json:
        print(json.dumps([asdict(figure) for figure in found], indent=1))  # noqa: T201
        return
    for figure in found:
        print(f"{figure.name:28} {figure.value:9} {figure.unit:3} floor {figure.floor:9}  x {figure.ratio_to_floor}")  # noqa: T201


if __name__ == "__main__":
    main()
