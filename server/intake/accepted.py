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

#: What the server lets in when it can be judged: once a withdrawal is revoked, or a version of the study live again.
LET_IN = frozenset({Code.AFTER_WITHDRAWAL, Code.STUDY_VERSION_UNKNOWN})


@dataclass(frozen=True)
class Accepted:
    """One version with what its chain would have said of it. `by_itself`: nobody decided; see `counts_by_itself`."""

    participant: str
    received_at: datetime
    change_no: int
    version: EntryVersion
    by_itself: bool = False


def counts_by_itself(code: str, settled: Settlement | None) -> bool:
    """Whether an entry on a chain counts without anybody deciding on it, so that a lock of its day leaves it out.

    What staff accept they cannot accept while its day is locked, so it never came after the lock that there is.
    """
    return not code or (code in LET_IN and settled is not None and settled.outcome == Outcome.ACCEPTED)


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
            by_itself=counts_by_itself(row.code, settled[row.id]),
        )
        for row in records.by_ids(connection, chained)
    ]


def _version(text: str, on_time_until: datetime | None) -> EntryVersion:
    return replace(EntryVersion.from_record(parse(text)), on_time_until=on_time_until)
