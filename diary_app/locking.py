"""When the diary is locked, and what a lock can do."""

from typing import Protocol

from diary_app.core.environment import Environment
from diary_app.core.pins import Lock

#: Long enough to look something up in the middle of a question, short enough for a phone left on a table.
LOCK_AFTER_SECONDS = 5 * 60


class Keyring(Protocol):
    """The PIN's side of the diary; the PIN itself is never kept."""

    def lock(self) -> Lock:
        """How it stands now."""
        ...

    def wait_seconds(self) -> int:
        """How long until another try is allowed."""
        ...

    async def set_pin(self, pin: str) -> None:
        """The first PIN, or the one after a new code; opens the diary."""
        ...

    async def unlock(self, pin: str) -> bool:
        """Whether it fits; opens the diary when it does."""
        ...

    async def change_pin(self, old: str, new: str) -> bool:
        """Whether the old one fits; from then on the new one does."""
        ...

    def shut(self) -> None:
        """Lock."""
        ...


class Absence:
    """How long the participant was away: the longer time of two clocks, for some phones stop one of them meanwhile."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._since: tuple[float, float] | None = None

    def begin(self) -> None:
        """The app went to the background; hearing it twice changes nothing."""
        self._since = self._since or self._clocks()

    def end(self) -> float:
        """Seconds since it went; none when it did not."""
        since, self._since = self._since, None
        return max(now - then for now, then in zip(self._clocks(), since, strict=True)) if since else 0

    def _clocks(self) -> tuple[float, float]:
        return self._environment.monotonic(), self._environment.now().timestamp()
