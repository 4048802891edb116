"""A year of each participant as one narrow strip: a bar a day, whose height says the state and whose colour repeats it.

A table of 365 cells a row is neither read nor drawn with ease; a strip is a handful of paths.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby

from server.console.dates import Calendar
from server.console.signs import Sign
from server.db.gaps import CLOSED, WAITS, unpacked_text

DAY_WIDTH = 2
HEIGHT = 16
#: Where the bars of a sign begin and how high they are; not heard from is a bar in two pieces, not decided in three.
BARS: Mapping[Sign, tuple[tuple[int, int], ...]] = {
    Sign.DONE: ((10, 4),),
    Sign.LATE: ((7, 7),),
    Sign.MISSED: ((1, 14),),
    Sign.UNKNOWN: ((1, 5), (9, 5)),
    Sign.UNDECIDED: ((1, 3), (6, 3), (11, 3)),
    Sign.EXCUSED: ((7, 2),),
    Sign.OPEN: ((13, 1),),
    Sign.EXTRA: ((1, 3),),
}
_SIGNS = {sign.value: sign for sign in Sign}
_PASSING = frozenset({Sign.OPEN, Sign.NOT_YET_DUE})


@dataclass(frozen=True)
class Strip:
    """`paths`: the class of a sign and what draws its days. `words`: how many days there are of each."""

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


def strip(packed: str, where: Mapping[str, int], words: Callable[[Counter[Sign]], str]) -> Strip:
    """One participant's days, as `gaps.evenings_of` packs them; `where`: their `places`.

    `words` is told how many days there are of each sign.
    """
    signs = _in_order(packed, where)
    drawn: dict[Sign, list[str]] = {}
    place = 0
    for sign, run in groupby(signs):
        number = len(list(run))
        if sign is not None and sign in BARS:
            drawn.setdefault(sign, []).extend(_bar(place, number, top, high) for top, high in BARS[sign])
        place += number
    counted = Counter(sign for sign in signs if sign is not None)
    paths = tuple((sign.value, "".join(drawn[sign])) for sign in BARS if sign in drawn)
    return Strip(paths, words(counted))


def months(first: date, length: int, calendar: Calendar) -> tuple[Month, ...]:
    """The months that begin within the strip."""
    days = (first + timedelta(days=back) for back in range(length))
    return tuple(Month(index * DAY_WIDTH, calendar.month(day)) for index, day in enumerate(days) if day.day == 1)


def signs_by_day(packed: str) -> dict[str, Sign]:
    """The sign of each day in such a text, by the clock where the sweep has not come by yet."""
    found = {}
    for day, state, marks in unpacked_text(packed):
        known = Sign.UNDECIDED if WAITS in marks else _SIGNS[state]
        found[day] = Sign.UNKNOWN if CLOSED in marks and known in _PASSING else known
    return found


def _in_order(packed: str, where: Mapping[str, int]) -> Sequence[Sign | None]:
    signs: list[Sign | None] = [None] * len(where)
    for day, sign in signs_by_day(packed).items():
        if (index := where.get(day)) is not None:
            signs[index] = sign
    return signs


def _bar(place: int, days: int, top: int, height: int) -> str:
    width = days * DAY_WIDTH
    return f"M{place * DAY_WIDTH} {top}h{width}v{height}h-{width}z"
