"""What the app asks of the place it runs in: a browser page around Pyodide, or a phone."""

import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from diary_app.core.entries import Mode

IN_BROWSER = sys.platform == "emscripten"


class Permission(StrEnum):
    """Whether this place may show reminders; `ASK`: nobody has been asked yet."""

    UNAVAILABLE = "unavailable"
    ASK = "ask"
    GRANTED = "granted"
    DENIED = "denied"


class Host(Protocol):
    """The few things that only the surroundings know or can do."""

    mode: Mode

    def database(self) -> str:
        """Path of the diary's file."""
        ...

    def flush(self) -> None:
        """Make what was written so far durable."""
        ...

    def server_url(self) -> str:
        """Where the study's server is; empty until a link or an enrolment names it."""
        ...

    def use_server(self, url: str) -> None:
        """An enrolment link names the server."""
        ...

    def preferred_language(self) -> str:
        """Two letters."""
        ...

    def enrol_code(self) -> str:
        """The code of the link that opened the app, or empty."""
        ...

    def forget_enrol_code(self) -> None:
        """It was used."""
        ...

    def show_language(self, language: str) -> None:
        """Tell the page which language is on it."""
        ...

    def when_online(self, act: Callable[[], None]) -> None:
        """Do this each time the network comes back."""
        ...

    def needs_home_screen(self) -> bool:
        """iOS outside the installed app, whose storage is another one: explain, do not enrol."""
        ...

    def update_waiting(self) -> bool:
        """A newer version is downloaded."""
        ...

    def take_update(self) -> None:
        """Change to it now."""
        ...

    def installed(self) -> bool:
        """Whether the diary was opened from the home screen, or is a native app."""
        ...

    def can_install(self) -> bool:
        """The browser is ready to put the diary on the home screen."""
        ...

    async def install(self) -> None:
        """Let the browser ask whether it shall."""
        ...

    def reminders(self) -> Permission:
        """Whether reminders may be shown."""
        ...

    async def ask_for_reminders(self) -> Permission:
        """Let the browser ask; to be called straight from a tap."""
        ...

    async def show_reminder(self, title: str, words: str) -> bool:
        """Show one now; whether that was possible."""
        ...

    def storage_kept(self) -> bool | None:
        """Whether what is stored stays when room is short; None while that is not known."""
        ...

    async def keep_storage(self) -> bool:
        """Ask for it; whether it is granted."""
        ...

    def scales_text(self) -> bool:
        """Whether the app may choose a text size of its own; else the phone's counts."""
        ...

    def scale_text(self, percent: int) -> None:
        """Make all letters larger, 100 being the usual size."""
        ...

    def save_file(self, name: str, data: bytes) -> None:
        """Give the participant a file: a download, or one in their own folder."""
        ...

    def set_standing(self, standing: str) -> None:
        """Leave what is said in the diary's name while it is closed; see `diary_app.standing`."""
        ...

    def shown(self) -> None:
        """The first screen is up and the diary could be opened: this version works here."""
        ...


class PhoneHost:
    """A native build, or a developer's machine."""

    mode = Mode.OWN_PHONE

    def __init__(self) -> None:
        self._server = os.environ.get("DIARY_SERVER", "")

    def database(self) -> str:
        """See `Host`."""
        folder = os.environ.get("FLET_APP_STORAGE_DATA", "var")
        return os.environ.get("DIARY_DB") or str(Path(folder) / "diary.db")

    def flush(self) -> None:
        """SQLite's own syncs reach the disk here."""

    def server_url(self) -> str:
        """See `Host`."""
        return self._server

    def use_server(self, url: str) -> None:
        """Until the enrolment keeps it with the diary."""
        self._server = url

    def preferred_language(self) -> str:
        """See `Host`."""
        return os.environ.get("LANG", "da")[:2]

    def enrol_code(self) -> str:
        """See `Host`."""
        return os.environ.get("DIARY_ENROL_CODE", "")

    def forget_enrol_code(self) -> None:
        """See `Host`."""
        os.environ.pop("DIARY_ENROL_CODE", None)

    def show_language(self, language: str) -> None:
        """There is no page."""

    def when_online(self, act: Callable[[], None]) -> None:
        """Nobody tells; the next try by the clock finds the network again."""

    def needs_home_screen(self) -> bool:
        """See `Host`."""
        return False

    def update_waiting(self) -> bool:
        """Stores update native apps."""
        return False

    def take_update(self) -> None:
        """See `update_waiting`."""

    def installed(self) -> bool:
        """See `Host`."""
        return True

    def can_install(self) -> bool:
        """It is installed."""
        return False

    async def install(self) -> None:
        """See `can_install`."""

    def reminders(self) -> Permission:
        """A native build has no reminders of its own yet."""
        return Permission.UNAVAILABLE

    async def ask_for_reminders(self) -> Permission:
        """See `reminders`."""
        return Permission.UNAVAILABLE

    async def show_reminder(self, title: str, words: str) -> bool:
        """See `reminders`."""
        return False

    def storage_kept(self) -> bool | None:
        """A file of the app's own stays."""
        return True

    async def keep_storage(self) -> bool:
        """See `storage_kept`."""
        return True

    def scales_text(self) -> bool:
        """The phone's own setting counts."""
        return False

    def scale_text(self, percent: int) -> None:
        """See `scales_text`."""

    def save_file(self, name: str, data: bytes) -> None:
        """See `Host`. Raises OSError."""
        downloads = Path.home() / "Downloads"
        folder = downloads if downloads.is_dir() else Path(os.environ.get("FLET_APP_STORAGE_DATA", "var"))
        (folder / name).write_bytes(data)

    def set_standing(self, standing: str) -> None:
        """Nothing speaks for a native app that is closed."""

    def shown(self) -> None:
        """Stores keep no version to go back to."""


