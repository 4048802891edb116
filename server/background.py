"""Work that takes minutes, in threads beside the requests; at the end it is told to stop and waited for."""

import threading
from collections.abc import Callable

#: How long the end of the server waits for work that does not look up.
LAST_SECONDS = 20


class Stopped(Exception):
    """Raised inside work by `Background.look_up` when the server ends."""


class Background:
    """The threads of one process."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def begin(self, name: str, work: Callable[[], None]) -> None:
        """Run it beside everything else. It has to catch what it raises."""
        self._threads = [one for one in self._threads if one.is_alive()]
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def look_up(self) -> None:
        """To be called by work every now and then. Raises `Stopped` when the server ends."""
        if self._stopping.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Let time pass, less of it when the server ends."""
        self._stopping.wait(seconds)

    def stop(self) -> None:
        """Tell everything to stop, and wait for all of it together."""
        self._stopping.set()
        waited_for = [one for one in self._threads if one.is_alive()]
        for thread in waited_for:
            thread.join(LAST_SECONDS / len(waited_for))
