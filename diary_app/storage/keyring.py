"""What the PIN opens. Until entries are sealed on the phone there is nothing to lock: it stands open."""

from enum import StrEnum


class Lock(StrEnum):
    """How the diary on this phone stands to its PIN."""

    NO_PIN = "no_pin"
    LOCKED = "locked"
    OPEN = "open"


class OpenKeyring:
    """Always open, whatever is typed."""

    def lock(self) -> Lock:
        """Open."""
        return Lock.OPEN

    def wait_seconds(self) -> int:
        """Nothing to wait for."""
        return 0

    async def set_pin(self, pin: str) -> None:
        """Nothing to set."""

    async def unlock(self, pin: str) -> bool:
        """Whatever it is."""
        return True

    async def change_pin(self, old: str, new: str) -> bool:
        """Nothing to change."""
        return True

    def shut(self) -> None:
        """It stays open."""
