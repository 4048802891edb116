"""What was set aside and may be an entry: of the day that it names, else made between moments that are known.

A phone that was heard and held nothing back has made later what comes from it afterwards.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.grading import QuarantinedRecord
from diary_app.core.records import Record, record_in
from server.db import contacts, devices, quarantine
from server.db.quarantine import Doubt
from server.intake.arrivals import captured_at, is_entry

#: By so much the window that a phone showed may be off from the one that its day has now: another zone, another choice.
_WINDOWS_DIFFER = timedelta(days=1)


def doubts_of(connection: Connection, participants: Collection[str]) -> dict[str, list[QuarantinedRecord]]:
    """By participant; nothing for text that says itself that it is something else, or only practice."""
    rows = [(row, record_in(row.data) if row.data else None) for row in quarantine.doubts(connection, participants)]
    may_be = [(row, record) for row, record in rows if record is None or is_entry(record)]
    unnamed = {(row.device, row.received_at) for row, _ in may_be if row.diary_day is None}
    begun = _begun(connection, participants) if unnamed else {}
    held_nothing = {one: contacts.proven_before(connection, *one) for one in sorted(unnamed)}
    found: dict[str, list[QuarantinedRecord]] = defaultdict(list)
    for row, record in may_be:
        known = (begun.get(row.device), held_nothing.get((row.device, row.received_at)))
        found[row.participant].append(_doubt(row, record, max(filter(None, known), default=None)))
    return found


def _begun(connection: Connection, participants: Collection[str]) -> Mapping[str, datetime]:
    return {one.device: one.active_from for one in devices.proofs(connection, participants)}


def _doubt(row: Doubt, record: Record | None, since: datetime | None) -> QuarantinedRecord:
    if row.diary_day is not None:
        return QuarantinedRecord(row.device, row.received_at, row.diary_day, row.instrument)
    made_from, made_until = _made_between(record, since, row.received_at)
    return QuarantinedRecord(row.device, row.received_at, None, row.instrument, made_from, made_until)


def _made_between(
    record: Record | None, since: datetime | None, received_at: datetime
) -> tuple[datetime | None, datetime]:
    """By its own word where that can be true, as windows go by the clock of the phone."""
    said = captured_at(record) if record else None
    if said is not None:
        earliest, latest = said - _WINDOWS_DIFFER, said + _WINDOWS_DIFFER
        if earliest <= received_at and (since is None or since <= latest):
            return earliest, latest
    return since, received_at
