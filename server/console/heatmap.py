"""The overview as data: participants x days, the sentence above them, and the three lists; pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from diary_app.core.compliance import GradedDay, Rate, closed, rates, rolling, tally
from diary_app.core.grading import State
from server.db.overview import ListedDay, ListedParticipant

WEEK = 7


@dataclass(frozen=True)
class Cell:
    """One day of one participant; `can_still` until when an open day past its close can be filled in."""

    day: date
    state: State
    reason: str | None
    can_still: datetime | None


@dataclass(frozen=True)
class Line:
    """One participant's row of the heat map. `rate`: filled in of expected over the last seven closed diary days."""

    participant: ListedParticipant
    cells: tuple[Cell, ...]
    rate: Rate
    missed: tuple[date, ...]
    not_heard: tuple[Cell, ...]


@dataclass(frozen=True)
class Evening:
    """The sums of one diary day over everybody shown: `of` expected, and how they stand."""

    day: date
    of: int
    filled: int
    open: int
    missed: int
    unknown: int
    excused: int
    open_until: datetime | None


@dataclass(frozen=True)
class Overview:
    """Everything the page shows."""

    days: tuple[date, ...]
    lines: tuple[Line, ...]
    latest: Evening | None
    before: Evening | None
    never_activated: tuple[ListedParticipant, ...]

    @property
    def with_missed(self) -> tuple[Line, ...]:
        """Who missed something lately, most first."""
        return tuple(sorted((line for line in self.lines if line.missed), key=lambda line: -len(line.missed)))

    @property
    def not_heard_from(self) -> tuple[Line, ...]:
        """Whose phone owes an answer, longest silent first."""
        silent = (line for line in self.lines if line.not_heard)
        return tuple(sorted(silent, key=lambda line: (-len(line.not_heard), line.participant.id)))


def overview(
    people: Sequence[ListedParticipant], found: Iterable[ListedDay], today: date, length: int, now: datetime
) -> Overview:
    """Arrange what the database holds. `length`: days shown, ending with `today`; the lists look back two weeks."""
    days = tuple(today - timedelta(days=back) for back in reversed(range(length)))
    by_person: dict[str, dict[date, ListedDay]] = {}
    for one in found:
        by_person.setdefault(one.participant, {})[one.day] = one
    lines = tuple(
        _line(person, by_person.get(person.id, {}), days, today, now) for person in people if person.activated_at
    )
    evenings = [_evening(day, by_person.values(), now) for day in reversed(days)]
    opened = [evening for evening in evenings if evening.of]
    return Overview(
        days=days,
        lines=lines,
        latest=opened[0] if opened else None,
        before=opened[1] if len(opened) > 1 else None,
        never_activated=tuple(person for person in people if person.activated_at is None),
    )


def _line(
    person: ListedParticipant, found: dict[date, ListedDay], days: Sequence[date], today: date, now: datetime
) -> Line:
    cells = tuple(_cell(found.get(day), day, now) for day in days)
    graded = [GradedDay(one.day, State(one.state), one.reason, one.late_until) for one in found.values()]
    lately = [one for one in closed(graded, now) if one.day > today - timedelta(days=2 * WEEK)]
    return Line(
        participant=person,
        cells=cells,
        rate=rates(tally(rolling(graded, today, WEEK), now)).on_time_or_late.excused_out,
        missed=tuple(one.day for one in lately if one.state is State.MISSED),
        not_heard=tuple(_cell(found[one.day], one.day, now) for one in lately if one.state is State.UNKNOWN),
    )


def _cell(found: ListedDay | None, day: date, now: datetime) -> Cell:
    if found is None:
        return Cell(day, State.NOT_EXPECTED, None, None)
    state = State(found.state)
    late = state is State.OPEN and found.closes < now
    return Cell(day, state, found.reason, found.late_until if late else None)


def _evening(day: date, everybody: Iterable[dict[date, ListedDay]], now: datetime) -> Evening:
    found = [days[day] for days in everybody if day in days]
    due = [one for one in found if one.opens <= now and one.state not in (State.NOT_EXPECTED, State.EXTRA)]
    states = Counter(one.state for one in due)
    opens = [one.late_until for one in due if one.state == State.OPEN]
    return Evening(
        day=day,
        of=len(due),
        filled=states[State.DONE] + states[State.LATE],
        open=states[State.OPEN],
        missed=states[State.MISSED],
        unknown=states[State.UNKNOWN],
        excused=states[State.EXCUSED],
        open_until=max(opens, default=None),
    )
