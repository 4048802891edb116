"""Participants in parts, each with one number that tells whether anybody in it changed.

Change numbers are taken while the participant's row is held and only ever go on, in a rebuild too, and nobody is ever
removed. So within one epoch the sum over a part grows with whatever is committed about anybody in it, in whatever order
transactions began or ended: two snapshots with the same sum hold the same. Parts are ranges of numbers in the order of
the database, from the first one of each to the first of the next; whoever is added falls into one of them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, func, select, text

from server.db import participants, shapes, state
from server.db.engine import is_sqlite

#: Of a part when it is made; it is cut again when it has grown beyond twice as many. Everybody in a part in which
#: somebody changed is read again, so a small one makes a change cheap; that there are many of them costs little.
SIZE = 32
#: Comes before every number.
FIRST = ""
_TABLE = participants.TABLE.c

#: From one number until just before another, None: to the end.
Range = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A participant as of one change."""

    id: str
    site: str
    change_no: int


_FROM = select(*shapes.columns(participants.TABLE, Seen)).where(_TABLE.id >= shapes.given("low")).order_by(_TABLE.id)
_SUM_FROM = select(func.coalesce(func.sum(_TABLE.change_no + 1), 0)).where(_TABLE.id >= shapes.given("low"))
#: One statement for any number of ranges, which come as one value; each is found by the index of numbers.
_RANGES = {
    True: "SELECT key AS n, json_extract(value, '$[0]') AS low, json_extract(value, '$[1]') AS high"
    " FROM json_each(:ranges)",
    False: "SELECT n - 1 AS n, value ->> 0 AS low, value ->> 1 AS high"
    " FROM json_array_elements(CAST(:ranges AS json)) WITH ORDINALITY AS one(value, n)",
}
_SUMS = "SELECT n, (SELECT coalesce(sum(change_no + 1), 0) FROM participant WHERE id >= low AND id < high)"
#: Each database is told to go from range to range, as both would else rather compare everybody with every range.
_MEMBERS = {
    True: "CROSS JOIN participant ON id >= low AND id < high",
    False: "CROSS JOIN LATERAL ("
    "SELECT id, site, change_no FROM participant WHERE id >= low AND id < high OFFSET 0) AS found",
}


def epoch(connection: Connection) -> str:
    """Which copy of the data the snapshot is of; in another, the same numbers may mean something else."""
    return state.value(connection, state.EPOCH) or ""


def ranges(lows: Sequence[str]) -> list[Range]:
    """Of parts that begin there, ascending: each ends where the next begins, the last one nowhere."""
    return list(zip(lows, [*lows[1:], None], strict=True))


def sums(connection: Connection, wanted: Sequence[Range]) -> list[int]:
    """The number of each."""
    found = {n: int(number) for n, number in _in_ranges(connection, wanted, _SUMS, "")}
    return [
        connection.execute(_SUM_FROM, {"low": low}).scalars().one() if high is None else found[n]
        for n, (low, high) in enumerate(wanted)
    ]


def members(connection: Connection, wanted: Sequence[Range]) -> list[list[Seen]]:
    """Everybody in each, by number."""
    found: list[list[Seen]] = [[] for _ in wanted]
    select_them = "SELECT n, id, site, change_no"
    for row in _in_ranges(connection, wanted, select_them, f"{_MEMBERS[is_sqlite(connection)]} ORDER BY n, id"):
        n, *one = row
        found[n].append(Seen(*one))
    for n, (low, high) in enumerate(wanted):
        if high is None:
            found[n] = shapes.read(connection, _FROM, Seen, low=low)
    return found


def _in_ranges(connection: Connection, wanted: Sequence[Range], what: str, joined: str) -> Sequence[Any]:
    """Rows with the place of their range; nothing of one without an end."""
    if all(high is None for _, high in wanted):
        return []
    return connection.execute(_statement(what, is_sqlite(connection), joined), {"ranges": json.dumps(wanted)}).all()


@lru_cache(maxsize=8)
def _statement(what: str, on_sqlite: bool, joined: str) -> TextClause:
    return text(f"{what} FROM ({_RANGES[on_sqlite]}) AS part {joined}")
