"""How much of the diary was kept, for each participant, site and period, and for each day since treatment 1.

The arithmetic is that of `diary_app.core.compliance`, which the console uses; here it is only added up, so that memory
holds sums and no participants. Screen failures and phones never activated are in no sum, and counted beside it; who was
randomised counts as such even if no phone was ever activated.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from diary_app.core import compliance
from diary_app.core.anchors import days_since, periods
from diary_app.core.compliance import BothReadings, GradedDay, Rate, Tally, denominators, rates
from diary_app.core.entries import BY_STAFF, Mode
from diary_app.core.facts import Randomised
from diary_app.core.grading import State
from diary_app.core.status import DisplayStatus
from diary_app.core.study import Study
from diary_app.core.times import local_date, wall_to_utc
from server.db.export_rows import ExportedDay, ExportedEntry
from server.export import dictionary
from server.export.content import OVER, Cut, days_over
from server.export.participant import ExportedParticipant, PersonRows, Row
from server.export.rated import RATED

ALL = "all"
#: Any day and moment: which days count was decided before.
_ANY, _THEN = date(2000, 1, 1), datetime(2000, 1, 1, tzinfo=UTC)


#: Days that count alike: the period, the state, whether the entry was there by the cut, whether it was on paper.
_Kind = tuple[str, str, bool, bool]


@dataclass
class Sums:
    """What is added up for a site, or for all. `people`: by period; `at`: participants by study day and state.

    `until`: randomised participants by the last study day of theirs that is over at the cut.
    """

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    people: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    randomised: int = 0
    until: Counter[int] = field(default_factory=Counter)
    at: dict[int, Counter[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(Counter))

    def include(self, other: "Sums") -> None:
        """Add another to it."""
        for period, tally in other.tallies.items():
            self.tallies[period] += tally
        for study_day, states in other.at.items():
            self.at[study_day].update(states)
        self.people.update(other.people)
        self.left_out.update(other.left_out)
        self.randomised += other.randomised
        self.until.update(other.until)


class KeptUp:
    """Takes one participant after the other; the rows of sites and of all are there once everybody was added."""

    def __init__(self, study: Study, cut: Cut) -> None:
        anchors = [anchor.id for anchor in study.anchors]
        self._studyid = study.studyid
        self._periods = periods(anchors)
        self._anchor = anchors[0] if anchors else None
        self._late_until = study.diary.window(None).late_until
        self._cut = cut
        self._over: dict[str, date] = {}
        self._sums: dict[str, Sums] = defaultdict(Sums)

    def add(self, person: ExportedParticipant, rows: PersonRows) -> Iterator[Row]:
        """The rows of one participant."""
        counted = person.counted(self._cut.at)
        randomised = any(isinstance(fact.detail, Randomised) for fact in person.facts)
        days = days_over(person, self._cut)
        tallies = self._tallies(person, days, rows)
        sums = self._sums[str(rows.who["siteid"])]
        if randomised and counted != DisplayStatus.SCREEN_FAILURE:
            sums.randomised += 1
            if (last := self._last_study_day(person, days, rows)) is not None:
                sums.until[last] += 1
        if counted != RATED:
            sums.left_out[counted] += 1
        else:
            self._include(sums, days, tallies, rows, is_randomised=randomised)
        for period, tally in _with_whole(tallies, self._periods):
            yield {
                **self._row("participant", period, tally),
                "siteid": rows.who["siteid"],
                "usubjid": rows.who["usubjid"],
                "counted": counted,
                "participants": int(tally.expected > 0),
                "randomised": int(randomised and counted != DisplayStatus.SCREEN_FAILURE),
            }

    def learned(self) -> Mapping[str, Sums]:
        """What was added up so far, by site."""
        return dict(self._sums)

    def take(self, learned: Mapping[str, Sums]) -> None:
        """Add what was added up elsewhere."""
        for site, sums in learned.items():
            self._sums[site].include(sums)

    def sites_and_all(self) -> Iterator[Row]:
        """Each site by its number, then all of them, by period."""
        for site, sums in self._each():
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
        for site, sums in self._each():
            for study_day in sorted(sums.at):
                yield {
                    "studyid": self._studyid,
                    "level": "site" if site else ALL,
                    "siteid": site or None,
                    "study_day": study_day,
                    **_pair(sums.at[study_day], sums.randomised),
                    "reached": sum(count for last, count in sums.until.items() if last >= study_day),
                }

    def _each(self) -> Iterator[tuple[str, Sums]]:
        """Sites by number; then, without one, all of them."""
        everyone = Sums()
        for site in sorted(self._sums):
            yield site, self._sums[site]
            everyone.include(self._sums[site])
        yield "", everyone

    def _last_study_day(self, person: ExportedParticipant, days: Sequence[ExportedDay], rows: PersonRows) -> int | None:
        """The last study day that is over for them, whether or not a diary was expected; None before treatment 1."""
        given = rows.anchors[self._anchor].actual if self._anchor else None
        if given is None:
            return None
        usual = self._last_over(person.zone)
        waited_for = [
            day.diary_day
            for day in person.days
            if day.diary_day <= usual and day.not_expected is None and day.late_until > self._cut.at
        ]
        last = min(waited_for) - timedelta(days=1) if waited_for else usual
        return days_since(given, max([last, *(day.diary_day for day in days)]))

    def _last_over(self, zone: str) -> date:
        """The last date whose evening could be filled in no more at the cut, by the usual window of the study."""
        found = self._over.get(zone)
        if found is None:
            found = local_date(self._cut.at, zone)
            while wall_to_utc(found, self._late_until, zone, last=True) > self._cut.at:
                found -= timedelta(days=1)
            self._over[zone] = found
        return found

    def _tallies(
        self, person: ExportedParticipant, days: Sequence[ExportedDay], rows: PersonRows
    ) -> Mapping[str, Tally]:
        """By period. Days that count alike are graded once, and counted as often as there are."""
        entries = _entries_by_day(person)
        alike: Counter[_Kind] = Counter()
        for day in days:
            entry = entries.get((day.instrument, day.diary_day))
            came, on_paper = False, False
            if entry is not None:
                came, on_paper = entry.received_at <= self._cut.at, entry.version.body.mode in BY_STAFF
            alike[rows.label(day.diary_day).period, day.state, came, on_paper] += 1
        found: dict[str, Tally] = defaultdict(Tally)
        for (period, *kind), count in alike.items():
            found[period] += _times(_tally_of(*kind), count)
        return found

    def _include(
        self, sums: Sums, days: Iterable[ExportedDay], tallies: Mapping[str, Tally], rows: PersonRows,
        *, is_randomised: bool,
    ) -> None:  # fmt: skip
        for period, tally in _with_whole(tallies, self._periods):
            sums.people[period] += tally.expected > 0
            if period != ALL:
                sums.tallies[period] += tally
        anchor = self._anchor
        if anchor is None:
            return
        for day in days:
            study_day = rows.label(day.diary_day).days_since[anchor]
            if study_day is not None:
                sums.at[study_day][day.state, is_randomised] += 1

    def _row(self, level: str, period: str, tally: Tally) -> Row:
        found = rates(tally)
        cells: Row = {"studyid": self._studyid, "level": level, "period": period, "expected": tally.expected}
        cells |= {state.value: getattr(tally, state.value) for state in OVER}
        for name in dictionary.RATES:
            cells |= _both(name, getattr(found, name))
        return cells


def _entries_by_day(person: ExportedParticipant) -> Mapping[tuple[str, date], ExportedEntry]:
    """What counts for each diary day, by questionnaire and day."""
    found = {}
    for one in person.what_counts:
        body = one.entry.version.body
        if body.visit is None:
            found[body.instrument, body.diary_day] = one.entry
    return found


@lru_cache(maxsize=256)
def _tally_of(state: str, came: bool, on_paper: bool) -> Tally:
    """Of one day of that kind."""
    mode = Mode.PAPER if on_paper else None
    day = GradedDay(_ANY, State(state), late_until=_THEN, received_at=_THEN if came else None, mode=mode)
    return compliance.tally([day], _THEN)


def _times(tally: Tally, count: int) -> Tally:
    return Tally(**{name: number * count for name, number in vars(tally).items()})


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


def _pair(found: Mapping[tuple[str, bool], int], randomised: int) -> Row:
    """The rates of one evening add up, so each kind of participant is asked once and taken as often as there are."""
    states = {(State(state), is_randomised): count for (state, is_randomised), count in found.items()}
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
