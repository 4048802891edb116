"""Expected days: found when due, changed only by naming the state and revision that were seen."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, or_, select, tuple_

from server.db import shapes
from server.db.among import among
from server.db.bulk import Bulk
from server.db.engine import is_sqlite

TABLE = shapes.table("expected_day")

#: `not_expected` of a row that no schedule names (any more): an extra day, or one that was dropped before it opened.
UNSCHEDULED = "unscheduled"


#: State, reason, next moment, entry, when the entry was first captured, when it came in, what came after a lock.
Told = tuple[str, str | None, datetime | None, str | None, datetime | None, datetime | None, datetime | None]


class ExpectedDay(NamedTuple):
    """A row of `expected_day`."""

    participant: str
    instrument: str
    diary_day: date
    zone: str
    opens: datetime
    closes: datetime
    late_until: datetime
    not_expected: str | None
    state: str
    reason: str | None
    revision: int
    next_moment: datetime | None
    entry: str | None
    first_captured_at: datetime | None
    received_at: datetime | None
    change_no: int
    after_lock_at: datetime | None = None

    @property
    def told(self) -> "Told":
        """Its grade as far as it is known from evidence; `as_told` gives it another."""
        return (
            self.state, self.reason, self.next_moment, self.entry, self.first_captured_at, self.received_at,
            self.after_lock_at,
        )  # fmt: skip

    def as_told(self, told: "Told", revision: int, change_no: int) -> "ExpectedDay":
        """The same day with that grade."""
        state, reason, next_moment, entry, first_captured_at, received_at, after_lock_at = told
        return ExpectedDay(
            self.participant, self.instrument, self.diary_day,
            self.zone, self.opens, self.closes, self.late_until, self.not_expected,
            state, reason, revision, next_moment, entry, first_captured_at, received_at, change_no, after_lock_at,
        )  # fmt: skip

    @property
    def key(self) -> tuple[str, str, date]:
        """Participant, instrument, diary day."""
        return (self.participant, self.instrument, self.diary_day)


class Overtaken(RuntimeError):
    """Another transaction changed an expected day in between; the work is undone and may be tried again."""


_ALL = select(*shapes.columns(TABLE, ExpectedDay))
_ORDER = (TABLE.c.participant, TABLE.c.instrument, TABLE.c.diary_day)
_WINDOW = ("zone", "opens", "closes", "late_until", "not_expected")
#: What changes when a window opens or ends and nothing came in.
_BY_TIME = ("state", "reason", "revision", "next_moment", "change_no")
_CAME_IN = ("entry", "first_captured_at", "received_at", "after_lock_at")
_GRADE = (*_BY_TIME, *_CAME_IN)
_OF = _ALL.where(TABLE.c.participant == shapes.given("participant")).order_by(*_ORDER)
_OF_ALL = _ALL.where(among(TABLE.c.participant, "participants")).order_by(*_ORDER)
_NAMED = _OF.where(tuple_(TABLE.c.instrument, TABLE.c.diary_day).in_(shapes.any_given("keys")))
_UNSETTLED = _OF.where(or_(among(TABLE.c.state, "states"), TABLE.c.next_moment <= shapes.given("now")))
_OF_KEYS = _ALL.where(
    among(TABLE.c.participant, "participants"),
    among(TABLE.c.instrument, "instruments"),
    among(TABLE.c.diary_day, "days"),
)
_UNSETTLED_OF = (
    _ALL.where(among(TABLE.c.participant, "participants"))
    .where(or_(among(TABLE.c.state, "states"), TABLE.c.next_moment <= shapes.given("now")))
    .order_by(*_ORDER)
)
_CHANGED = (
    _ALL.where(TABLE.c.participant == shapes.given("participant"), TABLE.c.change_no > shapes.given("cursor"))
    .order_by(TABLE.c.change_no)
    .limit(shapes.given("limit"))
)
_IS_DUE = TABLE.c.next_moment <= shapes.given("now")
_DUE = _ALL.where(_IS_DUE).order_by(TABLE.c.next_moment).limit(shapes.given("limit"))
#: Not asked whether they are due: PostgreSQL would walk through everything that is, for every batch of it.
_AGAIN = _OF_KEYS.order_by(*_ORDER).with_for_update(skip_locked=True)
_IS_AHEAD = and_(
    TABLE.c.not_expected.is_(None),
    or_(
        and_(TABLE.c.late_until > shapes.given("now"), among(TABLE.c.state, "over")),
        and_(TABLE.c.opens > shapes.given("now"), TABLE.c.state == shapes.given("open")),
    ),
)
_AHEAD_PARTICIPANTS = (
    select(TABLE.c.participant).where(_IS_AHEAD).distinct().order_by(TABLE.c.participant).limit(shapes.given("limit"))
)
_AHEAD = _ALL.where(among(TABLE.c.participant, "participants"), _IS_AHEAD).order_by(*_ORDER)
_DROP = delete(TABLE).where(TABLE.c.participant == shapes.given("the_participant"))
_KEY = tuple(column.name for column in _ORDER)
_SEEN = (*_KEY, "state", "revision")
_KEY_OF, _SEEN_OF, _BY_TIME_OF = attrgetter(*_KEY), attrgetter(*_SEEN), attrgetter(*_BY_TIME)
_WINDOW_OF, _CAME_IN_OF = attrgetter(*_WINDOW), attrgetter(*_CAME_IN)
_GRADE_OF, _ALL_OF = attrgetter(*_GRADE), attrgetter(*_WINDOW, *_GRADE)
_PASS = Bulk(TABLE, _BY_TIME, found_by=_SEEN)
_REGRADE = Bulk(TABLE, _GRADE, found_by=_SEEN)
_REPLACE = Bulk(TABLE, (*_WINDOW, *_GRADE), found_by=_SEEN)
_AROUND = _ALL.where(
    among(TABLE.c.participant, "participants"),
    TABLE.c.not_expected.is_(None),
    TABLE.c.closes > shapes.given("closing_after"),
    TABLE.c.opens < shapes.given("opening_before"),
).order_by(*_ORDER)


def add(connection: Connection, rows: Iterable[ExpectedDay]) -> None:
    """Insert days that have no row yet."""
    shapes.add(connection, TABLE, rows)


def of(connection: Connection, participant: str) -> list[ExpectedDay]:
    """All of one participant's days."""
    return shapes.read(connection, _OF, ExpectedDay, participant=participant)


