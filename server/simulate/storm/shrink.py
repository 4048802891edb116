"""Making a failing plan short: steps are left out as long as the same thing still goes wrong (delta debugging)."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from server.simulate.storm.entrances import Entrance
from server.simulate.storm.steps import HOUSE, Plan, Step
from server.simulate.storm.storm import run
from server.simulate.storm.tidying import tidied_afterwards

#: What differs between two runs of the same fault: names, ids, days and moments.
_PARTICULAR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[T0-9:.Z]*|\b[0-9a-f]{8}\b|\d+")
_MOST_RUNS = 250
_AFTERWARDS = timedelta(hours=40)

Runs = Callable[[Plan], list[str]]


def lived(plan: Plan, entrance: Entrance | None = None) -> list[str]:
    """What goes wrong in a plan."""
    with tidied_afterwards():
        return asyncio.run(run(plan, entrance=entrance)).found


def kind(found: str) -> str:
    """What went wrong, whomever and whenever it befell."""
    return _PARTICULAR.sub("#", found)


@dataclass(frozen=True)
class Shrunk:
    """The shortest plan that was found, what goes wrong in it, and how many runs that took."""

    plan: Plan
    found: list[str]
    runs: int


class _Shrinker:
    def __init__(self, plan: Plan, found: Sequence[str], runs: Runs, most: int) -> None:
        self.best, self.found = plan, list(found)
        self.runs = 0
        self._wanted = kind(found[0])
        self._lived = runs
        self._most = most

    def try_out(self, plan: Plan) -> bool:
        """Whether it fails in the same way; then it is the best so far."""
        if self.runs >= self._most:
            return False
        self.runs += 1
        same = [one for one in self._lived(plan) if kind(one) == self._wanted]
        if same:
            self.best, self.found = plan, same
        return bool(same)

    def fewer_people(self) -> None:
        """Most faults need one person."""
        for who in self.best.people:
            if self.try_out(self.best.only(one for one in self.best.steps if one.who in (who, HOUSE))):
                return

    def fewer_steps(self) -> None:
        """Leave out ever smaller pieces."""
        size = max(1, len(self.best.steps) // 2)
        while True:
            at = 0
            while at < len(self.best.steps):
                if not self.try_out(self.best.only(_without(self.best.steps, at, size))):
                    at += size
            if size == 1 or self.runs >= self._most:
                return
            size = max(1, size // 2)

    def sooner_over(self) -> None:
        """Halve the time that it takes, and do not go on long after the last step."""
        while self.best.steps:
            middle = self.best.begins + (self.best.ends - self.best.begins) / 2
            early = [one for one in self.best.steps if one.at < middle]
            if not self.try_out(replace(self.best, steps=tuple(early), ends=middle)):
                break
        if self.best.steps:
            ends = self.best.steps[-1].at + _AFTERWARDS
            self.try_out(replace(self.best, ends=min(self.best.ends, ends)))


def shrink(plan: Plan, found: Sequence[str], runs: Runs = lived, most: int = _MOST_RUNS) -> Shrunk:
    """A short plan in which the first of what was found still goes wrong."""
    shrinker = _Shrinker(plan, found, runs, most)
    shrinker.fewer_people()
    shrinker.sooner_over()
    shrinker.fewer_steps()
    shrinker.sooner_over()
    shrinker.fewer_steps()
    return Shrunk(shrinker.best, shrinker.found, shrinker.runs)


def _without(steps: Sequence[Step], at: int, size: int) -> list[Step]:
    return [*steps[:at], *steps[at + size :]]
