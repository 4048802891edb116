"""Whom to call now, for everybody at some sites, with a handful of queries.

Where somebody stands is kept in memory as long as nothing about them is written and no moment passes at which it may
become another; only the others are looked at again (`lookout.py`). The list itself is kept for half a minute, so that
the rail costs no page anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from diary_app.core.study import Study
from server.console.calls.lookout import Lookout
from server.console.calls.standing import ToCall
from server.console.marks import Mark
from server.console.snapshots import act_in, last_act

_KEPT_FOR = timedelta(seconds=30)


@dataclass(frozen=True)
class CallList:
    """Everybody to be called, the most urgent first, and those who are left alone until a day; as of `mark`.

    `undecided`: who is on neither, and has an evening that waits in the inbox; by number.
    """

    mark: Mark
    now: tuple[ToCall, ...]
    snoozed: tuple[ToCall, ...]
    undecided: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """As of when it is."""
        return self.mark.at


@dataclass
class Memory:
    """What one process remembers of one database; lists by the day they are for and their sites.

    Each list has the last act that is in it. `lock`: one request looks, others wait for what it finds.
    """

    lookout: Lookout = field(default_factory=Lookout)
    lists: dict[tuple[str, ...], tuple[object, CallList]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def kept(self, key: tuple[str, ...], act: object, now: datetime) -> CallList | None:
        """The list that was made for this key less than half a minute ago and since that act."""
        of, found = self.lists.get(key, (None, None))
        return found if found and of is act and timedelta() <= now - found.at < _KEPT_FOR else None

    def keep(self, key: tuple[str, ...], act: object, made: CallList) -> None:
        """Keep a list; those of long ago go."""
        kept = {other: one for other, one in self.lists.items() if made.at - one[1].at < _KEPT_FOR}
        self.lists = kept | {key: (act, made)}


_MEMORIES: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def memory_of(engine: Engine) -> Memory:
    """The memory that belongs to a database."""
    return _MEMORIES.setdefault(engine, Memory())


def forget(engine: Engine) -> None:
    """The next list that is asked for is made anew."""
    memory_of(engine).lists = {}


def call_list(connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime) -> CallList:
    """The list of those sites, at most half a minute old; of everything that was done here before it is asked for."""
    engine, key = connection.engine, (today.isoformat(), *sites)
    memory = memory_of(engine)
    if (kept := memory.kept(key, last_act(engine), now)) is not None:
        return kept
    with memory.lock:
        if (kept := memory.kept(key, last_act(engine), now)) is not None:
            return kept
        made = found_now(connection, study, sites, today, now, memory)
        memory.keep(key, act_in(connection), made)
        return made


def found_now(
    connection: Connection, study: Study, sites: Sequence[str], today: date, now: datetime, memory: Memory
) -> CallList:
    """The list as the database has it; whoever calls holds the memory's lock, or has a memory of their own."""
    calls = memory.lookout.calls(connection, study, frozenset(sites), today, now)
    mark, undecided = Mark(now, memory.lookout.changes_at(sites)), memory.lookout.undecided(frozenset(sites))
    return _ranked(calls, mark, undecided)


def _ranked(calls: Iterable[ToCall], mark: Mark, undecided: tuple[str, ...]) -> CallList:
    ranked = sorted(calls, key=attrgetter("place"))
    away = sorted((one for one in ranked if one.back), key=attrgetter("back", "participant"))
    return CallList(mark, tuple(one for one in ranked if one.back is None), tuple(away), undecided)
