"""Sums of evenings by site, period and week; kept for half a minute, as chart and tables of one page ask for them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.anchors import anchors, label_by
from diary_app.core.compliance import Denominators, Rates, Tally, denominators, rates
from diary_app.core.facts import Fact, Randomised
from diary_app.core.grading import State
from diary_app.core.status import DisplayStatus, display_status
from diary_app.core.study import Study
from server.console.course import KINDS
from server.console.kept import kept
from server.console.marks import Mark, of_sites
from server.db import shapes, staff_facts
from server.db.gaps import evenings_of, unpacked
from server.db.overview import participants_at
from server.intake.known import fact_from_row

BACK = timedelta(days=730)
_FILLED = (State.DONE, State.LATE)
_PASSING = frozenset({State.OPEN, State.NOT_YET_DUE})
_COUNTED = frozenset({State.DONE, State.LATE, State.MISSED, State.UNKNOWN, State.EXCUSED})


@dataclass(frozen=True)
class Sum:
    """One line of a table: what it is about, how many participants, and the rates of its evenings."""

    key: str
    participants: int
    tally: Tally
    rates: Rates


@dataclass(frozen=True)
class Compliance:
    """Everything the page shows. `evening`: the last that closed for somebody, and the SISAQOL pair at it."""

    mark: Mark
    all: Sum
    sites: tuple[Sum, ...]
    periods: tuple[Sum, ...]
    weeks: tuple[tuple[date, Sum], ...]
    evening: date | None
    pair: Denominators | None
    screen_failures: int
    never_activated: int


@dataclass
class _Counts:
    """States counted under one key, and of whom; `typed`: those of them whose entry staff typed."""

    states: Counter[State] = field(default_factory=Counter)
    typed: Counter[State] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)

    def take(self, who: str, state: State, *, is_typed: bool) -> None:
        """One closed evening more."""
        self.states[state] += 1
        self.typed[state] += is_typed
        self.people.add(who)

    def sum(self, key: str) -> Sum:
        """As a line."""
        known = self.states
        filled = known[State.DONE] + known[State.LATE]
        tally = Tally(
            expected=sum(known.values()), done=known[State.DONE], late=known[State.LATE], missed=known[State.MISSED],
            unknown=known[State.UNKNOWN], excused=known[State.EXCUSED], received=filled,
            done_on_paper=self.typed[State.DONE], late_on_paper=self.typed[State.LATE],
            received_on_paper=self.typed[State.DONE] + self.typed[State.LATE],
        )  # fmt: skip
        return Sum(key, len(self.people), tally, rates(tally))


def compliance(connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime) -> Compliance:
    """Of those sites, at most half a minute old. A day counts once it has closed."""
    return kept(connection, ("compliance", *sites), now, lambda: _summed(connection, study, sites, today, now))


def _summed(connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime) -> Compliance:
    mark, people = of_sites(connection, sites, now), participants_at(connection, sites)
    facts = _facts(connection, [person.id for person in people])
    failed = {who for who, said in facts.items() if display_status(said, now) is DisplayStatus.SCREEN_FAILURE}
    active = [one for one in people if one.activated_at and one.id not in failed]
    by: dict[tuple[str, str], _Counts] = defaultdict(_Counts)
    at_evening: dict[date, dict[str, State]] = defaultdict(dict)
    site_of = {one.id: one.site for one in active}
    packed = evenings_of(connection, [*site_of], study.diary.instrument, today - BACK, today, now)
    for who, days in packed:
        known = anchors(study, facts.get(who, ()))
        for one in unpacked(days):
            state = State(one.state)
            state = State.UNKNOWN if state in _PASSING else state
            if not one.is_closed or state not in _COUNTED:
                continue
            at_evening[one.day][who] = state
            week = (one.day - timedelta(days=one.day.weekday())).isoformat()
            period = label_by(known, one.day).period
            for key in (("all", ""), ("site", site_of[who]), ("period", period), ("week", week)):
                by[key].take(who, state, is_typed=one.is_typed)
    evening = max(at_evening, default=None)
    randomised = [who for who, said in facts.items() if any(isinstance(fact.detail, Randomised) for fact in said)]
    return Compliance(
        mark=mark,
        all=by["all", ""].sum(""),
        sites=tuple(by["site", site].sum(site) for site in sites),
        periods=tuple(by[key].sum(key[1]) for key in sorted(by) if key[0] == "period"),
        weeks=tuple((date.fromisoformat(key[1]), by[key].sum(key[1])) for key in sorted(by) if key[0] == "week"),
        evening=evening,
        pair=denominators(at_evening[evening], randomised, failed) if evening else None,
        screen_failures=len(failed),
        never_activated=sum(1 for one in people if not one.activated_at and one.id not in failed),
    )


def _facts(connection: Connection, people: Sequence[str]) -> Mapping[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for some in shapes.chunks(people):
        for row in staff_facts.of_kinds(connection, some, (*KINDS, "randomised")):
            found[row.participant].append(fact_from_row(row))
    return found
