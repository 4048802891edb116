"""What would change: shown before a treatment date is saved, and before a journey or a change of clocks."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Generic, TypeVar

from diary_app.core.anchors import DayLabel, anchors, label_by
from diary_app.core.facts import Fact
from diary_app.core.history import zone_at
from diary_app.core.study import Study
from diary_app.core.times import offset_minutes
from diary_app.core.visits import VisitWindow, visit_windows
from diary_app.core.windows import DiaryDay, NotExpected, expand

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class Change(Generic[K, V]):
    """One line of a before/after list; None where there is nothing on that side."""

    key: K
    before: V | None
    after: V | None


@dataclass(frozen=True)
class AnchorPreview:
    """Everything that saving an anchor fact would change, and nothing else."""

    labels: tuple[Change[date, DayLabel], ...]
    visits: tuple[Change[str, VisitWindow], ...]
    days: tuple[Change[date, DiaryDay], ...]


def preview(study: Study, facts: Iterable[Fact], proposed: Fact, now: datetime, until: date) -> AnchorPreview:
    """What would change for days up to `until` if `proposed` became known now."""
    before = tuple(facts)
    after = (*before, replace(proposed, at=now, revision=0))
    days_before, days_after = (_by_day(expand(study, known, until)) for known in (before, after))
    named = sorted({*days_before, *days_after})
    return AnchorPreview(
        labels=_changes(_labels(study, before, named), _labels(study, after, named)),
        visits=_changes(_visits(study, before, now), _visits(study, after, now)),
        days=_changes(days_before, days_after),
    )


def _by_day(days: Iterable[DiaryDay]) -> dict[date, DiaryDay]:
    return {day.day: day for day in days}


def _labels(study: Study, facts: Iterable[Fact], days: Iterable[date]) -> dict[date, DayLabel]:
    known = anchors(study, facts)
    return {day: label_by(known, day) for day in days}


def _visits(study: Study, facts: tuple[Fact, ...], now: datetime) -> dict[str, VisitWindow]:
    zone = zone_at(facts, now)
    return {window.visit: window for window in visit_windows(study, facts, zone)} if zone else {}


def _changes(before: Mapping[K, V], after: Mapping[K, V]) -> tuple[Change[K, V], ...]:
    keys = dict.fromkeys([*before, *after])
    changes = (Change(key, before.get(key), after.get(key)) for key in keys)
    return tuple(change for change in changes if change.before != change.after)


class Peculiarity(StrEnum):
    """Why a diary day is not like the one before it."""

    CLOCKS_CHANGE = "clocks_change"  # while its window is open
    NEW_ZONE = "new_zone"
    NEW_WINDOW = "new_window"
    SKIPPED = "skipped"


def preview_days(study: Study, facts: Iterable[Fact], start: date, end: date) -> tuple[DiaryDay, ...]:
    """The diary days from `start` to `end`, both included."""
    return tuple(day for day in expand(study, facts, end) if day.day >= start)


def explain(days: Iterable[DiaryDay]) -> dict[date, tuple[Peculiarity, ...]]:
    """What is peculiar about each of these days, in their order; days without anything peculiar are left out."""
    days = tuple(days)
    found = {days[0].day: _alone(days[0])} if days else {}
    found |= {day.day: (*_alone(day), *_against(before, day)) for before, day in pairwise(days)}
    return {day: peculiar for day, peculiar in found.items() if peculiar}


def _alone(day: DiaryDay) -> tuple[Peculiarity, ...]:
    if day.not_expected is NotExpected.TRAVEL:
        return (Peculiarity.SKIPPED,)
    changes = offset_minutes(day.opens, day.zone) != offset_minutes(day.late_until, day.zone)
    return (Peculiarity.CLOCKS_CHANGE,) if changes else ()


def _against(before: DiaryDay, day: DiaryDay) -> tuple[Peculiarity, ...]:
    zone = (Peculiarity.NEW_ZONE,) if day.zone != before.zone else ()
    return (*zone, Peculiarity.NEW_WINDOW) if day.choice != before.choice else zone
