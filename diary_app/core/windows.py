"""Which diary days are expected and when each can be filled in: one function for what is shown and what is enforced.

Days are placed one after the other. A day's window is fixed by the facts that became known before it opens, so a day
opens after everything that shaped it, and no later fact moves it. A status (`status.py`) is laid over the result.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from diary_app.core.anchors import anchors, diary_end
from diary_app.core.facts import AnchorSet, Fact, ParticipantAdded, PhoneActivated, Trained, WindowChosen, ZoneConfirmed
from diary_app.core.history import in_order, zone_at
from diary_app.core.status import Term, terms
from diary_app.core.study import DiaryRule, Study, WindowRule
from diary_app.core.times import local_date, wall_to_utc

HORIZON_DAYS = 14
_ONE_DAY = timedelta(days=1)
_NEXT_MOMENT = timedelta(milliseconds=1)  # the precision that records carry


class NotExpected(StrEnum):
    """Why nobody is waiting for a diary day."""

    TRAVEL = "travel"
    DIARY_STOPPED = "diary_stopped"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DIED = "died"
    LOST_TO_FOLLOW_UP = "lost_to_follow_up"
    SCREEN_FAILURE = "screen_failure"
    COMPLETED = "completed"


class Window(NamedTuple):
    """When a diary day may be answered, in UTC: on time until `closes`, late until and including `late_until`."""

    opens: datetime
    closes: datetime
    late_until: datetime


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


def window_of(rule: WindowRule, day: date, zone: str) -> Window:
    """The window of one date: a wall time that occurs twice counts in full, a skipped one is the change of clocks."""
    return Window(
        wall_to_utc(day, rule.opens, zone, last=False),
        wall_to_utc(day, rule.closes, zone, last=True),
        wall_to_utc(day, rule.late_until, zone, last=True),
    )


def expand(study: Study, facts: Iterable[Fact], until: date) -> tuple[DiaryDay, ...]:
    """Every day of the participant's diary up to and including `until`, ascending; the facts may be in any order."""
    history = in_order(facts)
    begin = _begin(study.diary, history)
    if begin is None:
        return ()
    ends = _Ends.of(study, history, begin.first)
    statuses = terms(history)
    placing = _Placing(begin.setting, tuple(fact for fact in history if _is_change(study.diary, fact, begin)), 0)
    days: list[DiaryDay] = []
    for number in range((until - begin.first).days + 1):
        placed, placing = _place(study.diary, begin.first + number * _ONE_DAY, placing)
        if placed.day <= ends.known_before(placed.opens):
            days.append(_under_status(placed, statuses))
        elif ends.are_final(placed.opens):
            break
    return tuple(days)


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
class _Setting:
    """By which rule and zone days are placed, and since when: no day opens before it could be known how."""

    zone: str
    rule: WindowRule
    since: datetime

    def window(self, day: date) -> Window:
        opens, closes, late_until = window_of(self.rule, day, self.zone)
        return Window(min(max(opens, self.since + _NEXT_MOMENT), closes), closes, late_until)

    def after(self, fact: Fact, diary: DiaryRule) -> "_Setting":
        match fact.detail:
            case ZoneConfirmed(zone=zone):
                return _Setting(zone, self.rule, fact.at)
            case WindowChosen(choice=choice):
                return _Setting(self.zone, diary.window(choice), fact.at)
            case ParticipantAdded(zone=zone, choices=choices):
                return _Setting(zone, diary.window(choices.get(diary.instrument)), fact.at)
            case _:
                return self


@dataclass(frozen=True)
class _Begin:
    """The first date of a diary, and how its days are placed from there."""

    first: date
    setting: _Setting


def _begin(diary: DiaryRule, history: Sequence[Fact]) -> _Begin | None:
    """The diary begins when a phone is activated and the practice entry is done; nothing is expected before both."""
    activated = next((fact.at for fact in history if isinstance(fact.detail, PhoneActivated)), None)
    trained = next((fact.at for fact in history if isinstance(fact.detail, Trained)), None)
    zone = zone_at(history, max(activated, trained)) if activated and trained else None
    if not (activated and trained and zone):
        return None
    ready = max(activated, trained)
    setting = _Setting(zone, diary.window(None), ready)
    for fact in history:
        if fact.at <= ready and _shapes(diary, fact):
            setting = replace(setting.after(fact, diary), since=ready)
    first = local_date(ready, setting.zone) + timedelta(days=diary.starts_after_days)
    while window_of(setting.rule, first, setting.zone).opens <= ready:
        first += _ONE_DAY  # that evening had begun before anybody could answer
    return _Begin(first, setting)


def _shapes(diary: DiaryRule, fact: Fact) -> bool:
    match fact.detail:
        case ZoneConfirmed() | ParticipantAdded():
            return True
        case WindowChosen(instrument=instrument):
            return instrument == diary.instrument
        case _:
            return False


def _is_change(diary: DiaryRule, fact: Fact, begin: _Begin) -> bool:
    return fact.at > begin.setting.since and _shapes(diary, fact)


@dataclass(frozen=True)
class _Placing:
    """How far the changes are settled: all before `weighed` are in `setting`, the others are weighed for each day."""

    setting: _Setting
    changes: tuple[Fact, ...]
    weighed: int


def _place(diary: DiaryRule, day: date, placing: _Placing) -> tuple[DiaryDay, _Placing]:
    """Fix the window of one date by the changes known before it opens.

    Where a change comes too late for the date because the new window is already over, the date keeps the old one: a
    choice then counts from the next date, and a zone has skipped this one.
    """
    shown = here = placing.setting
    window = shown.window(day)
    skipped = unsettled = False
    for number, fact in enumerate(placing.changes[placing.weighed :], placing.weighed + 1):
        if fact.at >= window.opens:
            break
        changed = here.after(fact, diary)
        moved = changed.window(day)
        if moved.closes > fact.at:
            shown, here, window, skipped = changed, changed, moved, False
            placing = placing if unsettled else replace(placing, setting=changed, weighed=number)
            continue
        unsettled = True
        if changed.zone != here.zone:
            here, skipped = changed, True
    travel = NotExpected.TRAVEL if skipped else None
    return DiaryDay(diary.instrument, day, shown.rule.id, shown.zone, *window, travel), placing


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


def _under_status(day: DiaryDay, statuses: Sequence[Term]) -> DiaryDay:
    if day.not_expected is None:
        for term in statuses:
            if term.ends_expectation(day.day, day.opens, day.zone):
                return replace(day, not_expected=NotExpected(term.said.status))
    return day
