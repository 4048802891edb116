"""What the overview shows of everybody at some sites, read anew of those alone of whom it may be something else by now.

What follows for a participant is kept as long as the number of their last change is the same and the clock has come to
none of the moments at which it becomes another; who is shown at all is asked of the database each time. At most
`AT_MOST` are kept, the least recently used go first: some 30 MiB where each shows 56 days.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from threading import Lock
from weakref import WeakKeyDictionary

from markupsafe import Markup
from sqlalchemy import Connection, Engine

from diary_app.core.study import Study
from server.console.course import KINDS, Course, course
from server.console.heatmap import Overview, Reckoned, arranged, days_by_person, days_needed, reckoned
from server.db import parts, staff_facts
from server.db.overview import ListedParticipant, days_of, diary_spans, participants_at
from server.intake.known import fact_from_row

AT_MOST = 1_000

_Key = tuple[str, date, int]


@dataclass(slots=True)
class Kept:
    """`drawn`: the row by the language it is in, with whatever else it was drawn from."""

    change_no: int
    reckoned: Reckoned
    drawn: dict[str, tuple[object, Markup]] = field(default_factory=dict)


@dataclass
class Memory:
    """What one process keeps of one database, by participant, day and days shown."""

    epoch: str = ""
    kept: OrderedDict[_Key, Kept] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def turn_to(self, epoch: str) -> None:
        """Forget everything of another copy of the data."""
        with self.lock:
            if epoch != self.epoch:
                self.kept.clear()
                self.epoch = epoch

    def find(self, key: _Key, change_no: int, now: datetime) -> Kept | None:
        """What is right of them at that moment after that change."""
        with self.lock:
            found = self.kept.get(key)
            if found is None or found.change_no != change_no:
                return None
            if not found.reckoned.since <= now < found.reckoned.until:
                return None
            self.kept.move_to_end(key)
            return found

    def keep(self, epoch: str, key: _Key, one: Kept) -> None:
        """Instead of what was known of them; the oldest goes where there are too many."""
        with self.lock:
            if epoch != self.epoch:
                return
            self.kept[key] = one
            self.kept.move_to_end(key)
            while len(self.kept) > AT_MOST:
                self.kept.popitem(last=False)


_MEMORIES: WeakKeyDictionary[Engine, Memory] = WeakKeyDictionary()


def memory_of(engine: Engine) -> Memory:
    """The memory that belongs to a database."""
    return _MEMORIES.setdefault(engine, Memory())


@dataclass(frozen=True)
class Reading:
    """What was found, and of each participant what is kept."""

    overview: Overview
    kept: dict[str, Kept]


def read(
    connection: Connection, study: Study, sites: Sequence[str], today: date, length: int, now: datetime
) -> Reading:
    """Everybody at the sites, `length` days up to `today`, with a handful of queries however many there are."""
    people = participants_at(connection, sites)
    memory, epoch = memory_of(connection.engine), parts.epoch(connection)
    memory.turn_to(epoch)
    kept: dict[str, Kept] = {}
    for person in people:
        if (found := memory.find((person.id, today, length), person.change_no, now)) is not None:
            kept[person.id] = found
    others = [person for person in people if person.id not in kept]
    for who, one in _reckoned(connection, study, others, today, length, now).items():
        kept[who] = one
        if len(people) <= AT_MOST:
            memory.keep(epoch, (who, today, length), one)
    known = {who: one.reckoned for who, one in kept.items()}
    return Reading(arranged(people, known, today, length, now), kept)


def _reckoned(
    connection: Connection, study: Study, people: Sequence[ListedParticipant], today: date, length: int, now: datetime
) -> dict[str, Kept]:
    if not people:
        return {}
    since = today - timedelta(days=days_needed(length) - 1)
    ids = [person.id for person in people]
    found = days_by_person(days_of(connection, ids, study.diary.instrument, since, today))
    without = [person.id for person in people if person.activated_at and person.id not in found]
    known = courses(connection, study, people, without, now)
    return {
        person.id: Kept(
            person.change_no, reckoned(person, found.get(person.id, ()), today, length, now, known[person.id])
        )
        for person in people
    }


def courses(
    connection: Connection, study: Study, people: Sequence[ListedParticipant], without: Sequence[str], now: datetime
) -> dict[str, Course]:
    """Where each of them stands. `without`: those whose diary has no day in what was read."""
    spans = diary_spans(connection, without, study.diary.instrument) if without else {}
    rows = staff_facts.of_kinds(connection, [person.id for person in people], KINDS)
    facts = {who: map(fact_from_row, list(theirs)) for who, theirs in groupby(rows, key=lambda row: row.participant)}
    return {person.id: course(study, facts.get(person.id, ()), now, spans.get(person.id)) for person in people}
