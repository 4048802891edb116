"""What the first screen shows: part of the day, the one card, the last seven days. Pure: all it needs is handed in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from diary_app.core.entries import EntryVersion
from diary_app.core.grading import State
from diary_app.core.merge import counting
from diary_app.core.times import local
from diary_app.core.windows import DiaryDay, due, next_opening

WEEK = 7
#: Grades of the server that this device cannot work out by itself.
_FROM_SERVER = frozenset({State.DONE, State.LATE, State.MISSED, State.UNKNOWN, State.EXCUSED, State.EXTRA})


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
class ServerDay:
    """What the server said about one diary day."""

    state: State
    received_at: datetime | None = None
    entry: str | None = None


@dataclass(frozen=True)
class Card:
    """The card and the day it is about. `closed_empty`: the evening before has closed without an entry."""

    kind: CardKind
    day: DiaryDay | None = None
    entry: EntryVersion | None = None
    received_at: datetime | None = None
    begun: bool = False
    closed_empty: bool = False


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


@dataclass(frozen=True)
class Known:
    """What the device knows, by diary day: the schedule, its own entries, the server's grades, drafts begun."""

    days: tuple[DiaryDay, ...]
    entries: Mapping[date, Collection[EntryVersion]]
    server: Mapping[date, ServerDay]
    drafts: Collection[date] = ()


def look_at(known: Known, now: datetime, zone: str) -> Today:
    """The first screen at that moment in that zone."""
    wall = local(now, zone)
    return Today(now, zone, part_of_day(wall.hour), _card(known, now), _week(known, now, wall.date()))


def part_of_day(hour: int) -> Part:
    """Someone who is up at one in the morning is still in their evening."""
    if 5 <= hour < 12:
        return Part.MORNING
    return Part.AFTERNOON if 12 <= hour < 18 else Part.EVENING


def current_entry(entries: Collection[EntryVersion]) -> EntryVersion | None:
    """The version that counts, if there is an entry."""
    found = counting(entries)
    return found.current if found else None


def _card(known: Known, now: datetime) -> Card:
    day = due(known.days, now)
    if day is not None:
        return _due_card(known, day, now)
    coming = next_opening(known.days, now)
    if coming is None:
        return Card(CardKind.NOTHING)
    past = [earlier for earlier in known.days if earlier.late_until < now]
    closed_empty = bool(past) and _state(known, past[-1].day, now) in {State.MISSED, State.UNKNOWN}
    return Card(CardKind.NOT_YET, coming, closed_empty=closed_empty)


def _due_card(known: Known, day: DiaryDay, now: datetime) -> Card:
    entry, server = current_entry(known.entries.get(day.day, ())), known.server.get(day.day)
    if entry is not None or (server is not None and server.state in {State.DONE, State.LATE}):
        return Card(CardKind.DONE, day, entry, server.received_at if server else None)
    kind = CardKind.OPEN if now <= day.closes else CardKind.LATE
    return Card(kind, day, begun=day.day in known.drafts)


def _week(known: Known, now: datetime, today: date) -> tuple[WeekDay, ...]:
    days = (today - timedelta(days=back) for back in reversed(range(WEEK)))
    return tuple(WeekDay(day, _state(known, day, now), day == today) for day in days)


def _state(known: Known, day: date, now: datetime) -> State:
    """What this device can say about a day: its own entry first, then the server's grade, then the schedule."""
    planned = next((one for one in known.days if one.day == day), None)
    server, own = known.server.get(day), counting(known.entries.get(day, ()))
    if own is not None:
        if planned is None or not planned.expected:
            return State.EXTRA
        return State.DONE if own.first.body.captured_at <= planned.closes else State.LATE
    if server is not None and server.state in _FROM_SERVER:
        return server.state
    if planned is None or not planned.expected:
        return State.NOT_EXPECTED
    if now < planned.opens:
        return State.NOT_YET_DUE
    return State.OPEN if now <= planned.late_until else State.MISSED
