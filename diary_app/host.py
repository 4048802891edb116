"""What the app asks of the place it runs in: a browser page around Pyodide, or a phone."""

import os
import sys
from pathlib import Path
from typing import Protocol

from diary_app.core.entries import Mode

IN_BROWSER = sys.platform == "emscripten"


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

    def needs_home_screen(self) -> bool:
        """iOS outside the installed app, whose storage is another one: explain, do not enrol."""
        ...

    def update_waiting(self) -> bool:
        """A newer version is downloaded."""
        ...

    def take_update(self) -> None:
        """Change to it now."""
        ...


class PhoneHost:
    """A native build, or a developer's machine."""

    mode = Mode.OWN_PHONE

    def database(self) -> str:
        """See `Host`."""
        folder = os.environ.get("FLET_APP_STORAGE_DATA", "var")
        return os.environ.get("DIARY_DB") or str(Path(folder) / "diary.db")

    def flush(self) -> None:
        """SQLite's own syncs reach the disk here."""

    def server_url(self) -> str:
        """See `Host`."""
        return os.environ.get("DIARY_SERVER", "")

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

    def needs_home_screen(self) -> bool:
        """See `Host`."""
        return False

    def update_waiting(self) -> bool:
        """Stores update native apps."""
        return False

    def take_update(self) -> None:
        """See `update_waiting`."""


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

    def needs_home_screen(self) -> bool:
        """See `Host`."""
        return bool(self._page.needs_home_screen())

    def update_waiting(self) -> bool:
        """See `Host`."""
        return bool(self._page.update_waiting())

    def take_update(self) -> None:
        """See `Host`."""
        self._page.take_update()


def this_host() -> Host:
    """The host of this process."""
    return BrowserHost() if IN_BROWSER else PhoneHost()
