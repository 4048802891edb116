"""Several works at one time, of which only one goes on at any moment; dice say whose turn it is at each step.

Each is a thread with an event loop of its own, as each tab of an app is a process of its own, and stands still where it
hands over until its turn has come: what the dice say is all that a run depends on.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from threading import Semaphore, Thread, current_thread
from typing import Any

from server.simulate.storm.drawing import Dice


class CutOff(BaseException):
    """Whoever did the work is gone; nothing in it may survive that."""


@dataclass(frozen=True)
class Work:
    """`steps`: after how many it is cut off; None for never."""

    do: Callable[[], Coroutine[Any, Any, None]]
    steps: int | None = None


@dataclass
class _Place:
    """Where a work waits for its turn, and the steps that are left to it."""

    left: int | None
    gate: Semaphore = field(default_factory=lambda: Semaphore(0))

    def step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise CutOff


class Turns:
    """Of one meeting of works. `passing` is called with the dice at each step, so that time passes."""

    def __init__(self, dice: Dice, passing: Callable[[Dice], object]) -> None:
        self._dice = dice
        self._passing = passing
        self._places: dict[Thread, _Place] = {}
        self._ended = Semaphore(0)
        self._failed: list[BaseException] = []
        self.cut_off = 0

    def go(self, works: Sequence[Work]) -> None:
        """All of them, to their ends. Raises what one of them raised."""
        self._places = {Thread(target=self._do, args=(work,), daemon=True): _Place(work.steps) for work in works}
        for thread in [*self._places]:
            thread.start()
        self._next()
        self._ended.acquire()
        for failed in self._failed:
            raise failed

    def hand_over(self) -> None:
        """A step of whoever is at work, before which another one may go on. Nothing to anybody else."""
        mine = self._places.get(current_thread())
        if mine is not None:
            mine.step()
            self._next()
            mine.gate.acquire()

    def _do(self, work: Work) -> None:
        self._places[current_thread()].gate.acquire()
        try:
            asyncio.run(work.do())
        except CutOff:
            self.cut_off += 1
        except BaseException as error:  # noqa: BLE001 - raised again in `go`, where somebody hears of it
            self._failed.append(error)
        del self._places[current_thread()]
        self._next()

    def _next(self) -> None:
        if not self._places:
            self._ended.release()
            return
        self._passing(self._dice)
        self._dice.choice([*self._places.values()]).gate.release()
