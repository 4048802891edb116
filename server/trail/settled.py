"""Whether every settlement is of something that is here, as it was when it was settled."""

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import Connection

from diary_app.core.records import record_in
from server.db import set_aside, staff_facts
from server.db.staff_facts import ParticipantFact
from server.trail.flaws import Flaw, Found

KINDS = ("quarantine_settled", "quarantine_reopened", "quarantine_seen")


def settlement_flaws(connection: Connection) -> Iterator[Found]:
    """Settlements, by participant; one thing is read at a time."""
    for row in staff_facts.every_of_kinds(connection, KINDS):
        flaw = _flaw(connection, row)
        if flaw is not None:
            yield Found("participant", row.participant, row.sequence, flaw)


def _flaw(connection: Connection, row: ParticipantFact) -> Flaw | None:
    try:
        body = json.loads(row.body)
        item, sha256 = str(body["item"]), body["sha256"]
    except (ValueError, TypeError, KeyError):
        return Flaw.ITEM_MISSING
    data, aside = set_aside.data_of(connection, item), set_aside.one(connection, item)
    if data is None or aside is None or aside.participant != row.participant:
        return Flaw.ITEM_MISSING
    return None if sha256 == aside.sha256 and sha256 in _hashes(data) else Flaw.ITEM_DIFFERS


def _hashes(data: bytes) -> Iterator[str]:
    """Of text that is no record the plain hash; of a record the one that chains it."""
    yield hashlib.sha256(data).hexdigest()
    if (record := record_in(data)) is not None:
        yield record.hash
