"""Treatments as moments to count from: when they are planned, when they were given, and what a day is called by them.

Anchors only label days; the one thing they decide is when the diary ends.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from diary_app.core.facts import AnchorSet, Fact
from diary_app.core.history import in_order
from diary_app.core.study import DiaryRule, Study
from diary_app.core.times import wall_to_utc


@dataclass(frozen=True)
class Anchor:
    """One treatment as its latest fact tells it."""

    id: str
    planned: date | None = None
    actual: date | None = None
    actual_time: str | None = None
    not_given: date | None = None

    @property
    def is_never_given(self) -> bool:
        """Staff recorded that it is not given."""
        return self.not_given is not None and self.actual is None

    @property
    def day(self) -> date | None:
        """The date to reckon with: actual, else planned; none when unknown or never given."""
        return self.actual or (None if self.is_never_given else self.planned)

    def starts(self, zone: str) -> datetime | None:
        """The instant from which it may have begun: its time when one is recorded, else the start of its date."""
        if self.day is None:
            return None
        wall = time.fromisoformat(self.actual_time or "00:00")
        return wall_to_utc(self.day, wall.hour * 60 + wall.minute, zone, last=False)


class DateChange(StrEnum):
    """Why the date or time on which a treatment was given is replaced by another, or taken back."""

    TYPED_WRONG = "typed_wrong"
    SOURCE_SAYS_OTHERWISE = "source_says_otherwise"
    OTHER_PARTICIPANT = "other_participant"
    OTHER_TREATMENT = "other_treatment"
    PUT_OFF = "put_off"


def replaces_what_was_given(known: Anchor, said: AnchorSet) -> bool:
    """Whether a date or time of giving would be another, or gone. A time that is added to a date replaces nothing."""
    if known.actual is None:
        return False
    return said.actual != known.actual or known.actual_time not in (None, said.actual_time)


@dataclass(frozen=True)
class DayLabel:
    """What a diary day is called. `days_since` has every anchor of the study; None where it was not given (yet)."""

    days_since: dict[str, int | None]
    period: str


def anchors(study: Study, facts: Iterable[Fact]) -> dict[str, Anchor]:
    """Every anchor of the study, in its order, by the latest fact about it."""
    known = {rule.id: Anchor(rule.id) for rule in study.anchors}
    for fact in in_order(facts):
        if isinstance(fact.detail, AnchorSet) and fact.detail.anchor in known:
            known[fact.detail.anchor] = _anchor(fact.detail)
    return known


def _anchor(said: AnchorSet) -> Anchor:
    return Anchor(said.anchor, said.planned, said.actual, said.actual_time, said.not_given)


def days_since(anchor_day: date, day: date) -> int:
    """The treatment date is day 1, the day before it day -1; there is no day 0."""
    difference = (day - anchor_day).days
    return difference + 1 if difference >= 0 else difference


def label(study: Study, facts: Iterable[Fact], day: date) -> DayLabel:
    """What a day is called, by the treatments that were given; the treatment date itself is after the treatment."""
    return label_by(anchors(study, facts), day)


def label_by(known: Mapping[str, Anchor], day: date) -> DayLabel:
    """The same for many days of one participant: `known` is what `anchors` returned."""
    return DayLabels(known).of(day)


def label_at(known: Mapping[str, Anchor], day: date, moment: datetime, zone: str) -> DayLabel:
    """What a day is called for what happened at `moment` (UTC): a treatment that began later that day is not past."""
    past = 0
    for number, anchor in enumerate(known.values(), 1):
        begun = anchor.starts(zone) if anchor.actual else None
        if begun and begun <= moment:
            past = number
    return DayLabel(label_by(known, day).days_since, periods(tuple(known))[past])


class DayLabels:
    """What the days of one participant are called. `known`: what `anchors` returned."""

    def __init__(self, known: Mapping[str, Anchor]) -> None:
        self._given = tuple((anchor.id, anchor.actual) for anchor in known.values())
        self._periods = periods(tuple(known))

    def of(self, day: date) -> DayLabel:
        """By the treatments that were given."""
        counts: dict[str, int | None] = {}
        past = 0
        for number, (name, actual) in enumerate(self._given, 1):
            count = counts[name] = days_since(actual, day) if actual else None
            if count and count > 0:
                past = number
        return DayLabel(counts, self._periods[past])


def periods(ids: Sequence[str]) -> tuple[str, ...]:
    """Names of what lies between anchors: before_treatment_1, treatment_1_to_2, after_treatment_2."""
    return _periods(tuple(ids))


@lru_cache(maxsize=16)
def _periods(ids: tuple[str, ...]) -> tuple[str, ...]:
    if not ids:
        return ("diary",)
    between = [f"{one}_to_{_without_stem_of(one, other)}" for one, other in pairwise(ids)]
    return (f"before_{ids[0]}", *between, f"after_{ids[-1]}")


def _without_stem_of(one: str, other: str) -> str:
    stem = one.rpartition("_")[0]
    return other.removeprefix(f"{stem}_") if stem else other


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def diary_end(rule: DiaryRule, known: Mapping[str, Anchor], first: date) -> date:
    """The last day of a diary that began on `first`."""
    end = _reckoned(known, rule.end_anchor)
    if end:
        return add_months(end, rule.end_months) + timedelta(days=rule.end_days)
    fallback = _reckoned(known, rule.fallback_anchor)
    if fallback:
        return add_months(fallback, rule.fallback_months)
    return first + timedelta(days=rule.longest_days - 1)


def _reckoned(known: Mapping[str, Anchor], name: str | None) -> date | None:
    anchor = known.get(name) if name else None
    return anchor.day if anchor else None
