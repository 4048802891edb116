"""Signals that somebody should look at a participant's entries: for review, never for leaving anything out; pure.

A signal says which days and how many, never what was answered.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

FAST_MS = 10_000
TOGETHER = timedelta(minutes=5)
FLAT_DAYS = 7
LAST_MINUTES = timedelta(minutes=10)
LAST_MINUTE_ENTRIES = 7
VISIT_LASTS = timedelta(hours=4)
#: Clocks are set by seconds all the time.
_CLOCK_SET = timedelta(minutes=1)


class SignalKind(StrEnum):
    """What is unusual."""

    FAST = "fast"  # filled in within 10 seconds
    TOGETHER = "together"  # several diary days within 5 minutes
    FLAT = "flat"  # the same answers for 7 days or more
    LAST_MINUTE = "last_minute"  # 7 in a row in the last minutes of their windows
    AT_VISIT = "at_visit"  # while the participant was at the clinic for a treatment
    BACKWARDS = "backwards"  # saved after another, by a clock that says before it


@dataclass(frozen=True)
class Made:
    """One version as the phone made it. `device` and `sequence`: its place in the phone's chain.

    `page_ms`: time on its pages, 0 when unknown. `counts`: whether it stands for its day. Moments are UTC.
    """

    id: str
    day: date
    captured_at: datetime
    closes: datetime
    late_until: datetime
    answers: Mapping[str, object]
    device: str
    sequence: int
    page_ms: int = 0
    is_first: bool = True
    counts: bool = True


@dataclass(frozen=True)
class Signal:
    """One thing to look at: the entries that it is about, and their first and last day."""

    kind: SignalKind
    first: date
    last: date
    entries: tuple[str, ...]


def signals(made: Iterable[Made], treated: Iterable[datetime] = ()) -> tuple[Signal, ...]:
    """Every signal, by first day. `treated`: when treatments began, where their times are known."""
    known = sorted(made, key=lambda one: (one.captured_at, one.id))
    found = [
        *_fast(known), *_together(known), *_flat(known), *_last_minute(known), *_at_visit(known, tuple(treated)),
        *_backwards(known),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.first, one.last, one.kind, one.entries)))


def digest(found: Iterable[Signal]) -> str:
    """SHA-256 over what the signals are about, so that a review names what was there."""
    lines = sorted(f"{one.kind} {' '.join(one.entries)}" for one in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _fast(made: Sequence[Made]) -> Iterator[Signal]:
    return (_signal(SignalKind.FAST, [one]) for one in made if 0 < one.page_ms < FAST_MS)


def _together(made: Sequence[Made]) -> Iterator[Signal]:
    """Runs of first versions, each within five minutes of the one before, that are of several days."""
    run: list[Made] = []
    for one in (one for one in made if one.is_first):
        if run and one.captured_at - run[-1].captured_at > TOGETHER:
            yield from _of_several_days(run)
            run = []
        run.append(one)
    yield from _of_several_days(run)


def _of_several_days(run: Sequence[Made]) -> Iterator[Signal]:
    if len({one.day for one in run}) > 1:
        yield _signal(SignalKind.TOGETHER, run)


def _flat(made: Sequence[Made]) -> Iterator[Signal]:
    """Runs of days without a gap whose answers are the same."""
    counting = sorted((one for one in made if one.counts), key=lambda one: one.day)
    for run in _runs(counting):
        if len(run) >= FLAT_DAYS:
            yield _signal(SignalKind.FLAT, run)


def _runs(counting: Sequence[Made]) -> Iterator[list[Made]]:
    run: list[Made] = []
    for one in counting:
        follows = run and one.day - run[-1].day == timedelta(days=1) and dict(one.answers) == dict(run[-1].answers)
        if run and not follows:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _last_minute(made: Sequence[Made]) -> Iterator[Signal]:
    firsts = sorted((one for one in made if one.is_first), key=lambda one: one.day)
    for is_last, run in groupby(firsts, key=_is_last_minute):
        theirs = list(run)
        if is_last and len(theirs) >= LAST_MINUTE_ENTRIES:
            yield _signal(SignalKind.LAST_MINUTE, theirs)


def _is_last_minute(one: Made) -> bool:
    return any(end - LAST_MINUTES <= one.captured_at <= end for end in (one.closes, one.late_until))


def _at_visit(made: Sequence[Made], treated: Sequence[datetime]) -> Iterator[Signal]:
    for one in made:
        if any(start <= one.captured_at < start + VISIT_LASTS for start in treated):
            yield _signal(SignalKind.AT_VISIT, [one])


def _backwards(made: Sequence[Made]) -> Iterator[Signal]:
    """In the order of each phone's chain, which no clock can change."""
    chained = sorted(made, key=lambda one: (one.device, one.sequence))
    for before, after in pairwise(chained):
        if before.device == after.device and after.captured_at < before.captured_at - _CLOCK_SET:
            yield _signal(SignalKind.BACKWARDS, [before, after])


def _signal(kind: SignalKind, about: Sequence[Made]) -> Signal:
    days = [one.day for one in about]
    return Signal(kind, min(days), max(days), tuple(one.id for one in about))
