"""Evenings in a row without an entry, up to yesterday, which a study may ask about once. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from diary_app.core.grading import State
from diary_app.core.windows import DiaryDay
from diary_app.day_states import Known, state_of

AT_LEAST = 2
_EMPTY = frozenset({State.MISSED, State.UNKNOWN})


@dataclass(frozen=True)
class Absence:
    """The first and the last evening without an entry."""

    first: date
    last: date


def absence_before(known: Known, now: datetime, since: datetime) -> Absence | None:
    """The absence that has just ended or still goes on; one evening is none, nor is what this phone cannot know.

    `since`: when this phone became the participant's; what an earlier one held may still be on its way.
    """
    closed = [day for day in known.days if day.expected and since <= day.opens and day.late_until < now]
    missed = list(takewhile(lambda day: _is_empty(known, day, now), reversed(closed)))
    return Absence(missed[-1].day, missed[0].day) if len(missed) >= AT_LEAST else None


def _is_empty(known: Known, day: DiaryDay, now: datetime) -> bool:
    """Nothing was saved, not even too late, and nobody has excused it."""
    saved = any(not one.body.practice for one in known.entries.get(day.day, ()))
    return not saved and state_of(known, day.day, now) in _EMPTY
