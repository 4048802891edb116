"""Participants in parts, each with one number that tells whether anybody in it changed.

Change numbers are taken while the participant's row is held and only ever go on, in a rebuild too, and nobody is ever
removed. So within one epoch the sum over a part grows with whatever is committed about anybody in it, in whatever order
transactions began or ended: two snapshots with the same sum hold the same. Parts are ranges of numbers in the order of
the database, from the first one of each to the first of the next; whoever is added falls into one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, TextClause, func, select, text

from server.db import participants, shapes, state

#: Of a part when it is made; it is cut again when it has grown beyond twice as many.
SIZE = 256
#: Comes before every number.
FIRST = ""
_TABLE = participants.TABLE.c


@dataclass(frozen=True, slots=True)
class Seen:
    """A participant as of one change."""

    id: str
    site: str
    change_no: int


_SEEN = select(*shapes.columns(participants.TABLE, Seen)).order_by(_TABLE.id)
_FROM = _SEEN.where(_TABLE.id >= shapes.given("low"))
_BETWEEN = _FROM.where(_TABLE.id < shapes.given("high"))
_SUM_FROM = select(func.coalesce(func.sum(_TABLE.change_no + 1), 0)).where(_TABLE.id >= shapes.given("low"))


def epoch(connection: Connection) -> str:
    """Which copy of the data the snapshot is of; in another, the same numbers may mean something else."""
    return state.value(connection, state.EPOCH) or ""


def members(connection: Connection, low: str, high: str | None) -> list[Seen]:
    """Everybody from one number until just before another, None: to the end; by number."""
    if high is None:
        return shapes.read(connection, _FROM, Seen, low=low)
    return shapes.read(connection, _BETWEEN, Seen, low=low, high=high)


def sums(connection: Connection, lows: Sequence[str]) -> list[int]:
    """The number of each part. `lows`: where they begin, ascending, the first with `FIRST`; the last has no end."""
    last = connection.execute(_SUM_FROM, {"low": lows[-1]}).scalars().one()
    if len(lows) == 1:
        return [last]
    bounds = {f"b{number}": low for number, low in enumerate(lows)}
    found = {int(row[0]): int(row[1]) for row in connection.execute(_sums_between(len(lows) - 1), bounds)}
    return [found[number] for number in range(len(lows) - 1)] + [last]


@lru_cache(maxsize=8)
def _sums_between(number: int) -> TextClause:
    """One statement for all: of a list of ranges, either database finds each by the index of numbers."""
    rows = (f"({n}, CAST(:b{n} AS VARCHAR), CAST(:b{n + 1} AS VARCHAR))" for n in range(number))
    return text(
        f"WITH part(n, low, high) AS (VALUES {', '.join(rows)}) "  # noqa: S608 - numbers that are counted here
        "SELECT n, (SELECT coalesce(sum(change_no + 1), 0) FROM participant WHERE id >= low AND id < high) FROM part"
    )
