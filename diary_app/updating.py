"""Changing to a newer version of the app, or going on without for now."""

from collections.abc import Callable

import flet as ft

from diary_app.core.entries import Mode
from diary_app.host import Host


@ft.observable
class Updating:
    """Read by the screen of a version that is too old; `again` opens the diary once more."""

    def __init__(self, host: Host, again: Callable[[], None]) -> None:
        self._host = host
        self._again = again
        self.is_put_off = False
        self.looking = False
        self.none_found = False

    @property
    def is_by_store(self) -> bool:
        """A native app is updated where it came from, and not by itself."""
        return self._host.mode is not Mode.WEB

    def take(self) -> None:
        """Change to the newer version that is downloaded."""
        self._host.take_update()

    async def look_and_take(self) -> None:
        """Look for a newer version, and change to it where there is one."""
        if self.looking:
            return
        self.looking, self.none_found = True, False
        try:
            self.none_found = not await self._host.look_for_update()
        finally:
            self.looking = False
        self._host.take_update()  # without one it goes back to the newest that was here, if that is another

    async def look_again(self) -> None:
        """A newer version has been here: look for it, else try with this one again."""
        await self.look_and_take()
        if self.none_found:
            self._again()

    def put_off(self) -> None:
        """Go on with this version for now: what is saved is sent all the same."""
        self.is_put_off = True
        self._again()
