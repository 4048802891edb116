"""A year of each participant as one narrow strip: a bar a day, whose height says the state and whose colour repeats it.

A table of 365 cells a row is neither read nor drawn with ease; a strip is a handful of paths.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby

from diary_app.core.grading import State
from server.console.dates import Calendar
from server.db.gaps import CLOSED, SET_ASIDE, unpacked_text

DAY_WIDTH = 2
HEIGHT = 16
#: Where the bars of a state begin and how high they are; not heard from is a bar in two pieces.
BARS: Mapping[State, tuple[tuple[int, int], ...]] = {
    State.DONE: ((10, 4),),
    State.LATE: ((7, 7),),
    State.MISSED: ((1, 14),),
    State.UNKNOWN: ((1, 5), (9, 5)),
    State.EXCUSED: ((7, 2),),
    State.OPEN: ((13, 1),),
    State.EXTRA: ((1, 3),),
}
_STATES = {state.value: state for state in State}
_PASSING = frozenset({State.OPEN, State.NOT_YET_DUE})


@dataclass(frozen=True)
class Strip:
    """`paths`: the class of a state and what draws its days. `words`: how many days there are of each."""

    paths: tuple[tuple[str, str], ...]
    words: str


@dataclass(frozen=True)
class Month:
    """Where a month begins along the strip."""

    at: int
    name: str


@lru_cache(maxsize=4)
def places(first: date, length: int) -> Mapping[str, int]:
    """Where each day stands in a strip."""
    return {(first + timedelta(days=index)).isoformat(): index for index in range(length)}


def strip(packed: str, where: Mapping[str, int], words: Callable[[Counter[State], int], str]) -> Strip:
    """One participant's days, as `gaps.evenings_of` packs them; `where`: their `places`.

    `words` is told how many days there are of each state, and how many of the unknown wait to be decided.
    """
    states = _in_order(packed, where)
    drawn: dict[State, list[str]] = {}
    place = 0
    for state, run in groupby(states):
        number = len(list(run))
        if state is not None and state in BARS:
            drawn.setdefault(state, []).extend(_bar(place, number, top, high) for top, high in BARS[state])
        place += number
    counted = Counter(state for state in states if state is not None)
    paths = tuple((state.value, "".join(drawn[state])) for state in BARS if state in drawn)
    return Strip(paths, words(counted, _undecided(packed, where)))


def months(first: date, length: int, calendar: Calendar) -> tuple[Month, ...]:
    """The months that begin within the strip."""
    days = (first + timedelta(days=back) for back in range(length))
    return tuple(Month(index * DAY_WIDTH, calendar.month(day)) for index, day in enumerate(days) if day.day == 1)


def states_by_day(packed: str) -> dict[str, State]:
    """The state of each day in such a text, by the clock where the sweep has not come by yet."""
    found = {}
    for day, state, marks in unpacked_text(packed):
        known = _STATES[state]
        found[day] = State.UNKNOWN if CLOSED in marks and known in _PASSING else known
    return found


def _in_order(packed: str, where: Mapping[str, int]) -> Sequence[State | None]:
    states: list[State | None] = [None] * len(where)
    for day, state in states_by_day(packed).items():
        if (index := where.get(day)) is not None:
            states[index] = state
    return states


def _undecided(packed: str, where: Mapping[str, int]) -> int:
    return sum(SET_ASIDE in marks and day in where for day, _, marks in unpacked_text(packed))


def _bar(place: int, days: int, top: int, height: int) -> str:
    width = days * DAY_WIDTH
    return f"M{place * DAY_WIDTH} {top}h{width}v{height}h-{width}z"
