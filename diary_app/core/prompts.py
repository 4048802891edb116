"""When a participant is reminded of the diary: every prompt of every day, also those that are dropped, with the reason.

Pure, like `windows.expand`, whose days it takes: what a preview lists is what is queued (DOMAIN.md 6). A prompt that
falls into quiet hours or outside the evening's window is dropped and never moved, so that nobody is woken by a rule
that meant well. Whether the diary is done by then, and whether a server slept through it, is decided when it is due.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from diary_app.core.records import Record
from diary_app.core.study import PromptRule
from diary_app.core.times import local, local_date, wall_to_utc
from diary_app.core.windows import DiaryDay

_DAY_MINUTES = 24 * 60
#: A reminder that could not be sent within that time says nothing any more.
FRESH_FOR = timedelta(minutes=60)


class Dropped(StrEnum):
    """Why a planned prompt is not sent."""

    NOT_EXPECTED = "not_expected"
    NOT_OPEN = "not_open"
    CLOSED = "closed"
    QUIET_HOURS = "quiet_hours"
    PAUSED = "paused"


@dataclass(frozen=True)
class Pause:
    """The participant wants no prompts up to and including `until`; None ends a pause. `at`: when that was said."""

    at: datetime
    until: date | None


def pause_from(record: Record, at: datetime) -> Pause:
    """A pause as its phone recorded it; one that cannot be read ends an earlier one, so that prompts come."""
    try:
        return Pause(at, date.fromisoformat(str(record.body.get("until", ""))))
    except ValueError:
        return Pause(at, None)


@dataclass(frozen=True)
class Prompt:
    """One reminder of one diary day; `number` counts from 1 in the order of the day. Sent unless `dropped`."""

    instrument: str
    day: date
    number: int
    at: datetime
    dropped: Dropped | None = None


def prompts(
    rule: PromptRule, days: Iterable[DiaryDay], *, usual: int | None = None, pauses: Iterable[Pause] = ()
) -> tuple[Prompt, ...]:
    """The whole schedule for these days, ascending.

    `usual`: the participant's own time in wall minutes of the diary day; None for the study's. Raises ValueError for
    one after the latest time.
    """
    said = sorted(pauses, key=lambda pause: pause.at)
    found = (prompt for day in days for prompt in _of_day(rule, day, rule.usual if usual is None else usual, said))
    return tuple(sorted(found, key=lambda prompt: (prompt.at, prompt.day, prompt.number)))


def _of_day(rule: PromptRule, day: DiaryDay, usual: int, pauses: Sequence[Pause]) -> Iterator[Prompt]:
    for number, minutes in enumerate(rule.times_from(usual), 1):
        at = wall_to_utc(day.day, minutes, day.zone, last=False)
        yield Prompt(day.instrument, day.day, number, at, _dropped(rule, day, at, pauses))


def _dropped(rule: PromptRule, day: DiaryDay, at: datetime, pauses: Sequence[Pause]) -> Dropped | None:
    if not day.expected:
        return Dropped.NOT_EXPECTED
    if at < day.opens:
        return Dropped.NOT_OPEN
    if at >= day.closes:
        return Dropped.CLOSED
    if _is_quiet(rule, at, day.zone):
        return Dropped.QUIET_HOURS
    return Dropped.PAUSED if _is_paused(pauses, at, day.zone) else None


def sendable_until(rule: PromptRule, prompt: Prompt, day: DiaryDay) -> datetime:
    """The first moment at which it is too late for this prompt, because of age, quiet hours or the window's end."""
    quiet = wall_to_utc(day.day, rule.quiet_from, day.zone, last=False)
    if quiet <= prompt.at:
        quiet = wall_to_utc(day.day, rule.quiet_from + _DAY_MINUTES, day.zone, last=False)
    return min(prompt.at + FRESH_FOR, day.closes, quiet)


def is_paused(pauses: Iterable[Pause], at: datetime, zone: str) -> bool:
    """Whether the participant wants no prompt at that moment, by what was said last."""
    return _is_paused(sorted(pauses, key=lambda pause: pause.at), at, zone)


def _is_quiet(rule: PromptRule, at: datetime, zone: str) -> bool:
    """Quiet hours reach over midnight where they begin later on the clock than they end."""
    wall = local(at, zone)
    minutes = wall.hour * 60 + wall.minute
    begin, end = rule.quiet_from % _DAY_MINUTES, rule.quiet_until % _DAY_MINUTES
    return begin <= minutes < end if begin <= end else minutes >= begin or minutes < end


def _is_paused(pauses: Sequence[Pause], at: datetime, zone: str) -> bool:
    """By what the participant had said last."""
    said = list(takewhile(lambda pause: pause.at <= at, pauses))
    until = said[-1].until if said else None
    return until is not None and local_date(at, zone) <= until
