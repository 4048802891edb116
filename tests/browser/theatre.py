"""Every screen of the app on one page of one browser: the scenes of the pictures, staged one after another.

The app runs in this process behind Flet's web server. A scene replaces the one before without a new start, which makes
the difference between a minute and a quarter of an hour for all of them.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import flet as ft
import flet_web.fastapi
from fastapi import FastAPI
from flet.components.component import Component
from playwright.sync_api import Page, Playwright

from diary_app.app import start
from diary_app.look import LARGE_FROM
from diary_app.state import DiaryState
from scripts.screenshots_app import SCENES, Reach, Scene, Stage, Study, prepare
from tests.browser.accessibility import FROM_THE_RIGHT, STRIP
from tests.browser.driving import FLAGS, find_chromium, served
from tests.screens.conftest import FakeKeyring

TURNS = 60
STILL_MS = 300
UNMARKED = "mark => !document.querySelector('flt-semantics-host').innerText.includes(mark)"
#: Words that Flutter hands to screen readers when they change, gathered since the page began.
LISTEN = """window.announced = []; new MutationObserver(() => {
  const words = document.querySelector('flt-announcement-polite')?.textContent;
  if (words && words !== window.announced.at(-1)) window.announced.push(words);
}).observe(document, {subtree: true, childList: true, characterData: true})"""
#: How much of the screen lies below the edge of the window, in CSS pixels.
BELOW = """() => Math.max(0, ...[...document.querySelectorAll('flt-semantics')]
  .filter(node => node.style.overflowY === 'scroll').map(node => node.scrollHeight - node.clientHeight))"""
LETTERS, HEIGHTS = {100: "", 200: "32px"}, {100: 1000, 200: 2200}
#: Nothing of the semantics has changed since the last look; looks are the browser's own frames. What scrolls becomes a
#: group a while after it is there, and only then one knows how much of it is out of sight.
AT_REST = """mark => {
  const host = document.querySelector('flt-semantics-host');
  if (!host?.innerText.includes(mark)) return false;
  const whole = host.firstElementChild.getBoundingClientRect();
  if (Math.round(whole.width) !== innerWidth || Math.round(whole.height) !== innerHeight) return false;
  if (!host.querySelector('[role=group]:not([aria-label])')) return false;
  const now = [...host.querySelectorAll('*')].map(node => {
    const box = node.getBoundingClientRect();
    return [node.id, box.x, box.y, box.width, box.height, node.scrollHeight, node.ariaLabel, node.ariaChecked].join();
  }).join(';') + host.innerText;
  window.restingFor = now === window.lastLook ? (window.restingFor ?? 0) + 1 : 0;
  window.lastLook = now;
  return window.restingFor >= 2;
}"""


@dataclass
class Theatre:
    """The page in the browser, and the same page in Python."""

    folder: str
    pages: Queue[ft.Page] = field(default_factory=Queue)
    browser_page: Page | None = None
    state: DiaryState | None = None
    _page: ft.Page | None = None
    percent: int = 100
    _width: int = 390
    _number: int = 0
    _route: str = "/"
    _reach: Reach = Reach.NOWHERE
    _steps: list[Future[None]] = field(default_factory=list)
    _playing: list[Future[Any]] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """What the browser shows."""
        assert self.browser_page is not None, "the theatre is open"
        return self.browser_page

    def admit(self, page: ft.Page) -> None:
        """Called by Flet with a fresh page."""
        page.add(ft.Text("The curtain is down"))
        self.pages.put(page)

    def open(self, browser_page: Page, url: str) -> None:
        """Start Flutter, once for all scenes."""
        self.browser_page = browser_page
        browser_page.add_init_script(LISTEN)
        browser_page.goto(url)
        browser_page.wait_for_selector("flt-semantics-placeholder", state="attached", timeout=60_000)
        browser_page.locator("flt-semantics-placeholder").evaluate("node => node.click()")
        self._page = self.pages.get(timeout=60)

    def show(self, name: str, language: str, width: int, percent: int = 100) -> None:
        """Stage a scene in a window of that width, and wait until the browser shows it and nothing moves."""
        self._resize(width, percent)
        self._run(self._stage, SCENES[name], language)
        self._unroll()

    @property
    def sign(self) -> bytes:
        """The colour in the corner of the canvas by which one sees that it is painted."""
        return bytes((self._number * 37 % 256, self._number * 91 % 256, 180))

    @property
    def screen(self) -> str:
        """The module of the screen that Python shows; read where it is drawn, so never half drawn."""
        return str(self._run(self._shown)[-1]).rpartition(".")[2]

    def arrange(self, width: int, percent: int) -> None:
        """The same scene in a window of that width and as high as its screen, with letters of that size."""
        self._resize(width, percent)
        self._unroll()

    def strike(self) -> None:
        """Take the marks off the screen."""
        self._run(self._unmark)
        self.page.wait_for_function(UNMARKED, arg=f"[{self._number}]", timeout=30_000)
        self.page.wait_for_timeout(STILL_MS)

    def _resize(self, width: int, percent: int) -> None:
        self._width, self.percent = width, percent
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[self.percent]})
        self.page.evaluate("size => { document.documentElement.style.fontSize = size }", LETTERS[percent])

    def _unroll(self) -> None:
        """Make the window so high that there is nothing to scroll: what is out of sight is not in the tree."""
        self.come_to_rest()
        if below := self.page.evaluate(BELOW):
            self.page.set_viewport_size({"width": self._width, "height": HEIGHTS[self.percent] + below})
            self.come_to_rest()

    def come_to_rest(self) -> None:
        """Until the app knows how large letters are, and the browser shows what Python last sent."""
        self._run(self._mark)
        self.page.wait_for_function(AT_REST, arg=f"[{self._number}]", timeout=30_000)

    def _run(self, part: Callable[..., Coroutine[Any, Any, Any]], *args: object) -> Any:
        """Where the app runs, not being one of its tasks; what comes of it."""
        assert self._page is not None, "the theatre is open"
        return ft.Page.run_task(self._page, part, self._page, *args).result(timeout=60)

    async def _stage(self, page: ft.Page, scene: Scene, language: str) -> None:
        self._clear(page)
        self._go("/")
        await self._arrive(page)
        self._reach = scene.reach
        file = f"{tempfile.mkdtemp(dir=self.folder)}/diary.db"
        clock = prepare(scene, file, language)
        stage = Stage(file, language, permission=scene.permission, here=scene.here)
        self.state = state = start(page, stage, clock, lambda _address: Study(scene.reach, clock, 0))
        state.text_measured(self.percent / 100)  # the client tells only what changes
        if scene.pin is not None:
            state._journal.keyring = FakeKeyring(clock, scene.pin)  # noqa: SLF001 - the lock of the scene
            state.open()
        await self._settle()
        scene.act(state)

    async def _mark(self, page: ft.Page) -> None:
        await _until(self._has_measured_letters, "the size of letters")
        await self._arrive(page)
        await _until(self._has_heard, "the study's answer")
        await self._settle()
        self._number += 1
        mark = ft.Container(ft.Text(f"[{self._number}]", size=1), right=0, bottom=0)
        foot = ft.Container(
            width=STRIP, height=4, right=FROM_THE_RIGHT - STRIP, bottom=0, bgcolor=f"#{self.sign.hex()}"
        )
        page.overlay[:] = [mark, foot]
        page.update()

    async def _unmark(self, page: ft.Page) -> None:
        page.overlay.clear()
        page.update()

    async def _shown(self, page: ft.Page) -> list[str]:
        return [name for name in _components(page.views[-1]) if name.startswith("diary_app.screens.")]

    def _clear(self, page: ft.Page) -> None:
        """End what the app of the scene before still does: it would wake again and again as long as the house stands.

        What the next one asks of the browser is noted from here on: the browser answers later, and that is waited for.
        """
        for task in self._playing:
            task.cancel()
        self._playing.clear()
        page.navigate = self._go  # type: ignore[method-assign]
        page.run_task = self._play  # type: ignore[method-assign]

    def _play(self, handler: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **named: Any) -> Future[Any]:
        assert self._page is not None, "the theatre is open"
        task = ft.Page.run_task(self._page, handler, *args, **named)
        self._playing.append(task)
        return task

    def _go(self, route: str) -> None:
        assert self._page is not None, "the theatre is open"
        self._route = route
        self._steps.append(ft.Page.run_task(self._page, self._page.push_route, route))

    async def _arrive(self, page: ft.Page) -> None:
        """Until the browser has answered every step.

        It tells the new address twice, as what the page holds and then as an event, which is what the screens follow:
        between the two anything may happen. Its answer to the step comes behind both.
        """
        while self._steps:
            await asyncio.wrap_future(self._steps.pop(0))
        assert page.route == self._route, f"at {page.route} instead of {self._route}"

    def _has_measured_letters(self) -> bool:
        return self.state is not None and self.state.large_text is (self.percent >= LARGE_FROM * 100)

    def _has_heard(self) -> bool:
        return self.state is not None and (self._reach is Reach.NOWHERE or self.state.sync is not None)

    async def _settle(self) -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)


def _components(control: object) -> Iterator[str]:
    """The modules whose components make up a control, outermost first."""
    if isinstance(control, Component):
        yield control.fn.__module__
    for name in ("_b", "content", "controls"):
        inner = getattr(control, name, None)
        for child in inner if isinstance(inner, list) else [inner]:
            if child is not None and not isinstance(child, str):
                yield from _components(child)


async def _until(is_so: Callable[[], bool], what: str) -> None:
    for _ in range(5000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


@contextmanager
def theatre(playwright: Playwright) -> Iterator[Theatre]:
    """Open for the length of a test."""
    with tempfile.TemporaryDirectory() as folder:
        logging.getLogger("flet").setLevel(logging.WARNING)  # it has something to say after the last stream is closed
        house, site = Theatre(folder), FastAPI()
        site.mount("/", flet_web.fastapi.app(house.admit, no_cdn=True))
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        with served(site) as running:
            house.open(browser.new_page(reduced_motion="reduce"), running.url)  # what moves is waited for
            yield house
            browser.close()
