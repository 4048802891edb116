"""The only place that touches the real clock, randomness and waiting, on either side.

Everything that needs one of them takes an `Environment`, so that a simulation can own time.
"""

import asyncio
import os
import time
from datetime import UTC, datetime
from typing import Protocol

_ID_BYTES = 16
_IDS_AHEAD = 64


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
    digits, variant = randomness.hex(), "89ab"[randomness[8] >> 4 & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class SystemEnvironment:
    """The real clock, the real randomness.

    Bytes for ids are drawn ahead: whoever asks the system for some lets every other thread go first. So one environment
    is not shared with a forked process.
    """

    def __init__(self) -> None:
        self._for_ids: list[bytes] = []

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
        try:
            return uuid_from(self._for_ids.pop())
        except IndexError:
            first, *rest = self._drawn()
            self._for_ids += rest
            return uuid_from(first)

    def _drawn(self) -> list[bytes]:
        drawn = self.random_bytes(_ID_BYTES * _IDS_AHEAD)
        return [drawn[start : start + _ID_BYTES] for start in range(0, len(drawn), _ID_BYTES)]
