"""Whom to call now: worked out from stored evenings, for everybody at some sites, with a handful of queries.

Only those with gaps are read, and of them only what the rule needs. What follows from somebody's facts is kept in
memory as long as no fact is added, and the whole list for half a minute, so that the rail costs no page anything.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from diary_app.core.anchors import anchors
from diary_app.core.compliance import CallReason, GradedDay, rank, reasons_to_call
from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.staff_acts import ContactMade
from diary_app.core.study import Study
from server.console.course import KINDS, course, dates_coming
from server.console.marks import Mark, of_sites
from server.db import gaps, overview, shapes, staff_facts
from server.db.gaps import Evening, Gaps, unpacked
from server.intake.known import fact_from_row

CONTACT_KINDS = ("contact_made",)
#: Evenings that are looked at: the last seven that closed, the one that still runs, and two to spare for those that
#: nobody expected.
LOOKED_AT = timedelta(days=10)
#: Two gaps within so many days may be a run, three within `LOOKED_AT` too few of seven: the rule itself decides.
_RUN = timedelta(days=5)
_RUN_GAPS, _WEEK_GAPS = 2, 3
_KEPT_FOR = timedelta(seconds=30)
_ASKED_AT_MOST = 50_000
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

    def soon(self, today: date) -> Coming | None:
        """What comes first within the week."""
        last = today + timedelta(days=7)
        return next((one for one in self.coming if today <= one.day <= last), None)


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
    """Everybody to be called, the most urgent first, and those who are left alone until a day; as of `mark`."""

    mark: Mark
    now: tuple[ToCall, ...]
    snoozed: tuple[ToCall, ...]

    @property
    def at(self) -> datetime:
        """As of when it is."""
        return self.mark.at


@dataclass
class Memory:
    """What one process remembers of one database; lists by the day they are for and their sites.

    `known`: with the number of facts and the day that it was read for, and what comes within a week of that day.
    `asked`: what the rule said of evenings and of what comes next, all on one day.
    """

    known: dict[str, tuple[int, date, Known, Coming | None]] = field(default_factory=dict)
    asked: dict[tuple[str, date | None], tuple[CallReason, ...]] = field(default_factory=dict)
    asked_on: date = date.min
    lists: dict[tuple[str, ...], CallList] = field(default_factory=dict)
    touched: dict[tuple[str, ...], set[str]] = field(default_factory=dict)

    def reasons_of(self, today: date) -> dict[tuple[str, date | None], tuple[CallReason, ...]]:
        """What was asked on that day; evenings of another day, and more than there is room for, are forgotten."""
        if self.asked_on != today or len(self.asked) > _ASKED_AT_MOST:
            self.asked, self.asked_on = {}, today
        return self.asked


_MEMORIES: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def memory_of(engine: Engine) -> Memory:
    """The memory that belongs to a database."""
    return _MEMORIES.setdefault(engine, Memory())


def forget(engine: Engine, participant: str) -> None:
    """Somebody did something about a participant, who is looked at anew in every list that is asked for next."""
    memory = memory_of(engine)
    for sites in memory.lists:
        memory.touched.setdefault(sites, set()).add(participant)


def call_list(connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime) -> CallList:
    """The list of those sites, at most half a minute old."""
    memory, key = memory_of(connection.engine), (today.isoformat(), *sites)
    kept, touched = memory.lists.get(key), memory.touched.pop(key, set())
    if kept is None or not timedelta() <= now - kept.at < _KEPT_FOR:
        made = found_now(connection, study, sites, today, now, memory)
        memory.lists = {other: one for other, one in memory.lists.items() if now - one.at < _KEPT_FOR}
    elif touched:
        made = _renewed(connection, study, kept, sites, touched, today, now)
    else:
        return kept
    memory.lists[key] = made
    return made


def found_now(
    connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime, memory: Memory
) -> CallList:
    """The list as the database has it."""
    instrument, mark = study.diary.instrument, of_sites(connection, sites, now)
    found = _with_gaps(connection, sites, instrument, today, now)
    known = _known(connection, study, found, today, now, memory)
    worth = [
        who
        for who, one in found.items()
        if not known[who][2].is_over and (one.recent >= _RUN_GAPS or one.all >= _WEEK_GAPS or known[who][3])
    ]
    judge = _Judge(today, now, memory.reasons_of(today))
    packed = gaps.evenings_of(connection, worth, instrument, today - LOOKED_AT, today, now)
    calls = [one for who, theirs in packed if (one := judge.to_call(who, theirs, known[who][2])) is not None]
    return _ranked(calls, today, mark)


def _renewed(
    connection: Connection, study: Study, kept: CallList, sites: Collection[str], touched: Collection[str], today: date,
    now: datetime,
) -> CallList:  # fmt: skip
    """The list with some of them looked at anew."""
    theirs = [who for who, (site, _) in overview.seen(connection, touched).items() if site in sites]
    facts: dict[str, list[Fact]] = {who: [] for who in theirs}
    for row in staff_facts.of_kinds(connection, theirs, (*KINDS, *CONTACT_KINDS)):
        facts[row.participant].append(fact_from_row(row))
    known = {who: known_from(study, said, now) for who, said in facts.items()}
    packed = gaps.evenings_of(connection, theirs, study.diary.instrument, today - LOOKED_AT, today, now)
    judge = _Judge(today, now, {})
    anew = [
        one
        for who, evenings in packed
        if not known[who].is_over and (one := judge.to_call(who, evenings, known[who])) is not None
    ]
    others = [one for one in (*kept.now, *kept.snoozed) if one.participant not in touched]
    return _ranked([*others, *anew], today, kept.mark)


def _ranked(calls: Collection[ToCall], today: date, mark: Mark) -> CallList:
    ranked = sorted(sorted(calls, key=lambda one: one.participant), key=lambda one: rank(one.reasons), reverse=True)
    away = sorted((one for one in ranked if one.back), key=lambda one: (one.back or today, one.participant))
    return CallList(mark, tuple(one for one in ranked if one.back is None), tuple(away))


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
) -> Mapping[str, tuple[int, date, Known, Coming | None]]:
    """Of everybody found, and of others; only those about whom something was recorded since are read."""
    kept = memory.known
    stale = [who for who, one in found.items() if who not in kept or kept[who][:2] != (one.facts, today)]
    for some in shapes.chunks(stale):
        rows = staff_facts.of_kinds(connection, some, (*KINDS, *CONTACT_KINDS))
        facts: dict[str, list[Fact]] = defaultdict(list)
        for row in rows:
            facts[row.participant].append(fact_from_row(row))
        for who in some:
            known = known_from(study, facts[who], now)
            kept[who] = (found[who].facts, today, known, known.soon(today))
    return kept


def known_from(study: Study, facts: Sequence[Fact], now: datetime) -> Known:
    """Read one participant's facts."""
    coming = tuple(Coming(day, name) for day, name in dates_coming(study, anchors(study, facts)))
    contacts = [fact for fact in facts if isinstance(fact.detail, ContactMade)]
    last = contacts[-1] if contacts else None
    return Known(coming, course(study, facts, now).has_ended, last.detail if last else None, last.at if last else None)


