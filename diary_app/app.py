"""The participant's app: its one composition root, the same natively and in a browser.

What the first screen can do without is loaded behind it: the database is half of what there is to load, and somebody
who opens the app for the first time has no use for it before they have read a few lines.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import flet as ft

from diary_app import resources
from diary_app.browser_host import BrowserHost
from diary_app.core.environment import Environment, SystemEnvironment
from diary_app.core.errors import DiaryUnavailable
from diary_app.core.sealing import Cipher
from diary_app.host import Host
from diary_app.look import Appearance
from diary_app.phone_host import PhoneHost
from diary_app.places import Problem
from diary_app.screens.shell import shell
from diary_app.sealing.platform import this_cipher
from diary_app.state import DiaryState
from diary_app.surroundings import Surroundings
from diary_app.sync.connecting import connect
from diary_app.sync.outcome import SyncOutcome
from diary_app.texts import LANGUAGES
from diary_app.widgets.theme import dress

if TYPE_CHECKING:
    from diary_app.courier import Connect, Courier
    from diary_app.journal import Journal

log = logging.getLogger(__name__)
IN_BROWSER = sys.platform == "emscripten"
LOOK_AT_THE_CLOCK_EVERY_SECONDS = 20
SEND_AGAIN_AFTER_SECONDS = 60
#: So that the first screen is drawn before Python is busy again.
A_MOMENT_SECONDS = 0.3


class App:
    """What is open while the app runs."""

    def __init__(
        self, page: ft.Page, host: Host, environment: Environment, connect: Connect, cipher: Cipher | None
    ) -> None:
        self._page = page
        self._host = host
        self._environment = environment
        self._connect = connect
        self._cipher = cipher
        self._courier: Courier | None = None
        self._journal: Journal | None = None
        preferred = host.preferred_language()
        self.state = DiaryState(
            Surroundings(
                self._open_journal, environment, host, self, resources.catalogue, page.navigate, salvage=self._salvage
            ),
            preferred if preferred in LANGUAGES else next(iter(LANGUAGES)),
        )

    async def enrol(self, code: str, named: str = "") -> None:
        """See `Link`."""
        self._open_journal()
        assert self._courier is not None, "it is made with the diary"
        await self._courier.enrol(code, named)

    def wake(self) -> None:
        """See `Link`."""
        if self._courier is not None:
            self._courier.wake()

    def come_and_go(self, event: ft.AppLifecycleStateChangeEvent) -> None:
        """The participant looks at the app again, and what it shows is read afresh; or looks away."""
        if event.state in {ft.AppLifecycleState.RESUME, ft.AppLifecycleState.SHOW}:
            self.state.come_back()
            self.wake()
        elif event.state in {ft.AppLifecycleState.HIDE, ft.AppLifecycleState.PAUSE}:
            self.state.go_away()

    async def keep_time(self) -> None:
        """Windows open and close while one looks on; a fault at one look does not stop the next."""
        while True:
            await self._environment.sleep(LOOK_AT_THE_CLOCK_EVERY_SECONDS)
            # Where a repaint failed within Flet itself, it has ended.
            self._page.session.start_updates_scheduler()  # type: ignore[no-untyped-call]
            with self._told():
                self.state.refresh()
            with self._told():
                self._look_through()

    def _look_through(self) -> None:
        """While nobody waits for it, and not among what a start has to do."""
        if self._journal is not None:
            self._journal.look_through()

    def begin(self, route: str) -> None:
        """The first screen, and the rest behind it; a phone with a diary has to open it to know which screen."""
        is_new = _is_empty(self._host.database())
        with self._told():  # otherwise nothing would ever be drawn: a white page without a word
            if is_new:
                self.state.welcome()
            else:
                self.state.open(route)
        self._page.render(shell, self.state)
        self._page.run_task(self._load_behind, route, is_new)

    async def _load_behind(self, route: str, is_new: bool) -> None:
        await self._environment.sleep(A_MOMENT_SECONDS)
        with self._told():
            if is_new and self._courier is None:
                self.state.open(route)
            if self.state.works_here:
                self._host.shown()
            import diary_app.screens.inside  # noqa: F401, PLC0415 - so that no tap has to wait for it

    def _open_journal(self) -> Journal:
        if self._journal is None:
            self._journal = self._opened_journal()
        return self._journal

    def _opened_journal(self) -> Journal:
        from diary_app.courier import Courier  # noqa: PLC0415 - see above
        from diary_app.journal import Journal  # noqa: PLC0415
        from diary_app.storage.diary import Diary  # noqa: PLC0415

        diary = Diary.open(
            self._host.database(), self._environment, self._host.flush,
            cipher=self._cipher, can_show=resources.can_show,
        )  # fmt: skip
        self._courier = Courier(diary, self._host, self._environment, self._hear, self._connect)
        self._page.run_task(self._send, self._courier)
        return Journal(diary, self._environment, self._host.mode)

    async def _salvage(self) -> bytes:
        from diary_app.storage.diary import Diary  # noqa: PLC0415 - see above

        return await Diary.salvage(self._host.database(), self._environment, self._cipher)

    async def _send(self, courier: Courier) -> None:
        """For as long as the app is open: a phone that has stopped sending is a silent one."""
        while True:
            with self._told():
                await courier.run()
            await self._environment.sleep(SEND_AGAIN_AFTER_SECONDS)

    def at_door(self, language: str, typed: str) -> None:
        """A PIN or a code was typed before the app was there to take it."""
        self._page.run_task(self._take_at_door, language, typed)

    async def _take_at_door(self, language: str, typed: str) -> None:
        with self._told():
            await self.state.door.came(language, typed)

    def catch(self, message: str) -> None:
        """What nobody expected: Flet would show its own page of English, which leads nowhere.

        Called while what was raised is handled: by Flet after a tap, which has written it to the log, or while a screen
        is drawn (`widgets/drawing.py`). It is told a moment later: a screen being drawn cannot change yet.
        """
        fault = sys.exception()
        log.error("not expected: %s", message)
        self._page.run_task(self._tell, fault)

    async def _tell(self, fault: BaseException | None) -> None:
        if isinstance(fault, DiaryUnavailable):
            self.state.tell(fault)
            return
        self.state.settings.faults.note(fault)
        self.state.show_problem(Problem.UNEXPECTED)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a task of this app's own raises: nobody else would hear of it."""
        try:
            yield
        except Exception as fault:
            log.exception("in the background")
            self.catch(str(fault))

    def _hear(self, outcome: SyncOutcome) -> None:
        self.state.heard(outcome)


def start(
    page: ft.Page, host: Host, environment: Environment, connect: Connect = connect, cipher: Cipher | None = None
) -> DiaryState:
    """Put the app on a page. Without a `cipher` nothing is sealed and there is no PIN."""
    dress(page, Appearance())
    page.padding = 0
    app = App(page, host, environment, connect, cipher)
    page.on_app_lifecycle_state_change = app.come_and_go
    page.session.error = app.catch  # type: ignore[method-assign]
    host.when_online(app.wake)
    app.begin(page.route or "/")
    page.run_task(app.keep_time)
    host.when_at_door(app.at_door)
    return app.state


def _is_empty(database: str) -> bool:
    """Whether no diary was ever kept in that file."""
    file = Path(database)
    return not file.exists() or file.stat().st_size == 0


def this_host() -> Host:
    """The host of this process."""
    return BrowserHost() if IN_BROWSER else PhoneHost()


def main(page: ft.Page) -> None:
    """What Flet calls with a fresh page."""
    start(page, this_host(), SystemEnvironment(), cipher=this_cipher())


def run() -> None:
    """Hand over to Flet; natively this ends with the window, in a browser it returns at once."""
    ft.run(main)
