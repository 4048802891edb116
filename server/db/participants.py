"""Participants: the row that is locked, its counter of changes and the head of its chain of facts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select, update

from server.db import shapes
from server.db.among import among
from server.db.bulk import Bulk

TABLE = shapes.table("participant")


class Participant(NamedTuple):
    """A row of `participant`."""

    id: str
    site: str
    study: str
    change_no: int
    fact_sequence: int
    fact_hash: str
    added_at: datetime
    activated_at: datetime | None = None
    expanded_until: date | None = None
    prompts_from: datetime | None = None


_ALL = select(*shapes.columns(TABLE, Participant))
_ONE = _ALL.where(TABLE.c.id == shapes.given("id"))
_LOCK = _ONE.with_for_update()
_LOCK_ALL = _ALL.where(among(TABLE.c.id, "ids")).order_by(TABLE.c.id).with_for_update()
_LOCK_FREE = _ALL.where(among(TABLE.c.id, "ids")).order_by(TABLE.c.id).with_for_update(skip_locked=True)
_SAVE = Bulk(TABLE, Participant._fields[1:], found_by=("id",))
#: Every open page asks: building a statement would cost as much as it does.
_CHANGES = (
    select(TABLE.c.site, func.sum(TABLE.c.change_no) + func.count())
    .where(among(TABLE.c.site, "sites"))
    .group_by(TABLE.c.site)
)
_COUNT = Bulk(TABLE, ("change_no",), found_by=("id",))
_BEHIND = (
    select(TABLE.c.id)
    .where(or_(TABLE.c.expanded_until.is_(None), TABLE.c.expanded_until < shapes.given("day")))
    .order_by(TABLE.c.id)
    .limit(shapes.given("limit"))
)
_NEVER_LOOKED_AT = (
    select(TABLE.c.id).where(TABLE.c.prompts_from.is_(None)).order_by(TABLE.c.id).limit(shapes.given("limit"))
)
_PROMPTS_DUE = (
    select(TABLE.c.id)
    .where(or_(TABLE.c.prompts_from <= shapes.given("now"), TABLE.c.prompts_from > shapes.given("a_day_ahead")))
    .order_by(TABLE.c.prompts_from, TABLE.c.id)
    .limit(shapes.given("limit"))
)
_SITES = select(TABLE.c.site).distinct().order_by(TABLE.c.site)
_IDS = select(TABLE.c.id).order_by(TABLE.c.id)
#: Seconds since then fit 31 bits until 2088.
_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
#: More changes than anybody has in the half minute in which nothing is noted outside, or that a copy may lack of them.
_FORGOTTEN = 100_000
#: Apps write numbers below it.
_MOST = 2**31


def add(connection: Connection, row: Participant) -> None:
    """Insert one."""
    shapes.add(connection, TABLE, [row])


def get(connection: Connection, participant: str) -> Participant | None:
    """Read one without locking it."""
    return shapes.first(connection, _ONE, Participant, id=participant)


def lock(connection: Connection, participant: str) -> Participant | None:
    """Read one and hold it until the end of the transaction; on SQLite the transaction already holds everything."""
    return shapes.first(connection, _LOCK, Participant, id=participant)


def lock_all(connection: Connection, participants: Iterable[str]) -> list[Participant]:
    """Lock those that are there, ascending, waiting for each."""
    return shapes.read(connection, _LOCK_ALL, Participant, ids=list(participants))


def lock_free(connection: Connection, participants: Iterable[str]) -> list[Participant]:
    """Lock those that nobody else holds, ascending."""
    return shapes.read(connection, _LOCK_FREE, Participant, ids=list(participants))


def save(connection: Connection, rows: Iterable[Participant]) -> None:
    """Write back rows that this transaction holds."""
    _SAVE.run(connection, list(rows))


def count(connection: Connection, counters: Sequence[tuple[str, int]]) -> None:
    """Write back nothing but the counters of changes, by participant, of rows that this transaction holds."""
    _COUNT.run(connection, counters)


def expanded_before(connection: Connection, day: date, limit: int) -> list[str]:
    """Ids of those whose expected days do not reach that day, ascending."""
    return shapes.column(connection, _BEHIND, day=day, limit=limit)


def prompts_due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of those who may have a prompt by now, longest waiting first; whose prompts were never looked at before.

    Nobody's next look is more than a day ahead, unless the clock was wrong when it was set.
    """
    never = shapes.column(connection, _NEVER_LOOKED_AT, limit=limit)
    left, tomorrow = limit - len(never), now + timedelta(days=1)
    return sorted(never + shapes.column(connection, _PROMPTS_DUE, now=now, a_day_ahead=tomorrow, limit=left))


def look_again_from(connection: Connection, now: datetime) -> None:
    """Whoever's next look lies ahead is looked at now: it was set by a clock that was ahead."""
    connection.execute(update(TABLE).where(TABLE.c.prompts_from > now).values(prompts_from=now))


def look_due_since(connection: Connection) -> datetime | None:
    """Since when the longest of those wait whose prompts are to be looked at again, or will; None where nobody is."""
    since: datetime | None = connection.scalar(select(func.min(TABLE.c.prompts_from)))
    return since


def count_from(connection: Connection, moment: datetime, given: int = 0) -> None:
    """Let everybody's changes be counted on from that moment, by seconds, where they are not that far already.

    `given`: the highest number that was noted outside; together with those in the copy, so many may have been given
    that the clock has not come to. An entry names one of them, and apps write no more than 31 bits.
    """
    highest = max(highest_change(connection), given)
    number = int((moment - _COUNTED_FROM).total_seconds())
    if highest + _FORGOTTEN < _MOST:
        number = max(number, highest + _FORGOTTEN)
    connection.execute(update(TABLE).where(TABLE.c.change_no < number).values(change_no=number))


def highest_change(connection: Connection) -> int:
    """The highest change number that anybody has; 0 where there is nobody."""
    return int(connection.execute(select(func.coalesce(func.max(TABLE.c.change_no), 0))).scalar_one())


def first_added(connection: Connection) -> datetime | None:
    """When the first participant was added; None where there is nobody."""
    return connection.scalars(select(TABLE.c.added_at).order_by(TABLE.c.added_at).limit(1)).first()


def changes_at(connection: Connection, sites: Collection[str]) -> dict[str, int]:
    """How many changes everybody at each of these sites has had, and how many they are: it only grows."""
    found = {site: int(changes) for site, changes in connection.execute(_CHANGES, {"sites": list(sites)})}
    return {site: found.get(site, 0) for site in sites}


def sites(connection: Connection) -> list[str]:
    """The sites that have participants, ascending."""
    return shapes.column(connection, _SITES)


def expand_anew(connection: Connection) -> None:
    """Let everybody's days be laid out again when the horizon is next looked at."""
    connection.execute(update(TABLE).where(TABLE.c.expanded_until.is_not(None)).values(expanded_until=None))


def ids(connection: Connection) -> list[str]:
    """Every participant, ascending."""
    return shapes.column(connection, _IDS)
