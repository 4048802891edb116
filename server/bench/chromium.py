"""A real Chromium for measuring: found on the PATH, driven by Playwright, its memory as the system counts it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from diary_app.core.errors import Code, CommandRefused

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
PATIENCE_MS = 120_000
PROCESSES = Path("/proc")


def find_chromium() -> str:
    """Raises `CommandRefused` where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise _missing("No Chromium was found on the PATH.", "Install it: sudo apt-get install --yes chromium")
    return found


@contextmanager
def fresh_browser() -> Iterator["BrowserContext"]:
    """A browser with an empty profile."""
    with tempfile.TemporaryDirectory() as profile, browser_with(Path(profile)) as context:
        yield context


@contextmanager
def browser_with(profile: Path, *, keeps_app: bool = True) -> Iterator["BrowserContext"]:
    """A browser with that profile. Without `keeps_app` no service worker comes between page and server."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of developers, not of servers
    except ModuleNotFoundError:
        raise _missing(
            "Playwright is not installed.",
            "Install the development tools: pip install --require-hashes -r requirements/dev.lock",
        ) from None
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(),
            args=list(FLAGS),
            locale="en-GB",
            service_workers="allow" if keeps_app else "block",
        )
        yield context
        context.close()


def first_screens_ms(page: "Page") -> tuple[float, float]:
    """Milliseconds until there is something to read and to do, and until the app itself has drawn its first screen.

    A page that greets nobody has nothing of the kind before the app.
    """
    app_up = first_screen_ms(page)
    greeted = page.evaluate("() => performance.getEntriesByName('diary:door').map(one => one.startTime)")
    return min([app_up, *map(float, greeted)]), app_up


def first_screen_ms(page: "Page") -> float:
    """Milliseconds from the start of the navigation until the first screen is up."""
    return mark_ms(page, "first-screen")


def mark_ms(page: "Page", name: str) -> float:
    """Milliseconds from the start of the navigation until the page sets that mark of its own."""
    marks = f"performance.getEntriesByName('diary:{name}')"
    page.wait_for_function(f"() => {marks}.length > 0", polling=50, timeout=PATIENCE_MS)
    return float(page.evaluate(f"() => {marks}[0].startTime"))


def memory_mb(context: "BrowserContext") -> float:
    """What the pages of a browser hold, shared memory by its share, WebAssembly included. Linux only."""
    profile = _profile_of(context)
    browsers = {pid for pid, line in _command_lines() if profile in line}
    renderers = [pid for pid, line in _command_lines() if "--type=renderer" in line and _ancestors(pid) & browsers]
    return sum(map(_share_kb, renderers)) / 1000


def _profile_of(context: "BrowserContext") -> str:
    """Playwright does not tell; the browser does."""
    page = context.new_page()
    page.goto("chrome://version")
    path = page.locator("#profile_path").inner_text()
    page.close()
    return str(Path(path).parent)


def _command_lines() -> Iterator[tuple[int, str]]:
    for folder in PROCESSES.glob("[0-9]*"):
        try:
            yield int(folder.name), (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it has ended


def _ancestors(pid: int) -> set[int]:
    found = set[int]()
    while pid > 1:
        found.add(pid)
        try:
            pid = int((PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return found


def _share_kb(pid: int) -> int:
    try:
        lines = (PROCESSES / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _missing(message: str, remedy: str) -> CommandRefused:
    return CommandRefused(Code.TOOL_MISSING, message, remedy)
