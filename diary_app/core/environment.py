"""The only place that touches the real clock, randomness and waiting, on either side.

Everything that needs one of them takes an `Environment`, so that a simulation can own time.
"""

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID


class Environment(Protocol):
    """What a program may ask of the world besides its own files and sockets."""

    def now(self) -> datetime:
        """The stated time: aware, UTC, whole milliseconds. May jump when somebody sets the clock."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up anything else."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Bytes nobody can guess."""
        ...

    def new_id(self) -> str:
        """A new UUID (version 4) as lower-case text."""
        ...


def whole_milliseconds(moment: datetime) -> datetime:
    """Cut a moment to the precision that records carry."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def uuid_from(randomness: bytes) -> str:
    """A version 4 UUID from 16 random bytes."""
    return str(UUID(bytes=randomness, version=4))


class SystemEnvironment:
    """The real clock, the real randomness."""

    def now(self) -> datetime:
        """See `Environment.now`."""
        return whole_milliseconds(datetime.now(UTC))

    def monotonic(self) -> float:
        """See `Environment.monotonic`."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Environment.sleep`."""
        await asyncio.sleep(seconds)

    def random_bytes(self, count: int) -> bytes:
        """See `Environment.random_bytes`."""
        return os.urandom(count)

    def new_id(self) -> str:
        """See `Environment.new_id`."""
        return uuid_from(self.random_bytes(16))