def of_all(connection: Connection, participants: Collection[str]) -> dict[str, list[ExpectedDay]]:
    """All days of each of these participants, by participant."""
    found: dict[str, list[ExpectedDay]] = {participant: [] for participant in participants}
    for row in shapes.read(connection, _OF_ALL, ExpectedDay, participants=list(participants)):
        found[row.participant].append(row)
    return found


def named(connection: Connection, participant: str, keys: Collection[tuple[str, date]]) -> list[ExpectedDay]:
    """Those of the named instruments and days that have a row."""
    if not keys:
        return []
    return shapes.read(connection, _NAMED, ExpectedDay, participant=participant, keys=list(keys))


def of_keys(connection: Connection, keys: Collection[tuple[str, str, date]]) -> list[ExpectedDay]:
    """Those of the named participants, instruments and days that have a row.

    SQLite reads the whole table for a list of keys, so each column gets its own list, and what nobody named is dropped.
    """
    if not keys:
        return []
    participants, instruments, diary_days = (sorted(set(values)) for values in zip(*keys, strict=True))
    found = [
        row
        for some in shapes.chunks(diary_days)
        for row in shapes.read(
            connection, _OF_KEYS, ExpectedDay, participants=participants, instruments=instruments, days=some
        )
    ]
    wanted = set(keys)
    return sorted((row for row in found if row.key in wanted), key=lambda row: row.key)


def unsettled_of(
    connection: Connection, participants: Collection[str], states: Collection[str], now: datetime
) -> list[ExpectedDay]:
    """`unsettled` of several participants."""
    return shapes.read(
        connection, _UNSETTLED_OF, ExpectedDay, participants=list(participants), states=list(states), now=now
    )


