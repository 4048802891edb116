"""Weeks of diary days counted from the first treatment, and the mean of each question or score over them.

By the diary day, never by the moment of capture: an entry saved at 00:40 or 11:00 belongs to the evening before. The
treatment date is the first day of week 1; the seven diary days before it are week 0, the baseline. A week is told once
every expected day of it is over, so that nothing told at an interim cut changes because the week goes on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from diary_app.core.compliance import FILLED, USABLE_DAYS_OF_WEEK
from diary_app.core.entries import Skip
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument
from diary_app.core.scoring import ScoreResult
from server.db.export_rows import ExportedDay
from server.db.quick import filled as filled_in
from server.export.content import Cut, is_over
from server.export.participant import Answered

BASELINE = 0
DAYS = 7
_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Mean:
    """Over how many days; `value` is None when they are fewer than 4, else has at most four places, half to even."""

    days: int
    value: Decimal | None


@dataclass(frozen=True)
class Week:
    """Seven diary days, of which `expected` were expected and `filled` have an entry, on time or late."""

    number: int
    first: date
    expected: int
    filled: int
    means: Mapping[str, Mean]
    scoring_versions: tuple[str, ...]

    @property
    def last(self) -> date:
        """Its seventh day."""
        return self.first + timedelta(days=DAYS - 1)

    @property
    def is_usable(self) -> bool:
        """Whether at least 4 of the seven days have an entry."""
        return self.filled >= USABLE_DAYS_OF_WEEK


@dataclass(frozen=True)
class Measured:
    """What one filled-in day contributes: values by code of the question or score, those without one left out."""

    values: Mapping[str, int | Decimal]
    scoring_version: str


def measured(
    one: Answered, results: Mapping[str, ScoreResult], scoring_version: str, names: Iterable[str] | None = None
) -> Measured:
    """The answers and scores of an entry that have a value; of these names, or all of them."""
    answers = one.entry.version.body.answers
    values: dict[str, int | Decimal] = {}
    for name in (*answers, *results) if names is None else names:
        answer, result = answers.get(name), results.get(name)
        if result is not None and result.value is not None:
            values[name] = result.value
        elif answer is not None and not isinstance(answer, Skip):
            values[name] = answer
    return filled_in(Measured, {"values": values, "scoring_version": scoring_version})


def week_of(treatment: date, day: date) -> int:
    """The week in which a diary day lies."""
    return (day - treatment).days // DAYS + 1


def weeks(
    treatment: date, days: Iterable[ExportedDay], filled: Mapping[date, Measured], names: Sequence[str], cut: Cut
) -> Iterator[Week]:
    """Every week that is over, oldest first. `days`: of the diary alone; `filled`: what its entries said, by day.

    An entry on a day that nobody expected is in no week.
    """
    by_week: dict[int, list[ExportedDay]] = {}
    for day in days:
        if day.not_expected is None and day.state != State.EXTRA:
            by_week.setdefault(week_of(treatment, day.diary_day), []).append(day)
    for number in sorted(by_week):
        expected = by_week[number]
        if all(is_over(day, cut) for day in expected):
            entries = [filled[day.diary_day] for day in expected if day.state in FILLED and day.diary_day in filled]
            first = treatment + timedelta(days=(number - 1) * DAYS)
            means = {name: _mean([one.values[name] for one in entries if name in one.values]) for name in names}
            versions = tuple(sorted({one.scoring_version for one in entries}))
            yield Week(number, first, len(expected), len(entries), means, versions)


def main_measures(instruments: Iterable[Instrument], code: str) -> tuple[str, ...]:
    """What the weekly means are of: the question that is a score by itself, and each score of several questions."""
    rules = [rule for one in instruments if one.code == code for rule in one.scores]
    return tuple(dict.fromkeys(rule.items[0] if rule.method == "item" else rule.code for rule in rules))


def _mean(values: Sequence[int | Decimal]) -> Mean:
    if len(values) < USABLE_DAYS_OF_WEEK:
        return Mean(len(values), None)
    return _mean_of(sum(values), len(values))


@lru_cache(maxsize=4096)  # answers and scores are few, and so are their sums over a week
def _mean_of(total: int | Decimal, days: int) -> Mean:
    return Mean(days, rounded(Fraction(total) / days))


def rounded(value: Fraction) -> Decimal:
    """At most four places, half to even, without trailing zeros or exponent."""
    places = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PLACES, ROUND_HALF_EVEN)
    return Decimal(f"{places.normalize():f}")
