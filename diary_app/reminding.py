"""Allowing reminders and keeping the storage: asked once after the practice, with the reason, and again in Settings."""

from collections.abc import Callable

import flet as ft

from diary_app.host import Host, Permission


@ft.observable
class Reminding:
    """What the browser allows; `done` is called when the participant has decided, whatever it was."""

    def __init__(self, host: Host, done: Callable[[], None]) -> None:
        self._host = host
        self._done = done
        self.permission = host.reminders()
        self.kept = host.storage_kept()
        self.can_install = host.can_install()
        self.tested: bool | None = None

    def look(self) -> None:
        """The participant may have changed it in the browser's own settings."""
        self.permission, self.kept = self._host.reminders(), self._host.storage_kept()
        self.can_install = self._host.can_install()

    @property
    def possible(self) -> bool:
        """Where nothing can be shown, nothing is asked."""
        return self._host.reminders() is not Permission.UNAVAILABLE

    async def allow(self) -> None:
        """The browser asks; straight from the tap, or it would not. The storage is asked for with it."""
        self.permission = await self._host.ask_for_reminders()
        await self.keep_storage()

    async def go_on(self) -> None:
        """On to the diary, whatever was allowed, and however long the browser's own question lies there."""
        self._done()
        await self.keep_storage()

    async def keep_storage(self) -> None:
        """Ask the browser to leave the diary alone when room is short; once granted it is not asked again."""
        if not self.kept:
            self.kept = await self._host.keep_storage()

    async def install(self) -> None:
        """The browser asks whether the diary shall be on the home screen."""
        await self._host.install()
        self.look()

    async def test(self, title: str, words: str) -> None:
        """One reminder now."""
        self.tested = await self._host.show_reminder(title, words)
