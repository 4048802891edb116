"""What is known about some participants at once, as far as a new version could touch it; read, never written."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.facts import Fact
from diary_app.core.grading import State
from diary_app.core.prompts import Pause
from server.db import days, devices, records, reminders, shapes, staff_facts
from server.db.devices import Device
from server.db.records import StoredRecord
from server.db.staff_facts import ParticipantFact
from server.intake.known import in_order
from server.reminders.people import People
from server.reminders.routes import Routes, reach_of, usable
from server.settings import Settings

AT_ONCE = 200
_AROUND = timedelta(days=2)
_SETTLED = frozenset({State.DONE.value, State.LATE.value, State.EXCUSED.value})
#: Instrument, diary day, number: one reminder of one participant.
Asked = tuple[str, date, int]


@dataclass(frozen=True)
class Known:
    """One participant. `reminded`: prompts that were decided on; `settled`: days that nobody is reminded of any more.

    `is_reminded`: whether there is any way to remind them.
    """

    id: str
    site: str
    facts: tuple[Fact, ...]
    pauses: tuple[Pause, ...]
    phones: tuple[Device, ...]
    reminded: frozenset[Asked]
    settled: frozenset[date]
    is_reminded: bool


def everybody(
    connection: Connection, settings: Settings, people: Collection[tuple[str, str]], now: datetime
) -> Iterator[Known]:
    """These (participant, site), in their order; memory holds some hundred."""
    listed = list(people)
    for start in range(0, len(listed), AT_ONCE):
        yield from _some(connection, settings, listed[start : start + AT_ONCE], now)


def _some(connection: Connection, settings: Settings, people: list[tuple[str, str]], now: datetime) -> Iterator[Known]:
    ids = [who for who, _ in people]
    staff: dict[str, list[ParticipantFact]] = defaultdict(list)
    own: dict[str, list[StoredRecord]] = defaultdict(list)
    phones: dict[str, list[Device]] = defaultdict(list)
    reminded: dict[str, set[Asked]] = defaultdict(set)
    settled: dict[str, set[date]] = defaultdict(set)
    for chunk in shapes.chunks(ids):
        for fact in staff_facts.of_all(connection, chunk):
            staff[fact.participant].append(fact)
        for record in records.schedule_records_of(connection, chunk):
            own[record.participant].append(record)
        for device in devices.of(connection, chunk):
            phones[device.participant].append(device)
        for row in reminders.since(connection, chunk, (now - _AROUND).date()):
            reminded[row.participant].add((row.instrument, row.diary_day, row.number))
        for day in days.around(connection, chunk, now, now + _AROUND):
            if day.state in _SETTLED:
                settled[day.participant].add(day.diary_day)
    wanted = People(connection, ids)
    routes = Routes(usable(settings), reach_of(connection, ids), {})
    for who, site in people:
        yield Known(
            id=who, site=site, facts=in_order(staff[who], own[who]), pauses=tuple(wanted.pauses(who)),
            phones=tuple(phones[who]), reminded=frozenset(reminded[who]), settled=frozenset(settled[who]),
            is_reminded=routes.anything_wanted(who, wanted.wishes(who).channels),
        )  # fmt: skip
