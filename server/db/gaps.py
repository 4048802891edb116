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
    func,
    literal,
    select,
    text,
    type_coerce,
)

from diary_app.core.grading import State, UnknownReason
from diary_app.core.paper import PREFIXES
from server.db import days, participants, shapes
from server.db.among import among
from server.db.columns import from_milliseconds
from server.db.working_tables import IS_GAP

_DAY, _PARTICIPANT = days.TABLE.c, participants.TABLE.c
_PASSING = (State.OPEN.value, State.NOT_YET_DUE.value)
CLOSED, RUNNING, TYPED, SET_ASIDE = "c", "r", "p", "s"
_BETWEEN, _OF_ONE = ",", ":"
#: Unknown because of something that was set aside, not for want of a contact.
_WAITS = and_(_DAY.state == State.UNKNOWN.value, _DAY.reason == UnknownReason.QUARANTINED.value)
#: What the call list tells apart; anything else is outside.
_LETTERS = {
    "d": (State.DONE.value, State.LATE.value), "m": (State.MISSED.value,), "u": (State.UNKNOWN.value,),
    "e": (State.EXCUSED.value,), "o": _PASSING,
}  # fmt: skip
_OTHER = "x"
_MEANS = {
    "d": State.DONE, "m": State.MISSED, "u": State.UNKNOWN, "e": State.EXCUSED, "o": State.OPEN,
    _OTHER: State.NOT_EXPECTED,
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
    """One graded day with the moment at which it closes; those that the call list takes for the same have one state."""

    day: date
    state: State
    late_until: datetime


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
    connection: Connection, sites: Collection[str], instrument: str, state: str, since: date
) -> frozenset[str]:
    """Everybody at the sites with at least one day in that state from that day on."""
    statement = (
        select(_DAY.participant)
        .join(participants.TABLE, _PARTICIPANT.id == _DAY.participant)
        .where(_DAY.state == state, _DAY.diary_day >= since, _DAY.instrument == instrument)
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
        + case((_WAITS, SET_ASIDE), else_="")
    )  # fmt: skip
    return _packed(connection, one, people, instrument, _DAY.diary_day.between(since, until))


def windows_of(connection: Connection, people: Collection[str], instrument: str, since: date) -> list[tuple[str, str]]:
    """The days from one on, for `unpacked_windows`; as the text does not hang on the time, it can be kept."""
    closes = cast(type_coerce(_DAY.late_until, BigInteger), String)
    letter = case(*((_DAY.state.in_(states), letter) for letter, states in _LETTERS.items()), else_=_OTHER)
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
    """The days in such a text, as written there: day, state, `CLOSED` or `RUNNING`, perhaps `TYPED`, `SET_ASIDE`."""
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
    return [
        Window(date.fromisoformat(day), _MEANS[letter], from_milliseconds(int(closes))) for day, letter, closes in parts
    ]
