"""Queries behind the call list: who has evenings without an entry, found by an index of nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, String, case, cast, func, literal, select, text

from diary_app.core.grading import State
from diary_app.core.paper import PREFIX
from server.db import days, participants, shapes
from server.db.working_tables import IS_GAP

_DAY, _PARTICIPANT = days.TABLE.c, participants.TABLE.c
_PASSING = (State.OPEN.value, State.NOT_YET_DUE.value)
CLOSED, RUNNING, PAPER = "c", "r", "p"
_BETWEEN, _OF_ONE = ",", ":"


@dataclass(frozen=True, slots=True)
class Gaps:
    """How many evenings without an entry somebody has: all, and those since the recent day; where their facts stand."""

    participant: str
    facts: int
    all: int
    recent: int


@dataclass(frozen=True, slots=True)
class Evening:
    """One graded day, as far as calling and sums need it."""

    day: date
    state: str
    is_closed: bool
    is_paper: bool = False


def gaps_at(
    connection: Connection, sites: Collection[str], instrument: str, since: date, recent: date, until: date
) -> list[Gaps]:
    """Everybody at the sites with at least one day missed or not heard from between `since` and `until`."""
    counted = (
        select(_DAY.participant, func.count().label("all"), _number_since(recent))
        .where(text(f"expected_day.{IS_GAP}"))
        .where(_DAY.diary_day.between(since, until), _DAY.instrument == instrument)
        .group_by(_DAY.participant)
        .subquery()
    )
    statement = (
        select(counted.c.participant, _PARTICIPANT.fact_sequence, counted.c.all, counted.c.recent)
        .join(participants.TABLE, _PARTICIPANT.id == counted.c.participant)
        .where(_PARTICIPANT.site.in_(sites))
    )
    return [Gaps(*row) for row in connection.execute(statement).all()]


def _number_since(recent: date) -> Any:
    return func.sum(case((_DAY.diary_day >= recent, 1), else_=0)).label("recent")


def just_closed(connection: Connection, sites: Collection[str], instrument: str, now: datetime) -> list[Gaps]:
    """Everybody with a day that has closed and waits to be graded: until then nobody has heard of it."""
    # Grouped by an expression: grouped by the column itself, SQLite walks every day there is in order of participants.
    who = _DAY.participant.concat("").label("participant")
    counted = (
        select(who, func.count().label("all"))
        .where(_DAY.next_moment <= now, _DAY.late_until <= now, _DAY.state.in_(_PASSING))
        .where(_DAY.instrument == instrument)
        .group_by(who)
        .subquery()
    )
    statement = (
        select(counted.c.participant, _PARTICIPANT.fact_sequence, counted.c.all, counted.c.all)
        .join(participants.TABLE, _PARTICIPANT.id == counted.c.participant)
        .where(_PARTICIPANT.site.in_(sites))
    )
    return [Gaps(*row) for row in connection.execute(statement)]


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
        + case((_DAY.entry.startswith(PREFIX), PAPER), else_="")
    )  # fmt: skip
    statement = (
        select(_DAY.participant, func.aggregate_strings(one, _BETWEEN))
        .where(_DAY.participant.in_(shapes.any_given("people")))
        .where(_DAY.instrument == instrument, _DAY.diary_day.between(since, until))
        .group_by(_DAY.participant)
    )
    rows = [row for some in shapes.chunks(people) for row in connection.execute(statement, {"people": some}).all()]
    return [(who, packed) for who, packed in rows]


def unpacked_text(packed: str) -> list[tuple[str, str, str]]:
    """The days in such a text, as they are written there: day, state, `CLOSED` or `RUNNING` and perhaps `PAPER`."""
    parts = (one.split(_OF_ONE) for one in packed.split(_BETWEEN))
    return [(day, state, marks) for day, state, marks in parts]


def unpacked(packed: str) -> list[Evening]:
    """The days in such a text."""
    return [
        Evening(date.fromisoformat(day), state, CLOSED in marks, PAPER in marks)
        for day, state, marks in unpacked_text(packed)
    ]
