"""What some phones' syncs look up before they write, read for all of them together.

A statement costs about as much for thirty phones as for one, and the participants are held, so nothing of this changes
before the transaction writes it itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection

from diary_app.core.facts import Fact
from diary_app.core.records import Record
from server.db import days, devices, push_addresses, quarantine, records, staff_facts
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.db.push_addresses import KeptAddress
from server.db.quarantine import Quarantined
from server.db.records import StoredHead, StoredRecord
from server.db.staff_facts import ParticipantFact
from server.intake.arrivals import Arrival, day_named_by
from server.intake.known import in_order
from server.intake.regrade import OPEN_QUESTIONS

Day = tuple[str, date]
Row = TypeVar("Row", ParticipantFact, StoredRecord, ExpectedDay)


@dataclass(frozen=True)
class Sent:
    """What one phone pushes."""

    participant: str
    device: str
    arrivals: Sequence[Arrival]

    @cached_property
    def records(self) -> list[Record]:
        """Those that could be read."""
        return [one for one in self.arrivals if isinstance(one, Record)]

    @cached_property
    def days(self) -> set[Day]:
        """The diary days that they name."""
        named = (day_named_by(one) for one in self.records)
        return {day for day in named if day is not None}


class Ahead:
    """Everything about the participants of these pushes; each participant is there once."""

    def __init__(self, connection: Connection, pushes: Sequence[Sent], now: datetime) -> None:
        self._connection = connection
        people = sorted(push.participant for push in pushes)
        self._staff = _grouped(staff_facts.of_all(connection, people))
        self._own = _grouped(records.schedule_records_of(connection, people))
        self._devices = {row.device: row for row in devices.of(connection, people)}
        self._addresses = {row.device: row for row in push_addresses.of(connection, people)}
        self._named = {row.key: row for row in _named(connection, pushes)}
        self._unsettled = _grouped(days.unsettled_of(connection, people, OPEN_QUESTIONS, now))
        self._last_days = {push.participant: max((day for _, day in push.days), default=date.min) for push in pushes}
        self._heads = _heads(connection, pushes, self._devices)
        self._aside = _aside(connection, pushes)

    def device(self, device: str) -> Device:
        """An installation that a token proved."""
        return self._devices[device]

    def address(self, device: str) -> KeptAddress | None:
        """Where an installation takes reminders."""
        return self._addresses.get(device)

    def facts(self, participant: str) -> tuple[Fact, ...]:
        """See `known.facts_of`."""
        return in_order(self._staff[participant], self._own[participant])

    def schedule_records(self, participant: str) -> Sequence[StoredRecord]:
        """The participant's accepted zone, choice and training records, in order."""
        return self._own[participant]

    def named(self, participant: str, keys: Iterable[Day]) -> list[ExpectedDay]:
        """The rows of days that the participant's records name; days without a row are absent."""
        found = (self._named.get((participant, *key)) for key in sorted(keys))
        return [row for row in found if row is not None]

    def day(self, participant: str, instrument: str, day: date) -> ExpectedDay | None:
        """The row of one of these days."""
        return self._named.get((participant, instrument, day))

    def last_day(self, participant: str) -> date:
        """The last diary day that the participant's records name."""
        return self._last_days[participant]

    def unsettled(self, participant: str) -> Sequence[ExpectedDay]:
        """Days that another contact may settle, and days that are due."""
        return self._unsettled[participant]

    def heads(self, device: str) -> Sequence[StoredHead]:
        """Stored records with the id of one that this device sent, or at the place of one."""
        return self._heads[device]

    def aside(self, device: str) -> dict[str, Quarantined]:
        """By hash, what is set aside already of what this device sent."""
        return dict(self._aside[device])


def _named(connection: Connection, pushes: Sequence[Sent]) -> list[ExpectedDay]:
    return days.of_keys(connection, [(push.participant, *day) for push in pushes for day in sorted(push.days)])


def _heads(
    connection: Connection, pushes: Sequence[Sent], known: dict[str, Device]
) -> defaultdict[str, list[StoredHead]]:
    """By the device that sent something of the same id or place; nothing is stored beyond the end of a chain."""
    senders: dict[str, list[str]] = defaultdict(list)
    for push in pushes:
        for one in push.records:
            senders[one.id].append(push.device)
    found: defaultdict[str, list[StoredHead]] = defaultdict(list)
    for head in records.with_ids(connection, senders.keys()):
        for device in senders[head.id]:
            found[device].append(head)
    for push in pushes:
        taken = [one.sequence for one in push.records if one.sequence <= known[push.device].have_sequence]
        found[push.device] += records.known(connection, push.device, (), taken)
    return found


def _aside(connection: Connection, pushes: Sequence[Sent]) -> defaultdict[str, dict[str, Quarantined]]:
    """Hashes hold the device's chain, so a hash is looked for wherever it is and kept where the device is the same."""
    hashes = {one.hash for push in pushes for one in push.arrivals}
    found: defaultdict[str, dict[str, Quarantined]] = defaultdict(dict)
    for row in quarantine.held_of(connection, [push.device for push in pushes], hashes):
        found[row.device][row.sha256] = row
    return found


def _grouped(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.participant].append(row)
    return found
