"""What is known about one participant: staff facts and the participant's own schedule records, as one list of facts."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app.core.facts import Fact, body_of, detail_from, fact_from_record
from diary_app.core.prompts import Pause, pause_from
from diary_app.core.records import RecordKind, canonical, chain_hash, parse
from diary_app.core.settled import followed
from diary_app.core.staff_acts import QuarantineSettled
from diary_app.core.times import format_utc
from server.db import records, staff_facts
from server.db.records import StoredRecord
from server.db.staff_facts import ParticipantFact
from server.intake.held import Held

#: The author of facts that follow from what a phone did: no person recorded them.
SERVER = "server"
#: The author where somebody types commands on the machine itself.
COMMAND_LINE = "command line"


def facts_of(connection: Connection, participant: str) -> tuple[Fact, ...]:
    """Every fact about a participant, in the server's order."""
    return in_order(staff_facts.of(connection, participant), records.schedule_records(connection, participant))


def facts_of_all(connection: Connection, participants: Collection[str]) -> dict[str, tuple[Fact, ...]]:
    """The same about several, by participant."""
    staff: dict[str, list[ParticipantFact]] = defaultdict(list)
    own: dict[str, list[StoredRecord]] = defaultdict(list)
    for fact in staff_facts.of_all(connection, participants):
        staff[fact.participant].append(fact)
    for record in records.schedule_records_of(connection, participants):
        own[record.participant].append(record)
    return {participant: in_order(staff[participant], own[participant]) for participant in participants}


def in_order(staff: Iterable[ParticipantFact], own: Iterable[StoredRecord]) -> tuple[Fact, ...]:
    """Staff facts and schedule records of one participant, in the server's order, with those accepted off a chain."""
    facts, chained = [*map(fact_from_row, staff)], [*map(own_fact, own)]
    accepted = followed(facts, {fact.id for fact in chained}) if any(map(_is_settlement, facts)) else ()
    return tuple(sorted((*facts, *chained, *accepted), key=lambda fact: fact.revision))


def pauses_of(connection: Connection, participant: str) -> tuple[Pause, ...]:
    """What the participant has said of pauses in the prompts; where the phone named no time, when it was received."""
    rows = records.of_kind(connection, participant, RecordKind.PAUSE)
    return tuple(pause_from_row(row) for row in rows)


def pause_from_row(row: StoredRecord) -> Pause:
    """A stored pause."""
    return pause_from(parse(row.text), row.captured_at or row.received_at)


def fact_from_row(row: ParticipantFact) -> Fact:
    """A stored staff fact."""
    return Fact(row.id, row.at, row.revision, _detail(row.body))


def own_fact(row: StoredRecord) -> Fact:
    """A stored zone, choice or training record as a fact."""
    return _own(row.text, row.change_no)


def append(held: Held, detail: BaseModel, *, author: str, at: datetime, id: str) -> Fact:
    """Add a fact to the participant's chain. Whoever calls re-grades; the checks are in `staff`."""
    row = held.row
    revision, sequence = held.next_change(), row.fact_sequence + 1
    body = canonical(body_of(detail))
    text = fact_text(id=id, participant=row.id, sequence=sequence, at=at, author=author, revision=revision, body=body)
    digest = chain_hash(row.fact_hash, text)
    kind = str(getattr(detail, "kind", ""))
    staff_facts.add(
        held.connection,
        ParticipantFact(id, row.id, sequence, kind, at, author, body, row.fact_hash, digest, revision),
    )
    held.change(fact_sequence=sequence, fact_hash=digest)
    return Fact(id, at, revision, detail)


def fact_text(*, id: str, participant: str, sequence: int, at: datetime, author: str, revision: int, body: str) -> str:
    """What a fact's hash covers: the body and everything that says whose it is, who recorded it and when."""
    return canonical(
        {
            "at": format_utc(at),
            "author": author,
            "body": json.loads(body),
            "id": id,
            "participant": participant,
            "revision": revision,
            "sequence": sequence,
        }
    )


def _is_settlement(fact: Fact) -> bool:
    return isinstance(fact.detail, QuarantineSettled)


@lru_cache(maxsize=4096)
def _own(text: str, change_no: int) -> Fact:
    return fact_from_record(parse(text), change_no)


@lru_cache(maxsize=4096)
def _detail(body: str) -> Any:
    return detail_from(json.loads(body))
