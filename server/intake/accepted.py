"""Entries that an investigator accepted although they joined no chain, or were refused on it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.entries import EntryVersion
from diary_app.core.errors import Code
from diary_app.core.records import parse
from diary_app.core.staff_acts import Outcome
from server.db import quarantine, records, settlements
from server.db.settlements import Settlement


@dataclass(frozen=True)
class Accepted:
    """One version with what its chain would have said of it. `unsealed`: nobody decided, a withdrawal was revoked."""

    participant: str
    received_at: datetime
    change_no: int
    version: EntryVersion
    unsealed: bool = False


def accepted_aside(
    connection: Connection, participants: Collection[str], settled: Collection[Settlement]
) -> list[Accepted]:
    """What counts of these participants without a chain; once a chain has it too, both are the same version.

    Where a chain holds other contents under the same id, the chain's count. `settled`: how their things are settled;
    no query where none was accepted.
    """
    if not any(one.outcome == Outcome.ACCEPTED for one in settled):
        return []
    rows = quarantine.accepted(connection, participants)
    chained = {head.id: head.hash for head in records.with_ids(connection, [row.claimed_id for row in rows])}
    return [
        Accepted(row.participant, row.received_at, row.change_no, _version(row.data.decode(), row.on_time_until))
        for row in rows
        if chained.get(row.claimed_id, row.sha256) == row.sha256
    ]


def every_accepted(connection: Connection, participant: str) -> list[Accepted]:
    """The same with refused entries of chains that were accepted after all."""
    settled = settlements.of(connection, [participant])
    chained = [item for item, one in settled.items() if one.outcome == Outcome.ACCEPTED]
    return accepted_aside(connection, [participant], settled.values()) + [
        Accepted(
            row.participant,
            row.received_at,
            row.change_no,
            _version(row.text, settled[row.id].on_time_until),
            unsealed=row.code == Code.AFTER_WITHDRAWAL,
        )
        for row in records.by_ids(connection, chained)
    ]


def _version(text: str, on_time_until: datetime | None) -> EntryVersion:
    return replace(EntryVersion.from_record(parse(text)), on_time_until=on_time_until)
