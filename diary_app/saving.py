"""The tap on Save: how it stands to the window that was shown, and that it is never made twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from diary_app.core.entries import EntryVersion
from diary_app.correcting import Correcting
from diary_app.day_states import current_entry
from diary_app.questionnaire import Filling
from diary_app.visiting import VisitSlot, current_of, visit_of

if TYPE_CHECKING:
    from diary_app.storage.diary import Diary


class Saved(StrEnum):
    """How the moment of the tap on Save stands to the window that was shown; a visit's is over or it is not."""

    IN_TIME = "in_time"
    LATE = "late"
    TOO_LATE = "too_late"
    AFTER_VISIT = "after_visit"


def timeliness(filling: Filling, at: datetime) -> Saved:
    """How a Save at that moment stands."""
    if visit_of(filling):
        return Saved.IN_TIME if at < filling.day.closes else Saved.AFTER_VISIT
    if filling.practice or at <= filling.day.closes:
        return Saved.IN_TIME
    return Saved.LATE if at <= filling.day.late_until else Saved.TOO_LATE


def saved_since(diary: Diary, filling: Filling) -> EntryVersion | None:
    """What counts of what this phone saved for the same evening or visit after its filling in was begun.

    There is such a thing where the storage failed once an entry was written, so that nobody heard of its end, and where
    another window saved it. A day that a correction is about is left to those who correct.
    """
    current = _current(diary, filling)
    is_begun_from = filling.replaces is not None and current is not None and current.id == filling.replaces.id
    return None if is_begun_from else current


def says_the_same(filling: Filling, entry: EntryVersion) -> bool:
    """Whether saving would add nothing to that entry."""
    return (filling.answers, filling.filled_by) == (entry.body.answers, entry.body.filled_by)


def _current(diary: Diary, filling: Filling) -> EntryVersion | None:
    if filling.practice:
        return None
    code, slot = filling.instrument.code, filling.day
    if isinstance(slot, VisitSlot):
        return current_of(diary.entries_of(code), slot)
    is_corrected = slot.day in Correcting(diary).days(code)
    return None if is_corrected else current_entry(diary.entries(code, slot.day))
