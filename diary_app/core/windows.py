"""Which diary days are expected and when each can be filled in: one function for what is shown and what is enforced.

Days are placed one after the other. A day's window is fixed by the facts that became known before it opens, so a day
opens after everything that shaped it, and no later fact moves it. A status (`status.py`) is laid over the result.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from diary_app.core.anchors import anchors, diary_end
from diary_app.core.facts import AnchorSet, Fact
from diary_app.core.history import in_order
from diary_app.core.placing import Placed, Window, begin, window_of
from diary_app.core.status import Term, terms
from diary_app.core.study import Study

__all__ = [
    "HORIZON_DAYS",
    "DiaryDay",
    "NotExpected",
    "Window",
    "due",
    "expand",
    "known_at",
    "next_moment",
    "next_opening",
    "window_of",
]

HORIZON_DAYS = 14


class NotExpected(StrEnum):
    """Why nobody is waiting for a diary day."""

    TRAVEL = "travel"
    DIARY_STOPPED = "diary_stopped"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DIED = "died"
    LOST_TO_FOLLOW_UP = "lost_to_follow_up"
    SCREEN_FAILURE = "screen_failure"
    COMPLETED = "completed"


@dataclass(frozen=True)
class DiaryDay:
    """One date of one participant's diary with its window; `choice` and `zone` say where the window comes from."""

    instrument: str
    day: date
    choice: str
    zone: str
    opens: datetime
    closes: datetime
    late_until: datetime
    not_expected: NotExpected | None = None

    @property
    def expected(self) -> bool:
        """Whether somebody is waiting for it."""
        return self.not_expected is None

    @property
    def window(self) -> Window:
        """The three instants together."""
        return Window(self.opens, self.closes, self.late_until)


def expand(study: Study, facts: Iterable[Fact], until: date) -> tuple[DiaryDay, ...]:
    """Every day of the participant's diary up to and including `until`, ascending; the facts may be in any order."""
    history = in_order(facts)
    placing = begin(study.diary, history)
    if placing is None:
        return ()
    first, statuses = placing.first, terms(history)
    ends = _Ends.of(study, history, first)
    days: list[DiaryDay] = []
    for number in range((until - first).days + 1):
        day = first + timedelta(days=number)
        placed, placing = placing.place(day)
        if day <= ends.known_before(placed.window.opens):
            days.append(_diary_day(study.diary.instrument, day, placed, statuses))
        elif ends.are_final(placed.window.opens):
            break
    return tuple(days)


def _diary_day(instrument: str, day: date, placed: Placed, statuses: Sequence[Term]) -> DiaryDay:
    """The day with the first reason for not expecting it."""
    window, setting, skipped = placed
    reason = NotExpected.TRAVEL if skipped else None
    for term in statuses:
        if reason is None and term.ends_expectation(day, window.opens, setting.zone):
            reason = NotExpected(term.said.status)
    return DiaryDay(instrument, day, setting.rule.id, setting.zone, *window, reason)


def known_at(facts: Iterable[Fact], revision: int, own: Collection[str] = ()) -> tuple[Fact, ...]:
    """The facts as an installation held them that had heard the server up to `revision`.

    `own`: ids of the facts that it had made itself by then, numbered by the server since or not.
    """
    return tuple(
        replace(fact, revision=0) if fact.id in own else fact
        for fact in facts
        if fact.id in own or fact.revision <= revision
    )


def due(days: Sequence[DiaryDay], now: datetime) -> DiaryDay | None:
    """The expected day that can be filled in now; the newest when two overlap."""
    return next((day for day in reversed(days) if day.expected and day.opens <= now <= day.late_until), None)


def next_opening(days: Iterable[DiaryDay], now: datetime) -> DiaryDay | None:
    """The first expected day whose window opens after now."""
    coming = (day for day in days if day.expected and day.opens > now)
    return min(coming, key=lambda day: (day.opens, day.day), default=None)


def next_moment(days: Iterable[DiaryDay], now: datetime) -> datetime | None:
    """The next instant at which a window opens, closes or is over; None when time alone changes nothing."""
    return min((moment for day in days if day.expected for moment in day.window if moment > now), default=None)


@dataclass(frozen=True)
class _Ends:
    """The last day of the diary as it stood after each anchor fact."""

    moments: tuple[datetime, ...]
    last_days: tuple[date, ...]

    @classmethod
    def of(cls, study: Study, history: Sequence[Fact], first: date) -> "_Ends":
        told = tuple(fact for fact in history if isinstance(fact.detail, AnchorSet))
        ends = tuple(diary_end(study.diary, anchors(study, told[:count]), first) for count in range(len(told) + 1))
        return cls(tuple(fact.at for fact in told), ends)

    def known_before(self, opens: datetime) -> date:
        return self.last_days[bisect_left(self.moments, opens)]

    def are_final(self, opens: datetime) -> bool:
        return bisect_left(self.moments, opens) == len(self.moments)