def unsettled(connection: Connection, participant: str, states: Collection[str], now: datetime) -> list[ExpectedDay]:
    """Days in one of the states, and days that are due."""
    return shapes.read(connection, _UNSETTLED, ExpectedDay, participant=participant, states=list(states), now=now)


def due(connection: Connection, now: datetime, limit: int) -> list[ExpectedDay]:
    """The days that are due longest, at most `limit` of them, in the fixed order. Locks nothing."""
    return sorted(shapes.read(connection, _DUE, ExpectedDay, now=now, limit=limit), key=_KEY_OF)


def still_due(connection: Connection, seen: Sequence[ExpectedDay], now: datetime) -> list[ExpectedDay]:
    """Due days as they are once their participants are held, locked on PostgreSQL; those held elsewhere are absent.

    There another transaction may have changed what was seen before. On SQLite this one held everything by then.
    """
    if is_sqlite(connection):
        return list(seen)
    people, instruments, diary_days = (sorted(set(values)) for values in zip(*map(_KEY_OF, seen), strict=True))
    found = shapes.read(connection, _AGAIN, ExpectedDay, participants=people, instruments=instruments, days=diary_days)
    return [row for row in found if row.next_moment is not None and row.next_moment <= now]


def participants_ahead(
    connection: Connection, now: datetime, over: Collection[str], open: str, limit: int
) -> list[str]:
    """Who has days that are `over` or `open` before their time, at most `limit` of them. Locks nothing."""
    values = {"now": now, "over": list(over), "open": open, "limit": limit}
    return [str(found) for found in connection.execute(_AHEAD_PARTICIPANTS, values).scalars()]


def ahead(
    connection: Connection, participants: Collection[str], now: datetime, over: Collection[str], open: str
) -> list[ExpectedDay]:
    """Those days of these participants."""
    return shapes.read(
        connection, _AHEAD, ExpectedDay, participants=list(participants), now=now, over=list(over), open=open
    )


def around(
    connection: Connection, participants: Collection[str], closing_after: datetime, opening_before: datetime
) -> list[ExpectedDay]:
    """Expected days of these participants that are open at some time in that span, in the fixed order."""
    return shapes.read(
        connection, _AROUND, ExpectedDay,
        participants=list(participants), closing_after=closing_after, opening_before=opening_before,
    )  # fmt: skip


def replace(connection: Connection, changes: Sequence[tuple[ExpectedDay, ExpectedDay]]) -> None:
    """Change (seen, new) rows. Raises `Overtaken` unless each is still in the state and revision that was seen."""
    moved: list[tuple[ExpectedDay, ExpectedDay]] = []
    regraded: list[tuple[ExpectedDay, ExpectedDay]] = []
    passed: list[tuple[ExpectedDay, ExpectedDay]] = []
    for seen, new in changes:
        if _WINDOW_OF(seen) != _WINDOW_OF(new):
            moved.append((seen, new))
        elif _CAME_IN_OF(seen) != _CAME_IN_OF(new):
            regraded.append((seen, new))
        else:
            passed.append((seen, new))
    _change(connection, _PASS, _BY_TIME_OF, passed)
    _change(connection, _REGRADE, _GRADE_OF, regraded)
    _change(connection, _REPLACE, _ALL_OF, moved)


def changed_after(connection: Connection, participant: str, cursor: int, limit: int) -> list[ExpectedDay]:
    """Days changed after that change number, in that order."""
    return shapes.read(connection, _CHANGED, ExpectedDay, participant=participant, cursor=cursor, limit=limit)


def drop(connection: Connection, participant: str) -> None:
    """Forget the participant's days; only a rebuild does that."""
    connection.execute(_DROP, {"the_participant": participant})


def _change(
    connection: Connection,
    statement: Bulk,
    values_of: Callable[[ExpectedDay], tuple[object, ...]],
    changes: Sequence[tuple[ExpectedDay, ExpectedDay]],
) -> None:
    """Every value of a statement costs time, so grading alone writes no window, and time alone nothing that came in."""
    found = statement.run(connection, [_SEEN_OF(seen) + values_of(new) for seen, new in changes])
    if found != len(changes):
        raise Overtaken(f"{len(changes) - found} expected days were changed by somebody else")
