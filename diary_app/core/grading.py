"""What one diary day of one participant is worth, from everything known about it: one pure function.

Missed is not the same as not yet received: a day without an entry is missed only when every installation that was
active in its window has proved, by a complete contact after the last minute, that it holds nothing for the day.
Precedence: done or late > excused > missed > unknown.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from diary_app.core.entries import EntryVersion, Mode
from diary_app.core.facts import DeviceState, ExcuseReason
from diary_app.core.merge import Counting, counting
from diary_app.core.windows import DiaryDay


class State(StrEnum):
    """What the coordinator sees for one participant and day."""

    NOT_EXPECTED = "not_expected"
    NOT_YET_DUE = "not_yet_due"
    OPEN = "open"
    DONE = "done"
    LATE = "late"
    MISSED = "missed"
    UNKNOWN = "unknown"
    EXCUSED = "excused"
    EXTRA = "extra"  # an entry that nobody expected; outside all rates


class UnknownReason(StrEnum):
    """Why nobody can say whether the day was missed; the first that applies, in this order."""

    AFTER_LOCK = "after_lock"  # its entry came when the day was locked, and counts once it is unlocked
    QUARANTINED = "quarantined"  # something was received that may be this day's entry
    DEVICE_DOUBTFUL = "device_doubtful"  # cloned or rolled back: what it says about itself proves nothing
    DEVICE_LOST = "device_lost"  # lost, replaced before it could prove anything, or none was active
    HELD_UNSENT = "held_unsent"  # at its last contact it still held records
    SILENT = "silent"


#: What may be the entry is here, and staff decide whether it counts: neither phone nor participant is waited for.
UNDECIDED = frozenset({UnknownReason.AFTER_LOCK, UnknownReason.QUARANTINED})


@dataclass(frozen=True)
class Installation:
    """One installation of the app. `complete_until`: the latest moment up to which it proved to hold nothing unsent.

    Only contacts made while it was neither lost nor in doubt may move `complete_until`.
    """

    device: str
    active_from: datetime
    active_until: datetime | None = None
    state: DeviceState = DeviceState.ACTIVE
    doubtful: bool = False
    complete_until: datetime | None = None
    pending: int = 0
    last_seen_at: datetime | None = None


@dataclass(frozen=True)
class QuarantinedRecord:
    """Something received that could not be used.

    Without `day` it could be any day that was open between `made_from`, None for ever before, and `made_until`, None
    for when it was received.
    """

    device: str
    received_at: datetime
    day: date | None = None
    instrument: str | None = None
    made_from: datetime | None = None
    made_until: datetime | None = None


@dataclass(frozen=True)
class DayFacts:
    """All that bears on one day. `day` is None when nobody expected it; `entries` are those that the gate accepted.

    `after_lock`: others came when the day was locked, and are left out.
    """

    day: DiaryDay | None
    instrument: str
    diary_day: date
    entries: tuple[EntryVersion, ...] = ()
    excuse: ExcuseReason | None = None
    installations: tuple[Installation, ...] = ()
    quarantined: tuple[QuarantinedRecord, ...] = ()
    after_lock: bool = False


@dataclass(frozen=True)
class Grade:
    """`next_moment`: when time alone changes the state, None when it cannot. `entry`: id of the current version.

    `reason`: of an unknown, excused or not expected day, and the coded reason of a late entry. `mode`: how the
    counting entry was made; paper is done or late, but never on time.
    """

    state: State
    reason: str | None = None
    next_moment: datetime | None = None
    entry: str | None = None
    first_captured_at: datetime | None = None
    mode: Mode | None = None


def grade(facts: DayFacts, now: datetime) -> Grade:
    """The state of a day at `now`. Total: never raises, whatever the facts."""
    counted = counting(facts.entries)
    day = facts.day
    if day is None or day.not_expected:
        reason = day.not_expected.value if day and day.not_expected else None
        return _with_entry(State.EXTRA, counted, reason) if counted else Grade(State.NOT_EXPECTED, reason)
    if counted and _was_made_in(counted, day):
        return _timely(counted, day)
    if facts.excuse:
        return Grade(State.EXCUSED, facts.excuse.value)
    if now < day.opens:
        return Grade(State.NOT_YET_DUE, next_moment=day.opens)
    if now < day.late_until:
        return Grade(State.OPEN, next_moment=day.late_until)
    unknown = _doubt(facts, day)
    return Grade(State.UNKNOWN, unknown.value) if unknown else Grade(State.MISSED)


def proves_until(received_at: datetime, device_clock: datetime) -> datetime:
    """The moment up to which a complete contact proves that nothing is held.

    The earlier of both clocks: a phone whose clock is behind may still save in time by its own clock, and one whose
    clock is ahead has not lived through the time that it states.
    """
    return min(received_at, device_clock)


def _was_made_in(counted: Counting, day: DiaryDay) -> bool:
    """An entry that no window was applied to, as nobody expected its day then, counts only if it fits the day's own.

    One that an approved correction moved here counts whenever it was made, on time or late by the day's own window.
    """
    first = counted.first
    return first.moved or first.on_time_until is not None or day.opens <= first.body.captured_at <= day.late_until


def _timely(counted: Counting, day: DiaryDay) -> Grade:
    """Timeliness is that of the first version, against the window that the gate applied to it."""
    if counted.first.body.captured_at <= (counted.first.on_time_until or day.closes):
        return _with_entry(State.DONE, counted, None)
    reason = counted.first.body.late_reason
    return _with_entry(State.LATE, counted, reason and reason.value)


def _with_entry(state: State, counted: Counting, reason: str | None) -> Grade:
    current, first = counted.current, counted.first
    return Grade(state, reason, None, current.id, first.body.captured_at, current.body.mode)


def _doubt(facts: DayFacts, day: DiaryDay) -> UnknownReason | None:
    """Why a closed day without an entry cannot be called missed; None when it was."""
    if facts.after_lock:
        return UnknownReason.AFTER_LOCK
    if facts.entries and _received_in_part(facts):
        return UnknownReason.QUARANTINED
    if facts.quarantined and any(_may_name(record, facts, day) for record in facts.quarantined):
        return UnknownReason.QUARANTINED
    active = [installation for installation in facts.installations if _was_active(installation, day)]
    if any(installation.doubtful for installation in active):
        return UnknownReason.DEVICE_DOUBTFUL
    unproven = [installation for installation in active if not _proves(installation, day)]
    gone = (DeviceState.LOST, DeviceState.REPLACED)
    if not active or _opened_without(facts, day) or any(installation.state in gone for installation in unproven):
        return UnknownReason.DEVICE_LOST
    if any(_held_unsent(installation, day) for installation in unproven):
        return UnknownReason.HELD_UNSENT
    return UnknownReason.SILENT if unproven else None


def _received_in_part(facts: DayFacts) -> bool:
    """A later version is here whose first one is not."""
    return any(not version.body.practice for version in facts.entries)


def _may_name(record: QuarantinedRecord, facts: DayFacts, day: DiaryDay) -> bool:
    if record.instrument not in (None, facts.instrument):
        return False
    if record.day is not None:
        return record.day == facts.diary_day
    is_over = record.made_from is not None and day.late_until < record.made_from
    return day.opens <= (record.made_until or record.received_at) and not is_over


def _was_active(installation: Installation, day: DiaryDay) -> bool:
    """At any time in the window; the edges count, since an entry can be saved on them."""
    until = installation.active_until
    return installation.active_from <= day.late_until and (until is None or until >= day.opens)


def _opened_without(facts: DayFacts, day: DiaryDay) -> bool:
    """No phone was active when the window opened, though one had been; the next one cannot speak for that one.

    Whoever reports a phone lost may still be saving on it. The very first phone has nobody to speak for.
    """
    earlier = [installation for installation in facts.installations if installation.active_from <= day.opens]
    was_held = any(_was_active(installation, day) for installation in earlier)
    return not was_held and not all(_proves(installation, day) for installation in earlier)


def _proves(installation: Installation, day: DiaryDay) -> bool:
    return installation.complete_until is not None and installation.complete_until >= day.late_until


def _held_unsent(installation: Installation, day: DiaryDay) -> bool:
    seen = installation.last_seen_at
    return installation.pending > 0 and seen is not None and seen >= day.late_until
