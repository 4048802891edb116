"""The overview as data: participants x days, the two evenings summed up above them, and the three lists; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from diary_app.core.anchors import Anchor
from diary_app.core.compliance import (
    GAPS,
    BothReadings,
    CallReason,
    GradedDay,
    closed,
    rank,
    rates,
    reasons_to_call,
    rolling,
    tally,
)
from diary_app.core.entries import Mode
from diary_app.core.grading import State, UnknownReason
from server.console.course import Course
from server.console.signs import Sign, sign_of
from server.db.days import ExpectedDay
from server.db.overview import ListedDay, ListedParticipant

WEEK = 7
#: The lists look back so far, whatever the heat map shows; it is the least that has to be read.
LISTED_DAYS = 2 * WEEK
NOBODY_KNOWS = Course()
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_STATES = {state.value: state for state in State}

#: One participant's rows, each with its state by the clock.
Days = dict[date, tuple[ListedDay, State]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one participant. `until`: when an open day closes, or one not yet due opens.

    `is_late_hour`: the day is past its close and can still be filled in. `treatment`: id of one on that day.
    `typed`: how it was given when staff typed what counts.
    """

    day: date
    state: State
    reason: str | None = None
    until: datetime | None = None
    is_late_hour: bool = False
    treatment: str | None = None
    is_planned: bool = False
    typed: Mode | None = None

    @property
    def sign(self) -> Sign:
        """What it is drawn as."""
        return sign_of(self.state, self.reason)

    @property
    def waits_in_inbox(self) -> bool:
        """Whether it is unknown because of something that was set aside."""
        return self.state is State.UNKNOWN and self.reason == UnknownReason.QUARANTINED


