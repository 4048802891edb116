"""The participant's app: its one composition root, the same natively and in a browser."""

import sys

import flet as ft

from diary_app import resources
from diary_app.browser_host import BrowserHost
from diary_app.core.environment import Environment, SystemEnvironment
from diary_app.core.sealing import Cipher
from diary_app.courier import Connect, Courier
from diary_app.host import Host
from diary_app.journal import Journal
from diary_app.look import Appearance
from diary_app.phone_host import PhoneHost
from diary_app.screens.shell import shell
from diary_app.sealing.platform import this_cipher
from diary_app.state import DiaryState
from diary_app.storage.diary import Diary
from diary_app.surroundings import Surroundings
from diary_app.sync.connecting import connect
from diary_app.sync.outcome import SyncOutcome
from diary_app.texts import LANGUAGES
from diary_app.widgets.theme import dress

IN_BROWSER = sys.platform == "emscripten"
LOOK_AT_THE_CLOCK_EVERY_SECONDS = 20


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
        preferred = host.preferred_language()
        self.state = DiaryState(
            Surroundings(self._open_journal, environment, host, self, resources.catalogue, page.navigate),
            preferred if preferred in LANGUAGES else "da",
        )

    async def enrol(self, code: str, named: str = "") -> None:
        """See `Link`."""
        assert self._courier is not None, "the diary is open before a code can be typed"
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
        """Windows open and close while one looks on."""
        while True:
            await self._environment.sleep(LOOK_AT_THE_CLOCK_EVERY_SECONDS)
            self.state.refresh()

    def _open_journal(self) -> Journal:
        diary = Diary.open(self._host.database(), self._environment, self._host.flush, cipher=self._cipher)
        self._courier = Courier(diary, self._host, self._environment, self._hear, self._connect)
        self._page.run_task(self._courier.run)
        return Journal(diary, self._environment, self._host.mode)

    def at_door(self, language: str, pin: str) -> None:
        """A PIN was typed before the app was there to take it."""
        self._page.run_task(self.state.door.came, language, pin)

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
    host.when_online(app.wake)
    app.state.open(page.route or "/")
    page.render(shell, app.state)
    page.run_task(app.keep_time)
    host.when_at_door(app.at_door)
    if app.state.works_here:
        host.shown()
    return app.state


def this_host() -> Host:
    """The host of this process."""
    return BrowserHost() if IN_BROWSER else PhoneHost()


def main(page: ft.Page) -> None:
    """What Flet calls with a fresh page."""
    start(page, this_host(), SystemEnvironment(), cipher=this_cipher())


def run() -> None:
    """Hand over to Flet; natively this ends with the window, in a browser it returns at once."""
    ft.run(main)
