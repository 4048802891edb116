"""The place the app runs in when it is a page: Pyodide in the page's worker."""

import os
from collections.abc import Callable

from diary_app.core.entries import Mode
from diary_app.host import AtDoor, Permission


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
        """See `Host`. Raises OSError, as files elsewhere do."""
        from pyodide.ffi import JsException  # noqa: PLC0415 - exists in the browser only

        try:
            self._page.flush()
        except JsException as error:
            why = "is full" if "QuotaExceeded" in str(error) else "did not take what was written"
            raise OSError(f"the browser's storage {why}: {error}") from error

    def server_url(self, named: str = "") -> str:
        """The app talks to the server it came from, whatever a link names."""
        return str(self._location.origin)

    def preferred_language(self) -> str:
        """See `Host`."""
        return str(self._page.language() or "da")[:2]

    def zone(self) -> str:
        """See `Host`."""
        return str(self._page.zone() or "")

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

    async def look_for_update(self) -> bool:
        """See `Host`."""
        return bool(await self._page.ask("lookForUpdate"))

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

    async def push_address(self, key: str) -> str:
        """See `Host`."""
        return str(await self._page.ask("pushAddress", key) or "")

    def reminder_tapped(self) -> int:
        """See `Host`."""
        return int(self._page.reminder_tapped())

    def forget_tap(self) -> None:
        """See `Host`."""
        self._page.forget_tap()

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

    def leave_door(self, text: str) -> None:
        """See `Host`."""
        self._page.leave_door(text)

    def asks_at_door(self) -> AtDoor:
        """See `Host`."""
        return AtDoor(str(self._page.asks_at_door()))

    def when_at_door(self, act: Callable[[str, str], None]) -> None:
        """See `Host`."""
        from pyodide.ffi import create_proxy  # noqa: PLC0415 - exists in the browser only

        self._page.when_at_door(create_proxy(act))

    def open_door(self, words_behind: str) -> None:
        """See `Host`."""
        self._page.open_door(words_behind)

    def shown(self) -> None:
        """See `Host`."""
        self._page.shown()
