"""Reading the whole trail again: every record and fact hashed anew, every chain followed to its head, every anchor.

What is compared with what: a text with its hash, the hash with the one that the next row names, the columns beside a
text with what the text says, a chain's end with the row that counts on it, and what each hourly anchor saw with what is
there today. Receipt times and codes are the server's own and in no hash.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.errors import RecordRefused
from diary_app.core.records import GENESIS, RecordKind, chain_hash, parse
from server.db import chain_anchors, records, site_facts, staff_facts
from server.db.chain_anchors import Head
from server.db.records import StoredRecord
from server.db.site_facts import SiteFact
from server.db.staff_facts import ParticipantFact
from server.intake import known
from server.intake.anchoring import heads_sha256
from server.trail.flaws import Flaw, Found
from server.trail.settled import settlement_flaws
from server.trail.signing import signature_flaws

Fact = StoredRecord | ParticipantFact | SiteFact


@dataclass
class Verdict:
    """How much was read, and everything that is wrong with it."""

    records: int = 0
    facts: int = 0
    chains: int = 0
    anchors: int = 0
    found: list[Found] = field(default_factory=list)


def verify(connection: Connection) -> Verdict:
    """Read everything, in a snapshot; memory does not grow with it. Reports flaws, and raises for none."""
    verdict = Verdict()
    heads = {(head.kind, head.chain): head for head in chain_anchors.heads(connection)}
    stored = _by_chain(records.every(connection), "device")
    verdict.records = sum(_follow(verdict, one, heads) for one in stored)
    about_people = _by_chain(staff_facts.every(connection), "participant")
    about_sites = _by_chain(site_facts.every(connection), "site")
    verdict.facts = sum(_follow(verdict, one, heads) for one in chain(about_people, about_sites))
    verdict.found += [
        Found(kind, name, head.sequence, Flaw.HEAD_DIFFERS) for (kind, name), head in heads.items() if head.sequence
    ]
    verdict.found += settlement_flaws(connection)
    verdict.found += signature_flaws(connection)
    _anchors(connection, verdict)
    return verdict


@dataclass(frozen=True)
class _Chain:
    kind: str
    name: str
    rows: Iterable[Fact]


def _by_chain(rows: Iterable[Fact], kind: str) -> Iterator[_Chain]:
    for name, run in groupby(rows, key=lambda row: str(getattr(row, kind))):
        yield _Chain(kind, name, run)


def _follow(verdict: Verdict, run: _Chain, heads: dict[tuple[str, str], Head]) -> int:
    """Each row after the one before as it is stored, so that one wrong row is one flaw; how many there were."""
    sequence, digest, count = 0, GENESIS, 0
    for row in run.rows:
        verdict.found += [Found(run.kind, run.name, row.sequence, flaw) for flaw in _flaws(row, sequence, digest)]
        sequence, digest, count = row.sequence, row.hash, count + 1
    head = heads.pop((run.kind, run.name), None)
    if head is None or (head.sequence, head.hash) != (sequence, digest):
        verdict.found.append(Found(run.kind, run.name, sequence, Flaw.HEAD_DIFFERS))
    verdict.chains += 1
    return count


def _flaws(row: Fact, sequence: int, digest: str) -> Iterator[Flaw]:
    if row.sequence != sequence + 1:
        yield Flaw.MISSING
    elif row.previous != digest:
        yield Flaw.NOT_CHAINED
    if not _is_as_hashed(row):
        yield Flaw.CHANGED
    elif not _says_so(row):
        yield Flaw.COLUMNS_DIFFER


def _is_as_hashed(row: Fact) -> bool:
    try:
        return chain_hash(row.previous, _text(row)) == row.hash
    except ValueError:  # no JSON, or no hash
        return False


def _text(row: Fact) -> str:
    """What the hash of a row covers."""
    match row:
        case StoredRecord():
            return row.text
        case ParticipantFact():
            return known.fact_text(
                id=row.id, participant=row.participant, sequence=row.sequence, at=row.at, author=row.author,
                revision=row.revision, body=row.body,
            )  # fmt: skip
        case SiteFact():
            return site_facts.fact_text(
                id=row.id, site=row.site, sequence=row.sequence, kind=row.kind, at=row.at, author=row.author,
                body=row.body,
            )  # fmt: skip


def _says_so(row: Fact) -> bool:
    """Whether what stands beside a text, and is not hashed with it, is what the text says."""
    match row:
        case ParticipantFact():
            return bool(json.loads(row.body).get("kind") == row.kind)
        case SiteFact():
            return True
        case StoredRecord():
            return _is_read_right(row)


def _is_read_right(row: StoredRecord) -> bool:
    try:
        record = parse(row.text)
    except RecordRefused:
        return False
    same = (row.id, row.device, row.sequence, row.kind, row.previous)
    if same != (record.id, record.device, record.sequence, record.kind, record.previous):
        return False
    if row.kind != RecordKind.ENTRY or row.instrument is None:
        return row.instrument is None
    body = EntryBody.from_record(record)
    beside = (row.instrument, row.instrument_version, row.diary_day, row.captured_at, row.revision, row.practice)
    inside = (
        body.instrument, body.instrument_version, body.diary_day, body.captured_at, body.revision, body.practice,
    )  # fmt: skip
    return beside == inside and row.parent == (body.parent or None)


def _anchors(connection: Connection, verdict: Verdict) -> None:
    seen: dict[tuple[str, str], Head] = {}
    previous = GENESIS
    for number, anchor in enumerate(chain_anchors.every(connection), 1):
        seen |= {(head.kind, head.chain): head for head in chain_anchors.seen_by(connection, anchor.id)}
        computed = heads_sha256(anchor.previous, [seen[key] for key in sorted(seen)])
        if anchor.previous != previous:
            verdict.found.append(Found("anchor", anchor.id, number, Flaw.NOT_CHAINED))
        if computed != anchor.heads_sha256 or len(seen) != anchor.heads:
            verdict.found.append(Found("anchor", anchor.id, number, Flaw.ANCHOR_DIFFERS))
        previous = anchor.heads_sha256
        verdict.anchors += 1
    verdict.found += [
        Found(head.kind, head.chain, head.sequence, Flaw.CUT_OFF) for head in chain_anchors.no_longer_there(connection)
    ]
