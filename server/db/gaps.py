"""Queries behind the call list: who has evenings without an entry, found by an index of nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    select,
    text,
    type_coerce,
)

from diary_app.core.grading import UNDECIDED, State, UnknownReason
from diary_app.core.paper import PREFIXES
from server.db import days, participants, shapes
from server.db.among import among
from server.db.columns import from_milliseconds
from server.db.working_tables import IS_GAP

_DAY, _PARTICIPANT = days.TABLE.c, participants.TABLE.c
_PASSING = (State.OPEN.value, State.NOT_YET_DUE.value)
CLOSED, RUNNING, TYPED, WAITS = "c", "r", "p", "w"
_BETWEEN, _OF_ONE = ",", ":"
#: Unknown because staff have not decided, not for want of a contact.
_WAITS = and_(_DAY.state == State.UNKNOWN.value, _DAY.reason.in_(sorted(UNDECIDED)))
#: What the call list tells apart; anything else is outside.
_LETTERS = {
    "d": (State.DONE.value, State.LATE.value), "m": (State.MISSED.value,), "u": (State.UNKNOWN.value,),
    "e": (State.EXCUSED.value,), "o": _PASSING,
}  # fmt: skip
_UNDECIDED = {"q": UnknownReason.QUARANTINED, "l": UnknownReason.AFTER_LOCK}
_OTHER = "x"
_MEANS: dict[str, tuple[State, UnknownReason | None]] = {
    "d": (State.DONE, None), "m": (State.MISSED, None), "u": (State.UNKNOWN, None), "e": (State.EXCUSED, None),
    "o": (State.OPEN, None), _OTHER: (State.NOT_EXPECTED, None),
    **{letter: (State.UNKNOWN, reason) for letter, reason in _UNDECIDED.items()},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evening:
    """One graded day, as far as calling and sums need it. `is_typed`: staff typed what counts."""

    day: date
    state: str
    is_closed: bool
    is_typed: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """One graded day with the moment at which it closes; those that the call list takes for the same have one state.

    `reason`: of one that staff have not decided.
    """

    day: date
    state: State
    late_until: datetime
    reason: UnknownReason | None = None


def with_gaps(connection: Connection, instrument: str, since: date) -> frozenset[str]:
    """Everybody with at least one day missed or not heard from on that day or later."""
    statement = select(_DAY.participant).where(text(IS_GAP)).distinct()
    found = connection.execute(statement.where(_DAY.diary_day >= since, _DAY.instrument == instrument))
    return frozenset(str(row[0]) for row in found)


def just_closed(connection: Connection, instrument: str, now: datetime) -> frozenset[str]:
    """Everybody with a day that has closed and waits to be graded: until then nobody has heard of it."""
    # Grouped by an expression: grouped by the column itself, SQLite walks every day there is in order of participants.
    who = _DAY.participant.concat("").label("participant")
    statement = (
        select(who)
        .where(_DAY.next_moment <= now, _DAY.late_until <= now, _DAY.state.in_(_PASSING))
        .where(_DAY.instrument == instrument)
        .group_by(who)
    )
    return frozenset(str(row[0]) for row in connection.execute(statement))


def with_state(
    connection: Connection, sites: Collection[str], instrument: str, state: str, since: date, *, undecided: bool = False
) -> frozenset[str]:
    """Everybody at the sites with at least one day in that state from that day on.

    `undecided`: of the unknown those that wait for staff, else the others.
    """
    is_asked = _WAITS if undecided else and_(_DAY.state == state, not_(func.coalesce(_WAITS, false())))
    statement = (
        select(_DAY.participant)
        .join(participants.TABLE, _PARTICIPANT.id == _DAY.participant)
        .where(is_asked, _DAY.diary_day >= since, _DAY.instrument == instrument)
        .where(_PARTICIPANT.site.in_(sites))
        .distinct()
    )
    return frozenset(str(row[0]) for row in connection.execute(statement))


def evenings_of(
    connection: Connection, people: Collection[str], instrument: str, since: date, until: date, now: datetime
) -> list[tuple[str, str]]:
    """By participant, the graded days packed into one text, to be read by `unpacked`: a row for each day costs more."""
    one = (
        cast(_DAY.diary_day, String) + literal(_OF_ONE) + _DAY.state + literal(_OF_ONE)
        + case((_DAY.late_until <= now, CLOSED), else_=RUNNING)
        + case(*((_DAY.entry.startswith(prefix), TYPED) for prefix in PREFIXES.values()), else_="")
        + case((_WAITS, WAITS), else_="")
    )  # fmt: skip
    return _packed(connection, one, people, instrument, _DAY.diary_day.between(since, until))


def windows_of(connection: Connection, people: Collection[str], instrument: str, since: date) -> list[tuple[str, str]]:
    """The days from one on, for `unpacked_windows`; as the text does not hang on the time, it can be kept."""
    closes = cast(type_coerce(_DAY.late_until, BigInteger), String)
    waits = (and_(_DAY.state == State.UNKNOWN.value, _DAY.reason == why.value) for why in _UNDECIDED.values())
    of_states = ((_DAY.state.in_(states), letter) for letter, states in _LETTERS.items())
    letter = case(*zip(waits, _UNDECIDED, strict=True), *of_states, else_=_OTHER)
    one = cast(_DAY.diary_day, String) + literal(_OF_ONE) + letter + literal(_OF_ONE) + closes
    return _packed(connection, one, people, instrument, _DAY.diary_day >= since)


def _packed(
    connection: Connection, one: ColumnElement[Any], people: Collection[str], instrument: str,
    in_time: ColumnElement[bool],
) -> list[tuple[str, str]]:  # fmt: skip
    statement = (
        select(_DAY.participant, func.aggregate_strings(one, _BETWEEN))
        .where(among(_DAY.participant, "people"))
        .where(_DAY.instrument == instrument, in_time)
        .group_by(_DAY.participant)
    )
    rows = [row for some in shapes.chunks(people) for row in connection.execute(statement, {"people": some}).all()]
    return [(who, packed) for who, packed in rows]


def unpacked_text(packed: str) -> list[tuple[str, str, str]]:
    """The days in such a text, as written there: day, state, `CLOSED` or `RUNNING`, perhaps `TYPED`, `WAITS`."""
    parts = (one.split(_OF_ONE) for one in packed.split(_BETWEEN))
    return [(day, state, marks) for day, state, marks in parts]


def unpacked(packed: str) -> list[Evening]:
    """The days in such a text."""
    return [
        Evening(date.fromisoformat(day), state, CLOSED in marks, TYPED in marks)
        for day, state, marks in unpacked_text(packed)
    ]


def unpacked_windows(packed: str) -> list[Window]:
    """The days in a text of `windows_of`."""
    parts = (one.split(_OF_ONE) for one in packed.split(_BETWEEN))
    found = ((day, *_MEANS[letter], from_milliseconds(int(closes))) for day, letter, closes in parts)
    return [Window(date.fromisoformat(day), state, closes, reason) for day, state, reason, closes in found]
