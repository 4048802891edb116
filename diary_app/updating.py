"""Changing to a newer version of the app, or going on without for now."""

from collections.abc import Callable

from diary_app.host import Host


class Updating:
    """`again` opens the diary once more."""

    def __init__(self, host: Host, again: Callable[[], None]) -> None:
        self._host = host
        self._again = again
        self.is_put_off = False

    def take(self) -> None:
        """Change to the newer version."""
        self._host.take_update()

    def take_newest(self) -> None:
        """A newer version has been here: change to it where there is one, else try again."""
        self._host.take_update()
        self._again()

    def put_off(self) -> None:
        """Go on with this version for now: what is saved is sent all the same."""
        self.is_put_off = True
        self._again()