class _Judge:
    """Asks the rule for reasons, once for all who have had the same evenings and have the same ahead of them."""

    def __init__(
        self, today: date, now: datetime, asked: dict[tuple[str, date | None], tuple[CallReason, ...]]
    ) -> None:
        self._today, self._now = today, now
        self._asked = asked

    def to_call(self, who: str, packed: str, known: Known) -> ToCall | None:
        """`packed`: their evenings; None when there is no reason to call."""
        soon = known.soon(self._today)
        key = (packed, soon.day if soon else None)
        reasons = self._asked.get(key)
        if reasons is None:
            reasons = self._asked[key] = self._reasons(*key)
        if not reasons:
            return None
        until = known.last.snooze_until if known.last else None
        return ToCall(who, reasons, soon, known.last, known.last_at, until if until and until > self._today else None)

    def _reasons(self, packed: str, coming: date | None) -> tuple[CallReason, ...]:
        later = self._now + timedelta(days=1)
        graded = [
            GradedDay(one.day, _state(one), late_until=self._now if one.is_closed else later)
            for one in unpacked(packed)
        ]
        return reasons_to_call(graded, self._now, [coming] if coming else [], self._today)


def _state(evening: Evening) -> State:
    """By the clock, where the sweep has not come by yet."""
    state = _STATES[evening.state]
    return State.UNKNOWN if state in _ENDED_OPEN and evening.is_closed else state