@dataclass(frozen=True)
class Line:
    """One participant's row of the heat map, and what the lists say of them; `rate` is of the last seven days."""

    participant: ListedParticipant
    course: Course
    cells: tuple[Cell, ...]
    rate: BothReadings
    rate_without_paper: BothReadings
    missed: tuple[Cell, ...]
    not_heard: tuple[Cell, ...]
    undecided: tuple[Cell, ...]
    calls: tuple[CallReason, ...]

    @property
    def states(self) -> frozenset[State]:
        """Every state that the row shows."""
        return frozenset(cell.state for cell in self.cells)

    @property
    def signs(self) -> frozenset[Sign]:
        """What its days are drawn as."""
        return frozenset(cell.sign for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What follows from one participant's days and facts; right from `since` until just before `until`.

    `line` is None as long as no phone was activated.
    """

    course: Course
    days: Days
    line: Line | None
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Evening:
    """The sums of one diary day over everybody shown: `of` expected, and how they stand.

    Those that are open close between `first_closes` and `last_closes`.
    """

    day: date
    of: int
    filled: int
    open: int
    missed: int
    unknown: int
    undecided: int
    excused: int
    first_closes: datetime | None
    last_closes: datetime | None


@dataclass(frozen=True)
class Overview:
    """Everything the page shows; `over`: how many are left out because their diary had ended before."""

    days: tuple[date, ...]
    lines: tuple[Line, ...]
    latest: Evening | None
    before: Evening | None
    never_activated: tuple[ListedParticipant, ...]
    over: int

    @property
    def with_missed(self) -> tuple[Line, ...]:
        """Who missed something in the last two weeks, the most urgent first."""
        return _urgent_first(line for line in self.lines if line.missed)

    @property
    def not_heard_from(self) -> tuple[Line, ...]:
        """Whose phone owes an answer, the most urgent first."""
        return _urgent_first(line for line in self.lines if line.not_heard)

    @property
    def undecided(self) -> tuple[Line, ...]:
        """For whom staff have something to decide, by number."""
        return tuple(sorted((line for line in self.lines if line.undecided), key=lambda line: line.participant.id))

    @property
    def to_call(self) -> tuple[Line, ...]:
        """Whom to call now, the most urgent first; never for one evening alone."""
        return _urgent_first(line for line in self.lines if line.calls)


def overview(
    people: Sequence[ListedParticipant],
    found: Iterable[ListedDay],
    today: date,
    length: int,
    now: datetime,
    courses: Mapping[str, Course] | None = None,
) -> Overview:
    """Arrange what the database holds. `length`: days shown, ending with `today`, the date at the site at `now`."""
    by_person = days_by_person(found)
    known = {
        person.id: reckoned(
            person, by_person.get(person.id, ()), today, length, now, (courses or {}).get(person.id, NOBODY_KNOWS)
        )
        for person in people
    }
    return arranged(people, known, today, length, now)


def arranged(
    people: Sequence[ListedParticipant], known: Mapping[str, Reckoned], today: date, length: int, now: datetime
) -> Overview:
    """The same from what follows for each of them."""
    days = _until(today, length)
    made = [_as_seen(line, person) for person in people if (line := known[person.id].line) is not None]
    shown = tuple(line for line in made if line.states != {State.NOT_EXPECTED} or not line.course.is_over(today))
    latest, before = _last_two(days, [known[person.id].days for person in people], now)
    waiting = (person for person in people if person.activated_at is None)
    never = tuple(person for person in waiting if not known[person.id].course.has_ended)
    return Overview(days, shown, latest, before, never, len(made) - len(shown))


def _as_seen(line: Line, person: ListedParticipant) -> Line:
    """When a phone was last in touch is no change of the participant's."""
    return line if line.participant == person else replace(line, participant=person)


def lines(
    people: Sequence[ListedParticipant],
    found: Iterable[ListedDay],
    today: date,
    length: int,
    now: datetime,
    courses: Mapping[str, Course],
) -> dict[str, Line]:
    """The row of each participant whose phone was ever activated, whether or not the diary has ended."""
    by_person = days_by_person(found)
    made = (
        reckoned(person, by_person.get(person.id, ()), today, length, now, courses.get(person.id, NOBODY_KNOWS)).line
        for person in people
    )
    return {line.participant.id: line for line in made if line is not None}


def days_by_person(found: Iterable[ListedDay]) -> dict[str, list[ListedDay]]:
    """Each participant's days."""
    in_order = sorted(found, key=attrgetter("participant"))
    return {who: list(theirs) for who, theirs in groupby(in_order, key=attrgetter("participant"))}


def reckoned(
    person: ListedParticipant, found: Iterable[ListedDay], today: date, length: int, now: datetime, course: Course
) -> Reckoned:
    """What follows from the participant's days, and between which moments the clock changes nothing of it."""
    days = {one.day: (one, state_at(one, now)) for one in found}
    line = _line(person, course, days, _until(today, length), now) if person.activated_at else None
    moments = {moment for one, _ in days.values() for moment in (one.opens, one.closes, one.late_until)}
    moments |= set(course.turns)
    since = max((one for one in moments if one <= now), default=_BEGINNING)
    return Reckoned(course, days, line, since, min((one for one in moments if one > now), default=_END))


def _until(today: date, length: int) -> tuple[date, ...]:
    return tuple(today - timedelta(days=back) for back in reversed(range(length)))


def days_needed(length: int) -> int:
    """How many days, today included, have to be read to show `length` of them and the lists."""
    return max(length, LISTED_DAYS + 1)


def without_days(people: Iterable[ListedParticipant], found: Iterable[ListedDay]) -> tuple[str, ...]:
    """Whose diary has no day in what was read: it has not begun, or is over."""
    have = {one.participant for one in found}
    return tuple(person.id for person in people if person.activated_at and person.id not in have)


def _line(person: ListedParticipant, course: Course, found: Days, days: Sequence[date], now: datetime) -> Line:
    today, treatments = days[-1], course.treatments_by_day
    graded = [GradedDay(one.day, state, one.reason, one.late_until, mode=one.typed) for one, state in found.values()]
    week = rates(tally(rolling(graded, today, WEEK), now))
    lately = [one for one in closed(graded, now) if one.day >= today - timedelta(days=LISTED_DAYS)]
    gaps = [Cell(one.day, one.state, one.reason) for one in lately if one.state in GAPS]
    return Line(
        participant=person,
        course=course,
        cells=tuple(_cell(found.get(day), day, treatments.get(day), now) for day in days),
        rate=week.on_time_or_late,
        rate_without_paper=week.on_time_or_late_without_paper,
        missed=tuple(one for one in gaps if one.sign is Sign.MISSED),
        not_heard=tuple(one for one in gaps if one.sign is Sign.UNKNOWN),
        undecided=tuple(one for one in gaps if one.sign is Sign.UNDECIDED),
        calls=() if course.is_over(today) else reasons_to_call(graded, now, course.coming, today),
    )


def _cell(found: tuple[ListedDay, State] | None, day: date, treated: Anchor | None, now: datetime) -> Cell:
    treatment, is_planned = (treated.id, treated.actual is None) if treated else (None, False)
    if found is None:
        return Cell(day, State.NOT_EXPECTED, None, None, False, treatment, is_planned)
    row, state = found
    is_late_hour, until = False, None
    if state is State.OPEN:
        is_late_hour = row.closes <= now
        until = row.late_until if is_late_hour else row.closes
    elif state is State.NOT_YET_DUE:
        until = row.opens
    return Cell(day, state, row.reason, until, is_late_hour, treatment, is_planned, row.typed)


def state_at(found: ListedDay | ExpectedDay, now: datetime) -> State:
    """The state by the clock, where the sweep has not come by yet; a day that closed just now is unknown."""
    state = _STATES[found.state]
    if state is State.NOT_YET_DUE and found.opens <= now:
        state = State.OPEN
    return State.UNKNOWN if state is State.OPEN and found.late_until <= now else state


def _last_two(days: Sequence[date], everybody: Sequence[Days], now: datetime) -> tuple[Evening | None, Evening | None]:
    """The last evening that has opened for somebody, and the one before it."""
    opened = (evening for day in reversed(days) if (evening := _evening(day, everybody, now)).of)
    return next(opened, None), next(opened, None)


def _evening(day: date, everybody: Iterable[Days], now: datetime) -> Evening:
    due = [days[day] for days in everybody if day in days and days[day][0].opens <= now]
    signs = Counter(sign_of(state, row.reason) for row, state in due)
    closes = [row.late_until for row, state in due if state is State.OPEN]
    return Evening(
        day=day,
        of=len(due) - signs[Sign.NOT_EXPECTED] - signs[Sign.EXTRA],
        filled=signs[Sign.DONE] + signs[Sign.LATE],
        open=signs[Sign.OPEN],
        missed=signs[Sign.MISSED],
        unknown=signs[Sign.UNKNOWN],
        undecided=signs[Sign.UNDECIDED],
        excused=signs[Sign.EXCUSED],
        first_closes=min(closes, default=None),
        last_closes=max(closes, default=None),
    )


def _urgent_first(lines: Iterable[Line]) -> tuple[Line, ...]:
    def urgency(line: Line) -> tuple[int, int, int, int]:
        return (*rank(line.calls), len(line.missed) + len(line.not_heard))

    return tuple(sorted(sorted(lines, key=lambda line: line.participant.id), key=urgency, reverse=True))
