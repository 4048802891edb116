"""How much of the diary was kept, for each participant, site and period, and for each day since treatment 1.

The arithmetic is that of `diary_app.core.compliance`, which the console uses; here it is only added up, so that memory
holds sums and no participants. Screen failures and phones never activated are in no sum, and counted beside it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from diary_app.core.compliance import BothReadings, GradedDay, Rate, Tally, denominators, per_period, rates
from diary_app.core.facts import Randomised
from diary_app.core.grading import State
from diary_app.core.status import DisplayStatus, display_status
from server.export import dictionary
from server.export.content import OVER, Cut, is_over
from server.export.participant import Answered, ExportedParticipant, PersonRows, Row

ALL = "all"
_LEFT_OUT = (DisplayStatus.SCREEN_FAILURE, DisplayStatus.NEVER_ACTIVATED)


@dataclass
class _Sums:
    """What is added up for a site, or for all. `people`: by period; `at`: participants by study day and state."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    people: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    randomised: int = 0
    at: dict[int, Counter[tuple[State, bool]]] = field(default_factory=lambda: defaultdict(Counter))


class KeptUp:
    """Takes one participant after the other; the rows of sites and of all are there once everybody was added."""

    def __init__(self, studyid: str, periods: Iterable[str], first_anchor: str | None, cut: Cut) -> None:
        self._studyid = studyid
        self._periods = tuple(periods)
        self._anchor = first_anchor
        self._cut = cut
        self._sums: dict[str, _Sums] = defaultdict(_Sums)

    def add(self, person: ExportedParticipant, rows: PersonRows) -> Iterator[Row]:
        """The rows of one participant."""
        at = self._cut.at
        status = display_status(person.facts, at)
        days = list(_graded(person, self._cut))
        tallies = per_period(days, {day.day: rows.label(day.day).period for day in days}, at)
        randomised = any(isinstance(fact.detail, Randomised) for fact in person.facts)
        sums = (self._sums[str(rows.who["siteid"])], self._sums[""])
        if status in _LEFT_OUT:
            for one in sums:
                one.left_out[status] += 1
        else:
            self._include(sums, days, tallies, rows, is_randomised=randomised)
        for period, tally in _with_whole(tallies, self._periods):
            yield {
                **self._row("participant", period, tally),
                "siteid": rows.who["siteid"],
                "usubjid": rows.who["usubjid"],
                "counted": status if status in _LEFT_OUT else "yes",
                "participants": int(tally.expected > 0),
                "randomised": int(randomised),
            }

    def sites_and_all(self) -> Iterator[Row]:
        """Each site by its number, then all of them, by period."""
        for site in (*sorted(site for site in self._sums if site), ""):
            sums = self._sums[site]
            for period, tally in _with_whole(sums.tallies, self._periods):
                yield {
                    **self._row("site" if site else ALL, period, tally),
                    "siteid": site or None,
                    "participants": sums.people[period],
                    "randomised": sums.randomised,
                    "screen_failures": sums.left_out[DisplayStatus.SCREEN_FAILURE],
                    "never_activated": sums.left_out[DisplayStatus.NEVER_ACTIVATED],
                }

    def by_day(self) -> Iterator[Row]:
        """The pair of denominators on each day since treatment 1, for each site and for all."""
        for site in (*sorted(site for site in self._sums if site), ""):
            sums = self._sums[site]
            for study_day in sorted(sums.at):
                yield {
                    "studyid": self._studyid,
                    "level": "site" if site else ALL,
                    "siteid": site or None,
                    "study_day": study_day,
                    **_pair(sums.at[study_day], sums.randomised),
                }

    def _include(
        self, all_sums: Iterable[_Sums], days: Iterable[GradedDay], tallies: Mapping[str, Tally], rows: PersonRows,
        *, is_randomised: bool,
    ) -> None:  # fmt: skip
        study_days = [(rows.label(day.day).days_since.get(self._anchor or ""), day.state) for day in days]
        for sums in all_sums:
            sums.randomised += is_randomised
            for period, tally in _with_whole(tallies, self._periods):
                sums.people[period] += tally.expected > 0
                if period != ALL:
                    sums.tallies[period] += tally
            for study_day, state in study_days:
                if study_day is not None:
                    sums.at[study_day][state, is_randomised] += 1

    def _row(self, level: str, period: str, tally: Tally) -> Row:
        found = rates(tally)
        cells: Row = {"studyid": self._studyid, "level": level, "period": period, "expected": tally.expected}
        cells |= {state.value: getattr(tally, state.value) for state in OVER}
        for name in dictionary.RATES:
            cells |= _both(name, getattr(found, name))
        return cells


def _graded(person: ExportedParticipant, cut: Cut) -> Iterator[GradedDay]:
    """The days that count, with what the entry of each says of how it came."""
    entries: dict[tuple[str, date], Answered] = {
        (one.entry.version.body.instrument, one.entry.version.body.diary_day): one
        for one in person.what_counts
        if one.entry.version.body.visit is None
    }
    for day in person.days:
        if is_over(day, cut):
            one = entries.get((day.instrument, day.diary_day))
            yield GradedDay(
                day.diary_day,
                State(day.state),
                late_until=day.late_until,
                received_at=one.entry.received_at if one else None,
                mode=one.entry.version.body.mode if one else None,
            )


def _with_whole(tallies: Mapping[str, Tally], periods: Iterable[str]) -> Iterator[tuple[str, Tally]]:
    """Every period in the study's order, then the whole diary."""
    found = [(period, tallies.get(period, Tally())) for period in periods]
    yield from found
    yield ALL, sum((tally for _, tally in found), start=Tally())


def _both(name: str, found: BothReadings) -> Row:
    cells: Row = {}
    for reading in dictionary.READINGS:
        rate: Rate = getattr(found, reading)
        of = f"{name}_{reading}"
        cells |= {f"{of}_n": rate.n, f"{of}_of": rate.of, f"{of}_percent": rate.percent}
    return cells


def _pair(states: Mapping[tuple[State, bool], int], randomised: int) -> Row:
    """The rates of one evening add up, so each kind of participant is asked once and taken as often as there are."""
    kinds: list[tuple[Mapping[str, State], list[str], int]] = [
        ({"one": state}, ["one"] * is_randomised, count) for (state, is_randomised), count in states.items()
    ]
    seen = sum(count for (_, is_randomised), count in states.items() if is_randomised)
    kinds.append(({}, ["one"], randomised - seen))
    cells: Row = {
        "expected": sum(states.values()),
        "filled": sum(count for (state, _), count in states.items() if state in (State.DONE, State.LATE)),
        "excused": sum(count for (state, _), count in states.items() if state is State.EXCUSED),
        "randomised": randomised,
    }
    for name in dictionary.DENOMINATORS:
        both = [(getattr(denominators(of, who), name), count) for of, who, count in kinds]
        out = [(one.excused_out, count) for one, count in both]
        missed = [(one.excused_as_missed, count) for one, count in both]
        cells |= _both(name, BothReadings(_added(out), _added(missed)))
    return cells


def _added(rates_of: Iterable[tuple[Rate, int]]) -> Rate:
    found = [(rate.n * count, rate.of * count) for rate, count in rates_of]
    return Rate(sum(n for n, _ in found), sum(of for _, of in found))
