"""What this device can say about each diary day: one function for the week strip, the calendar and what was missed.

Pure: the schedule, the phone's own entries and the server's grades are handed in, read once.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from diary_app.core.entries import EntryVersion
from diary_app.core.facts import Fact, PhoneActivated
from diary_app.core.grading import State
from diary_app.core.merge import Counting, counting
from diary_app.core.windows import DiaryDay

#: Grades of the server that this device cannot work out by itself.
_FROM_SERVER = frozenset({State.DONE, State.LATE, State.MISSED, State.UNKNOWN, State.EXCUSED, State.EXTRA})


@dataclass(frozen=True)
class ServerDay:
    """What the server said about one diary day."""

    state: State
    received_at: datetime | None = None
    entry: str | None = None


@dataclass(frozen=True)
class Known:
    """What the device knows, by diary day: the schedule, its own entries, the server's grades, drafts begun.

    `waiting_closed`: days whose entry is under a forgotten PIN and not known to the study yet, as far as this phone has
    heard; nobody fills those in again.
    `corrected`: days whose entries approved corrections have changed, moved or voided.
    `moved_here`: when the diary came from another phone; None where this one is the first.
    """

    days: tuple[DiaryDay, ...]
    entries: Mapping[date, Collection[EntryVersion]]
    server: Mapping[date, ServerDay]
    drafts: Collection[date] = ()
    waiting_closed: Collection[date] = ()
    corrected: Collection[date] = ()
    moved_here: datetime | None = None

    @cached_property
    def planned(self) -> Mapping[date, DiaryDay]:
        """The schedule by date."""
        return {day.day: day for day in self.days}


def moved_here(facts: Iterable[Fact], own: Collection[str]) -> datetime | None:
    """When the diary came from another phone to this one, which has had the device ids `own`.

    A code after a forgotten PIN activates the same phone once more, and its evenings are still here.
    """
    found = sorted((fact.at, fact.detail.device) for fact in facts if isinstance(fact.detail, PhoneActivated))
    if len(found) < 2:
        return None
    (_, device), (at, _) = found[-2:]
    return None if device in own else at


def current_entry(entries: Collection[EntryVersion]) -> EntryVersion | None:
    """The version that counts, if there is an entry."""
    found = counting(entries)
    return found.current if found else None


def all_received(server: ServerDay | None, entry: EntryVersion | None) -> bool:
    """The study holds the version that counts here, and not only an earlier one."""
    if server is None or server.received_at is None:
        return False
    return entry is None or server.entry in {None, entry.id}


def counts_elsewhere(server: ServerDay | None, versions: Collection[EntryVersion]) -> bool:
    """The study lets an entry count that was not made here, as one of the phone before this one."""
    if server is None or server.entry is None or not versions:
        return False
    return server.entry not in {one.id for one in versions}


def state_of(known: Known, day: date, now: datetime) -> State:
    """This device's own entry first, unless another one counts; then the server's grade, then the schedule."""
    planned, server, own = known.planned.get(day), known.server.get(day), counted(known, day)
    if own is not None and server is not None and counts_elsewhere(server, known.entries.get(day, ())):
        return server.state
    if own is not None:
        if planned is None or not planned.expected:
            return State.EXTRA
        return State.DONE if own.first.body.captured_at <= planned.closes else State.LATE
    if day in known.waiting_closed:
        return State.DONE
    if server is not None and server.state in _FROM_SERVER:
        return server.state
    if planned is None or not planned.expected:
        return State.NOT_EXPECTED
    if now < planned.opens:
        return State.NOT_YET_DUE
    return State.OPEN if now <= planned.late_until else State.MISSED


def counted(known: Known, day: date) -> Counting | None:
    """What counts of this device's own versions; one saved after the last minute is kept, but grades nothing.

    One that an approved correction moved to the day counts whenever it was saved.
    """
    versions, planned = known.entries.get(day, ()), known.planned.get(day)
    if planned is not None and planned.expected:
        versions = [one for one in versions if one.moved or one.body.captured_at <= planned.late_until]
    return counting(versions)
