"""What the first screen shows: part of the day, the one card, the last seven days. Pure: all it needs is handed in."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from diary_app.core.entries import EntryVersion
from diary_app.core.grading import State
from diary_app.core.times import local
from diary_app.core.windows import DiaryDay, due, next_opening
from diary_app.day_states import Known, all_received, counts_elsewhere, current_entry, state_of

WEEK = 7


class Part(StrEnum):
    """Part of the day, for the greeting."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class CardKind(StrEnum):
    """What the one card is about."""

    OPEN = "open"
    LATE = "late"
    DONE = "done"
    NOT_YET = "not_yet"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Card:
    """The card and the day it is about. `closed_empty`: the evening before has closed without an entry.

    `elsewhere`: the entry that counts was made on another phone, and one of this phone is kept beside it.
    `before_here`: the evening had opened when the diary came to this phone, so the one before may hold its entry.
    """

    kind: CardKind
    day: DiaryDay | None = None
    entry: EntryVersion | None = None
    received_at: datetime | None = None
    begun: bool = False
    closed_empty: bool = False
    elsewhere: bool = False
    before_here: bool = False


@dataclass(frozen=True)
class WeekDay:
    """One day of the strip."""

    day: date
    state: State
    is_today: bool


@dataclass(frozen=True)
class Today:
    """Everything on the first screen that depends on the time."""

    now: datetime
    zone: str
    part: Part
    card: Card
    week: tuple[WeekDay, ...]


def look_at(known: Known, now: datetime, zone: str) -> Today:
    """The first screen at that moment in that zone."""
    wall = local(now, zone)
    return Today(now, zone, part_of_day(wall.hour), _card(known, now), _week(known, now, wall.date()))


def part_of_day(hour: int) -> Part:
    """Someone who is up at one in the morning is still in their evening."""
    if 5 <= hour < 12:
        return Part.MORNING
    return Part.AFTERNOON if 12 <= hour < 18 else Part.EVENING


def _card(known: Known, now: datetime) -> Card:
    day = due(known.days, now)
    if day is not None:
        return _due_card(known, day, now)
    coming = next_opening(known.days, now)
    if coming is None:
        return Card(CardKind.NOTHING)
    past = [earlier for earlier in known.days if earlier.late_until < now]
    closed_empty = bool(past) and state_of(known, past[-1].day, now) in {State.MISSED, State.UNKNOWN}
    return Card(CardKind.NOT_YET, coming, closed_empty=closed_empty)


def _due_card(known: Known, day: DiaryDay, now: datetime) -> Card:
    versions, server = known.entries.get(day.day, ()), known.server.get(day.day)
    entry = current_entry(versions)
    if day.day in known.waiting_closed:
        return Card(CardKind.DONE, day, entry)
    if server is not None and counts_elsewhere(server, versions):
        return Card(CardKind.DONE, day, received_at=server.received_at, elsewhere=True)
    if entry is not None or (server is not None and server.state in {State.DONE, State.LATE}):
        received_at = server.received_at if server and all_received(server, entry) else None
        return Card(CardKind.DONE, day, entry, received_at)
    kind = CardKind.OPEN if now <= day.closes else CardKind.LATE
    before_here = known.moved_here is not None and known.moved_here > day.opens
    return Card(kind, day, begun=day.day in known.drafts, before_here=before_here)


def _week(known: Known, now: datetime, today: date) -> tuple[WeekDay, ...]:
    days = (today - timedelta(days=back) for back in reversed(range(WEEK)))
    return tuple(WeekDay(day, state_of(known, day, now), day == today) for day in days)
