"""Which version of a study lays out which day: the one that was in force when the day's window opened.

A study is amended while people fill in their diaries. A new version shapes the evenings that have not begun; what has
opened keeps its window, and no day is added to the past.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.facts import Fact
from diary_app.core.study import Study
from diary_app.core.windows import DiaryDay, expand


@dataclass(frozen=True)
class InForce:
    """A version of the study and the moment from which it was used."""

    since: datetime
    study: Study


def version_number(version: str) -> tuple[int, ...]:
    """By what versions are in order: each is above the one before it, whatever a clock showed when it went live."""
    return tuple(int(part) for part in version.split("."))


def expand_through(versions: Sequence[InForce], facts: Iterable[Fact], until: date) -> tuple[DiaryDay, ...]:
    """`windows.expand` over every version, oldest first (at least one): each day as the study had it by then."""
    history = tuple(facts)
    first, *later = _met(versions, history)
    days = expand(first.study, history, until)
    for version in later:
        days = amended(days, version, history, until)
    return days


def amended(days: Iterable[DiaryDay], version: InForce, facts: Iterable[Fact], until: date) -> tuple[DiaryDay, ...]:
    """The days as they were laid out before, changed by the version that came next; ascending."""
    renewed = {day.day: day for day in expand(version.study, facts, until)}
    laid = _merged({day.day: day for day in days}, version, renewed)
    return tuple(laid[day] for day in sorted(laid))


def _merged(laid: dict[date, DiaryDay], version: InForce, renewed: dict[date, DiaryDay]) -> dict[date, DiaryDay]:
    """A day that either version would have opened by then stays as it was laid out before."""
    kept = {day: old for day, old in laid.items() if any(_has_opened(one, version) for one in (old, renewed.get(day)))}
    return kept | {day: new for day, new in renewed.items() if day not in kept and not _has_opened(new, version)}


def _has_opened(day: DiaryDay | None, version: InForce) -> bool:
    return day is not None and day.opens < version.since


def _met(versions: Sequence[InForce], history: Sequence[Fact]) -> Sequence[InForce]:
    """Without the versions that were over before anything was known about the participant."""
    begun = min((fact.at for fact in history), default=None)
    if begun is None:
        return versions[-1:]
    over = sum(version.since <= begun for version in versions[1:])
    return versions[over:]
