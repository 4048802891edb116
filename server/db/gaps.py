"""Queries behind the call list: who has evenings without an entry, found by an index of nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, text

from diary_app.core.grading import State
from server.db import days, participants, shapes
from server.db.working_tables import IS_GAP

_DAY, _PARTICIPANT = days.TABLE.c, participants.TABLE.c
_PASSING = (State.OPEN.value, State.NOT_YET_DUE.value)


@dataclass(frozen=True, slots=True)
class Gaps:
    """How many evenings without an entry somebody has: all, and those since the recent day; where their facts stand."""

    participant: str
    facts: int
    all: int
    recent: int


@dataclass(frozen=True, slots=True)
class Evening:
    """One graded day, as far as calling needs it."""

    participant: str
    day: date
    state: str
    late_until: datetime


def gaps_at(
    connection: Connection, sites: Collection[str], instrument: str, since: date, recent: date, until: date
) -> list[Gaps]:
    """Everybody at the sites with at least one day missed or not heard from between `since` and `until`."""
    statement = (
        select(
            _DAY.participant, _PARTICIPANT.fact_sequence, func.count(),
            func.sum(case((_DAY.diary_day >= recent, 1), else_=0)),
        )
        .join(participants.TABLE, _PARTICIPANT.id == _DAY.participant)
        .where(text(f"expected_day.{IS_GAP}"))
        .where(_DAY.diary_day.between(since, until), _DAY.instrument == instrument, _PARTICIPANT.site.in_(sites))
        .group_by(_DAY.participant, _PARTICIPANT.fact_sequence)
    )  # fmt: skip
    return [Gaps(*row) for row in connection.execute(statement)]


def just_closed(connection: Connection, sites: Collection[str], instrument: str, now: datetime) -> list[Gaps]:
    """Everybody with a day that has closed and waits to be graded: until then nobody has heard of it."""
    statement = (
        select(_DAY.participant, _PARTICIPANT.fact_sequence, func.count(), func.count())
        .join(participants.TABLE, _PARTICIPANT.id == _DAY.participant)
        .where(_DAY.next_moment <= now, _DAY.late_until <= now, _DAY.state.in_(_PASSING))
        .where(_DAY.instrument == instrument, _PARTICIPANT.site.in_(sites))
        .group_by(_DAY.participant, _PARTICIPANT.fact_sequence)
    )
    return [Gaps(*row) for row in connection.execute(statement)]


def evenings_of(
    connection: Connection, people: Collection[str], instrument: str, since: date, until: date
) -> list[Evening]:
    """The graded days of these participants, by participant and day."""
    statement: Any = (
        select(_DAY.participant, _DAY.diary_day, _DAY.state, _DAY.late_until)
        .where(_DAY.participant.in_(shapes.any_given("people")))
        .where(_DAY.instrument == instrument, _DAY.diary_day.between(since, until))
    )
    found = [
        Evening(*row) for some in shapes.chunks(people) for row in connection.execute(statement, {"people": some}).all()
    ]
    return sorted(found, key=lambda one: (one.participant, one.day))
