"""A world whose time, waiting and randomness are ours, for tests and simulation; the same seed gives the same run."""

import random
from datetime import datetime, timedelta

from diary_app.core.environment import uuid_from, whole_milliseconds


class SimulatedEnvironment:
    """An `Environment` whose clock stands still until it is moved."""

    def __init__(self, start: datetime, seed: int | str = 1) -> None:
        self._true = start
        self._elapsed = timedelta()
        self._skew = timedelta()
        self._random = random.Random(seed)

    def now(self) -> datetime:
        """The stated time: true time plus the error of this clock."""
        return whole_milliseconds(self._true + self._skew)

    def monotonic(self) -> float:
        """Seconds that really passed."""
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Waiting is moving the clock."""
        self.advance(seconds=seconds)

    def random_bytes(self, count: int) -> bytes:
        """Seeded, so predictable."""
        return self._random.randbytes(count)

    def new_id(self) -> str:
        """Seeded, so predictable."""
        return uuid_from(self.random_bytes(16))

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass."""
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self._true += step
        self._elapsed += step

    def move_to(self, moment: datetime) -> None:
        """Let time pass until that true moment."""
        self.advance(seconds=(moment - self._true).total_seconds())

    def set_clock(self, skew: timedelta) -> None:
        """Somebody set the clock wrong by that much."""
        self._skew = skew


class SkewedEnvironment:
    """The same world seen through a clock that is wrong by `skew`, which may change."""

    def __init__(self, world: SimulatedEnvironment, skew: timedelta) -> None:
        self._world = world
        self.skew = skew

    def now(self) -> datetime:
        """What this clock states."""
        return self._world.now() + self.skew

    def monotonic(self) -> float:
        """See `Environment.monotonic`."""
        return self._world.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Environment.sleep`."""
        await self._world.sleep(seconds)

    def random_bytes(self, count: int) -> bytes:
        """See `Environment.random_bytes`."""
        return self._world.random_bytes(count)

    def new_id(self) -> str:
        """See `Environment.new_id`."""
        return self._world.new_id()