class BrowserHost:
    """The page's worker, through the module that it hands to Python."""

    mode = Mode.WEB

    def __init__(self) -> None:
        import diary_host  # noqa: PLC0415 - exists in the browser only
        import js  # noqa: PLC0415

        self._page = diary_host
        self._location = js.self.location

    def database(self) -> str:
        """See `Host`."""
        return os.environ["DIARY_DB"]

    def flush(self) -> None:
        """See `Host`."""
        self._page.flush()

    def server_url(self) -> str:
        """The app talks to the server it came from."""
        return str(self._location.origin)

    def use_server(self, url: str) -> None:
        """See `server_url`."""

    def preferred_language(self) -> str:
        """See `Host`."""
        return str(self._page.language() or "da")[:2]

    def enrol_code(self) -> str:
        """See `Host`."""
        return str(self._page.enrol_code() or "")

    def forget_enrol_code(self) -> None:
        """See `Host`."""
        self._page.forget_enrol_code()

    def show_language(self, language: str) -> None:
        """See `Host`."""
        self._page.set_language(language)

    def when_online(self, act: Callable[[], None]) -> None:
        """See `Host`. The page hears of it, where every browser tells; workers are told by some only."""
        from pyodide.ffi import create_proxy  # noqa: PLC0415 - exists in the browser only

        self._page.when_online(create_proxy(act))

    def needs_home_screen(self) -> bool:
        """See `Host`."""
        return bool(self._page.needs_home_screen())

    def update_waiting(self) -> bool:
        """See `Host`."""
        return bool(self._page.update_waiting())

    def take_update(self) -> None:
        """See `Host`."""
        self._page.take_update()

    def installed(self) -> bool:
        """See `Host`."""
        return bool(self._page.standalone())

    def can_install(self) -> bool:
        """See `Host`."""
        return bool(self._page.facts().installable)

    async def install(self) -> None:
        """See `Host`."""
        await self._page.ask("install")

    def reminders(self) -> Permission:
        """See `Host`."""
        return Permission(str(self._page.facts().reminders))

    async def ask_for_reminders(self) -> Permission:
        """See `Host`."""
        await self._page.ask("allowReminders")
        return self.reminders()

    async def show_reminder(self, title: str, words: str) -> bool:
        """See `Host`."""
        return bool(await self._page.ask("showReminder", title, words))

    def storage_kept(self) -> bool | None:
        """See `Host`."""
        kept = self._page.persisted()
        return kept if isinstance(kept, bool) else None

    async def keep_storage(self) -> bool:
        """See `Host`."""
        return bool(await self._page.ask("keepStorage"))

    def scales_text(self) -> bool:
        """See `Host`."""
        return True

    def scale_text(self, percent: int) -> None:
        """See `Host`."""
        self._page.scale_text(percent)

    def save_file(self, name: str, data: bytes) -> None:
        """See `Host`."""
        from pyodide.ffi import to_js  # noqa: PLC0415 - exists in the browser only

        self._page.save_file(name, to_js(data))

    def set_standing(self, standing: str) -> None:
        """See `Host`."""
        self._page.set_standing(standing)

    def shown(self) -> None:
        """See `Host`."""
        self._page.shown()


def this_host() -> Host:
    """The host of this process."""
    return BrowserHost() if IN_BROWSER else PhoneHost()
