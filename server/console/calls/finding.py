"""Whom to call now: worked out from stored evenings, for everybody at some sites, with a handful of queries.

Only those with gaps are read, and of them only what the rule needs. What follows from somebody's facts is kept in
memory as long as no fact is added, and the whole list for half a minute, so that the rail costs no page anything.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from diary_app.core.anchors import anchors
from diary_app.core.compliance import CallReason, GradedDay, rank, reasons_to_call
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.staff_acts import ContactMade
from diary_app.core.study import Study
from server.console.course import KINDS, course, dates_coming
from server.db import gaps, shapes, staff_facts
from server.db.gaps import Evening, Gaps
from server.intake.known import fact_from_row

CONTACT_KINDS = ("contact_made",)
#: Evenings that are looked at; seven that closed are among them, whatever was excused or not expected between.
LOOKED_AT = timedelta(days=14)
#: Two gaps within so many days may be a run, three within `LOOKED_AT` too few of seven: the rule itself decides.
_RUN = timedelta(days=5)
_RUN_GAPS, _WEEK_GAPS = 2, 3
_KEPT_FOR = timedelta(seconds=30)
_STATES = {state.value: state for state in State}
_ENDED_OPEN = frozenset({State.OPEN, State.NOT_YET_DUE})


@dataclass(frozen=True, slots=True)
class Coming:
    """A treatment that is planned or a visit: when, and its id in the study."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Known:
    """What follows from somebody's facts: what is coming, whether the diary is over, the last contact."""

    coming: tuple[Coming, ...]
    is_over: bool
    last: ContactMade | None = None
    last_at: datetime | None = None

    def is_soon(self, today: date) -> bool:
        """Whether something comes within the week."""
        return any(today <= one.day <= today + timedelta(days=7) for one in self.coming)


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody with a reason to be called. `coming`: the next thing within a week. `back`: the day a snooze ends."""

    participant: str
    reasons: tuple[CallReason, ...]
    coming: Coming | None
    last: ContactMade | None
    last_at: datetime | None
    back: date | None


@dataclass(frozen=True)
class CallList:
    """Everybody to be called, the most urgent first, and those who are left alone until a day; as of `at`."""

    at: datetime
    now: tuple[ToCall, ...]
    snoozed: tuple[ToCall, ...]


@dataclass
class Memory:
    """What one process remembers of one database."""

    known: dict[str, tuple[int, date, Known]] = field(default_factory=dict)
    lists: dict[tuple[str, ...], CallList] = field(default_factory=dict)


_MEMORIES: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def memory_of(engine: Engine) -> Memory:
    """The memory that belongs to a database."""
    return _MEMORIES.setdefault(engine, Memory())


def forget(engine: Engine) -> None:
    """Somebody did something: lists are made anew when they are next asked for."""
    memory_of(engine).lists.clear()


def call_list(connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime) -> CallList:
    """The list of those sites, at most half a minute old."""
    memory = memory_of(connection.engine)
    kept = memory.lists.get(tuple(sites))
    if kept is not None and timedelta() <= now - kept.at < _KEPT_FOR:
        return kept
    made = memory.lists[tuple(sites)] = found_now(connection, study, sites, today, now, memory)
    return made


def found_now(
    connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime, memory: Memory
) -> CallList:
    """The list as the database has it."""
    instrument = study.diary.instrument
    found = _with_gaps(connection, sites, instrument, today, now)
    known = _known(connection, study, found, today, now, memory)
    worth = [
        who
        for who, one in found.items()
        if not known[who].is_over
        and (one.recent >= _RUN_GAPS or one.all >= _WEEK_GAPS or known[who].is_soon(today))
    ]
    evenings = gaps.evenings_of(connection, worth, instrument, today - LOOKED_AT, today)
    calls = [
        one
        for who, theirs in groupby(evenings, key=lambda one: one.participant)
        if (one := _to_call(who, list(theirs), known[who], today, now)) is not None
    ]
    ranked = sorted(sorted(calls, key=lambda one: one.participant), key=lambda one: rank(one.reasons), reverse=True)
    away = sorted((one for one in ranked if one.back), key=lambda one: (one.back or today, one.participant))
    return CallList(now, tuple(one for one in ranked if one.back is None), tuple(away))


def _with_gaps(
    connection: Connection, sites: Collection[str], instrument: str, today: date, now: datetime
) -> dict[str, Gaps]:
    found = {
        one.participant: one
        for one in gaps.gaps_at(connection, sites, instrument, today - LOOKED_AT, today - _RUN, today)
    }
    for one in gaps.just_closed(connection, sites, instrument, now):
        before = found.get(one.participant, Gaps(one.participant, one.facts, 0, 0))
        found[one.participant] = Gaps(one.participant, one.facts, before.all + one.all, before.recent + one.recent)
    return found


def _known(
    connection: Connection, study: Study, found: Mapping[str, Gaps], today: date, now: datetime, memory: Memory
) -> dict[str, Known]:
    """Of everybody found; only those about whom something was recorded since are read."""
    kept = memory.known
    stale = [who for who, one in found.items() if who not in kept or kept[who][:2] != (one.facts, today)]
    for some in shapes.chunks(stale):
        rows = staff_facts.of_kinds(connection, some, (*KINDS, *CONTACT_KINDS))
        facts: dict[str, list[Fact]] = defaultdict(list)
        for row in rows:
            facts[row.participant].append(fact_from_row(row))
        for who in some:
            kept[who] = (found[who].facts, today, known_from(study, facts[who], now))
    return {who: kept[who][2] for who in found}


def known_from(study: Study, facts: Sequence[Fact], now: datetime) -> Known:
    """Read one participant's facts."""
    coming = tuple(Coming(day, name) for day, name in dates_coming(study, anchors(study, facts)))
    contacts = [fact for fact in facts if isinstance(fact.detail, ContactMade)]
    last = contacts[-1] if contacts else None
    return Known(
        coming, course(study, facts, now).has_ended, last.detail if last else None, last.at if last else None
    )


def _to_call(who: str, evenings: Iterable[Evening], known: Known, today: date, now: datetime) -> ToCall | None:
    graded = [GradedDay(one.day, _state(one, now), late_until=one.late_until) for one in evenings]
    reasons = reasons_to_call(graded, now, [one.day for one in known.coming], today)
    if not reasons:
        return None
    soon = min((one for one in known.coming if one.day >= today), key=lambda one: one.day, default=None)
    until = known.last.snooze_until if known.last else None
    return ToCall(
        who, reasons, soon if known.is_soon(today) else None, known.last, known.last_at,
        until if until and until > today else None,
    )  # fmt: skip


def _state(evening: Evening, now: datetime) -> State:
    """By the clock, where the sweep has not come by yet."""
    state = _STATES[evening.state]
    return State.UNKNOWN if state in _ENDED_OPEN and evening.late_until <= now else state
