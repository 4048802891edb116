"""What has been: a month of diary days, one day with everything known about it, the scores of some days. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from diary_app.core.entries import EntryVersion
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument, ScoreRule
from diary_app.core.scoring import score
from diary_app.core.times import local_date
from diary_app.core.windows import DiaryDay
from diary_app.day_states import Known, ServerDay, all_received, counted, counts_elsewhere, current_entry, state_of

Week = tuple[date | None, ...]
FindInstrument = Callable[[str, str], Instrument]


@dataclass(frozen=True)
class DayDetails:
    """One diary day. `versions`: all made on this phone, in the order of making; `entry`: the one that counts."""

    day: date
    state: State
    zone: str
    planned: DiaryDay | None
    versions: tuple[EntryVersion, ...]
    server: ServerDay | None
    entry: EntryVersion | None
    corrected: bool = False

    @property
    def code(self) -> str:
        """What names the entry on the telephone; empty when there is none."""
        named = self.entry.id if self.entry else self.server and self.server.entry
        return (named or "")[:8].upper()

    @property
    def received_at(self) -> datetime | None:
        """When the study received an entry for the day."""
        return self.server.received_at if self.server else None

    @property
    def all_received(self) -> bool:
        """The study holds the version that counts here."""
        return self.elsewhere or all_received(self.server, self.entry)

    @property
    def elsewhere(self) -> bool:
        """What was saved here is kept beside the entry that counts."""
        return counts_elsewhere(self.server, self.versions)

    @property
    def too_late(self) -> bool:
        """There is an entry, and the diary had closed when it was saved."""
        last = self.planned.late_until if self.planned else None
        entry = None if self.entry and self.entry.moved else self.entry
        return last is not None and entry is not None and entry.body.captured_at > last


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

    @property
    def is_over(self) -> bool:
        """There was a diary, and no evening is left."""
        return bool(self.known.days) and not any(day.expected and self.now <= day.late_until for day in self.known.days)

    def state(self, day: date) -> State:
        """The same as in the week strip."""
        return state_of(self.known, day, self.now)

    def details(self, day: date) -> DayDetails:
        """Everything about one day."""
        versions = sorted(self.known.entries.get(day, ()), key=lambda one: (one.body.captured_at, one.sequence))
        kept = tuple(one for one in versions if not one.body.practice)
        own, known = counted(self.known, day), self.known
        entry = own.current if own else current_entry(kept)
        return DayDetails(
            day, self.state(day), self.zone, known.planned.get(day), kept, known.server.get(day), entry,
            corrected=day in known.corrected,
        )  # fmt: skip

    def has_details(self, day: date) -> bool:
        """Whether the day can be opened: its evening has begun, and something was expected or done."""
        return day <= self.today and self.state(day) not in {State.NOT_EXPECTED, State.NOT_YET_DUE}


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


def weeks_to(past: Past, weeks: int) -> tuple[date, ...]:
    """Every day of so many weeks up to today, from the first there is anything to say about."""
    first = max(past.first, past.today - timedelta(days=7 * weeks - 1))
    return tuple(first + timedelta(days=number) for number in range((past.today - first).days + 1))


def earlier(month: date) -> date:
    """The month before."""
    return month_of(month - timedelta(days=1))


def later(month: date) -> date:
    """The month after."""
    return month_of(month + timedelta(days=31))


@dataclass(frozen=True)
class Trend:
    """One score over some days: a value for each up to today, None where there is no entry on this phone."""

    code: str
    label: str
    lowest: int
    highest: int
    exploratory: bool
    values: tuple[tuple[date, Decimal | None], ...]

    @property
    def given(self) -> tuple[Decimal, ...]:
        """The values there are."""
        return tuple(value for _, value in self.values if value is not None)

    def stretches(self) -> Iterator[list[tuple[date, Decimal]]]:
        """Days in a row with a value; what lies between two stretches is a gap."""
        stretch: list[tuple[date, Decimal]] = []
        for day, value in self.values:
            if value is not None:
                stretch.append((day, value))
            elif stretch:
                yield stretch
                stretch = []
        if stretch:
            yield stretch


def trends(past: Past, shown: Sequence[date], now: Instrument, find: FindInstrument) -> tuple[Trend, ...]:
    """The scores of the questionnaire as it is now, from the answers that count, each read as the version it was."""
    days = [day for day in shown if day <= past.today]
    scores = {day: _scores(past, day, find) for day in days}
    return tuple(_trend(rule, now, [(day, scores[day].get(rule.code)) for day in days]) for rule in now.scores)


def _trend(rule: ScoreRule, instrument: Instrument, values: Sequence[tuple[date, Decimal | None]]) -> Trend:
    item = instrument.item(rule.items[0])
    lowest, highest = rule.to_range or (item.lowest, item.highest)
    return Trend(rule.code, rule.label, lowest, highest, rule.exploratory, tuple(values))


def _scores(past: Past, day: date, find: FindInstrument) -> dict[str, Decimal | None]:
    details = past.details(day)
    if details.entry is None or details.too_late:
        return {}
    body = details.entry.body
    results = score(find(body.instrument, body.instrument_version), body.answers)
    return {code: result.value for code, result in results.items()}
