"""What has been: a month of diary days, one day with everything known about it, the scores of a month. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from diary_app.core.entries import EntryVersion
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.scoring import ScoreResult, score
from diary_app.core.times import local_date
from diary_app.core.windows import DiaryDay
from diary_app.day_states import Known, ServerDay, current_entry, state_of

Week = tuple[date | None, ...]
FindInstrument = Callable[[str, str], Instrument]


@dataclass(frozen=True)
class DayDetails:
    """One diary day. `versions`: every version made on this phone for it, in the order of making."""

    day: date
    state: State
    zone: str
    planned: DiaryDay | None
    versions: tuple[EntryVersion, ...]
    server: ServerDay | None

    @property
    def entry(self) -> EntryVersion | None:
        """The version that counts; the only one there is when it was saved too late."""
        return current_entry(self.versions)

    @property
    def too_late(self) -> bool:
        """There is an entry, and the diary had closed when it was saved."""
        return bool(self.versions) and self.state in {State.MISSED, State.UNKNOWN, State.EXCUSED}


@dataclass(frozen=True)
class Past:
    """The whole diary as this phone knows it at one moment; read once, looked at month by month."""

    known: Known
    now: datetime
    zone: str

    @cached_property
    def today(self) -> date:
        """On the participant's wall."""
        return local_date(self.now, self.zone)

    @property
    def first(self) -> date:
        """The first day there is anything to say about."""
        known = self.known
        return min((*known.entries, *known.server, *known.planned), default=self.today)

    def state(self, day: date) -> State:
        """The same as in the week strip."""
        return state_of(self.known, day, self.now)

    def details(self, day: date) -> DayDetails:
        """Everything about one day."""
        versions = sorted(self.known.entries.get(day, ()), key=lambda one: (one.body.captured_at, one.sequence))
        kept = tuple(one for one in versions if not one.body.practice)
        return DayDetails(
            day, self.state(day), self.zone, self.known.planned.get(day), kept, self.known.server.get(day)
        )

    def has_details(self, day: date) -> bool:
        """Whether the day can be opened: it is past or now, and something was expected or done."""
        return day <= self.today and self.state(day) is not State.NOT_EXPECTED


def month_of(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def weeks_of(month: date) -> tuple[Week, ...]:
    """Monday first; None outside the month."""
    days = days_of(month)
    padded: list[date | None] = [*[None] * month.weekday(), *days]
    padded += [None] * (-len(padded) % 7)
    return tuple(tuple(padded[start : start + 7]) for start in range(0, len(padded), 7))


def days_of(month: date) -> tuple[date, ...]:
    """Every day of a month."""
    days = (month + timedelta(days=number) for number in range(31))
    return tuple(day for day in days if day.month == month.month)


def earlier(month: date) -> date:
    """The month before."""
    return month_of(month - timedelta(days=1))


def later(month: date) -> date:
    """The month after."""
    return month_of(month + timedelta(days=31))


@dataclass(frozen=True)
class ScoredDay:
    """A day's scores, in the instrument's order; none for a day without an entry on this phone."""

    day: date
    scores: tuple[ScoreResult, ...]


def scored(past: Past, days: Sequence[date], find: FindInstrument) -> tuple[ScoredDay, ...]:
    """Scores day by day, computed from the answers of the version that counts, by the instrument it was made with."""
    return tuple(ScoredDay(day, _scores(past, day, find)) for day in days if day <= past.today)


def _scores(past: Past, day: date, find: FindInstrument) -> tuple[ScoreResult, ...]:
    details = past.details(day)
    if details.entry is None or details.too_late:
        return ()
    body = details.entry.body
    return tuple(score(find(body.instrument, body.instrument_version), body.answers).values())
