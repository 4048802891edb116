"""A phone's clock, which may be wrong, drift and jump, with chance of its own; and how a server waits."""

import random
from datetime import datetime, timedelta

from diary_app.core.environment import uuid_from, whole_milliseconds
from server.background import Background
from server.simulate.environment import SimulatedEnvironment


class PhoneClock:
    """An `Environment` beside the world's; `drift`: milliseconds that it gains in an hour."""

    def __init__(self, world: SimulatedEnvironment, seed: str) -> None:
        self._world = world
        self._random = random.Random(seed)
        self._skew = timedelta()
        self._drift = 0
        self._set_at = world.now()

    def set(self, skew: timedelta, drift: int = 0) -> None:
        """Somebody, or a bad battery, changes it."""
        self._skew, self._drift, self._set_at = skew, drift, self._world.now()

    def now(self) -> datetime:
        """What it shows."""
        hours = (self._world.now() - self._set_at) / timedelta(hours=1)
        return whole_milliseconds(self._world.now() + self._skew + timedelta(milliseconds=self._drift * hours))

    def monotonic(self) -> float:
        """See `Environment.monotonic`."""
        return self._world.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Environment.sleep`."""
        await self._world.sleep(seconds)

    def random_bytes(self, count: int) -> bytes:
        """Seeded, so predictable."""
        return self._random.randbytes(count)

    def new_id(self) -> str:
        """Seeded, so predictable."""
        return uuid_from(self.random_bytes(16))


class Unhurried(Background):
    """Of a server that waits by letting the world's time pass."""

    def __init__(self, world: SimulatedEnvironment) -> None:
        super().__init__()
        self._world = world

    def wait(self, seconds: float) -> None:
        """See `Background.wait`."""
        self._world.advance(seconds=seconds)
