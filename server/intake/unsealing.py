"""What is judged again, as if it came now: what was sealed, once the withdrawal of consent is revoked, and what names a
version of the study that was not live, once it is. A server restored with an older study file has forgotten it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code
from diary_app.core.facts import Fact
from diary_app.core.locks import is_locked
from diary_app.core.records import parse
from diary_app.core.staff_acts import Outcome, QuarantineReopened, QuarantineSettled, SettlingReason
from diary_app.core.status import is_with_consent, withdrawn_from
from server.db import days, records, settlements
from server.db.records import StoredRecord
from server.db.settlements import Settlement
from server.intake.ahead import Ahead, Sent
from server.intake.held import Held
from server.intake.judging import Judge
from server.intake.known import SERVER, append, facts_of
from server.intake.regrade import settle, unchanged
from server.intake.schedule import extra_days
from server.intake.studies import study_version
from server.services import Services


def unseal(held: Held, services: Services, at: datetime) -> None:
    """Settle every sealed entry that was made with consent after all; whoever calls grades the days there are anew.

    It counts when the gate takes it, else it is in doubt like any entry that the gate refuses.
    """
    withdrawn = withdrawn_from(facts_of(held.connection, held.id))
    settled = settlements.of(held.connection, [held.id])
    sealed = [
        row
        for row in records.every_entry(held.connection, held.id)
        if row.code == Code.AFTER_WITHDRAWAL
        and row.id not in settled
        and row.captured_at is not None
        and is_with_consent(withdrawn, row.captured_at, row.received_at)
    ]
    _let_in(held, services, sealed, SettlingReason.WITHDRAWAL_REVOKED, at)


def read_again(connection: Connection, people: Iterable[Held], services: Services, at: datetime) -> None:
    """Let every entry count that was refused for a version of the study which has gone live since.

    One of a locked day waits until that is unlocked, and one that somebody reopened for whoever decides on it.
    """
    by_id = {held.id: held for held in people}
    for participant, rows in records.refused_as(connection, by_id, Code.STUDY_VERSION_UNKNOWN).items():
        held, facts = by_id[participant], facts_of(connection, participant)
        decided = settlements.of(connection, [participant]).keys() | _reopened(facts)
        known = [
            row
            for row in rows
            if row.id not in decided
            and not (row.diary_day and is_locked(facts, row.diary_day))
            and study_version(connection, services, str(parse(row.text).body["study_version"])) is not None
        ]
        _let_in(held, services, known, SettlingReason.VERSION_LIVE, at)


def _reopened(facts: Iterable[Fact]) -> set[str]:
    """What somebody did not leave as it had been settled."""
    return {fact.detail.item for fact in facts if isinstance(fact.detail, QuarantineReopened)}


def _let_in(held: Held, services: Services, rows: Iterable[StoredRecord], why: SettlingReason, at: datetime) -> None:
    by_device: dict[str, list[StoredRecord]] = defaultdict(list)
    for row in rows:
        by_device[row.device].append(row)
    counting = [
        body
        for device, some in sorted(by_device.items())
        for body in _judge_again(held, services, device, some, why, at)
    ]
    named = [(body.instrument, body.diary_day) for body in counting]
    there = days.named(held.connection, held.id, named)
    extra = extra_days(held.id, counting, there)
    settle([held], [*unchanged(there), *extra] if why is SettlingReason.VERSION_LIVE else extra, at)


def _judge_again(
    held: Held, services: Services, device: str, rows: list[StoredRecord], why: SettlingReason, at: datetime
) -> Iterator[EntryBody]:
    """Settle one phone's; the entries that the gate takes.

    What was refused before and is still refused stays in the inbox: to assign it would only take it out. What was
    sealed is settled in any case, as it is in no inbox until then.
    """
    read = [parse(row.text) for row in rows]
    judge = Judge(held.connection, services, held.id, device, Ahead(held.connection, [Sent(held.id, device, read)], at))
    for row, record in zip(rows, read, strict=True):
        judged = judge.judged(record, row.change_no, row.received_at)
        now = judged.row
        if now.code and why is SettlingReason.VERSION_LIVE:
            continue
        detail = QuarantineSettled(
            by_role=SERVER, by_site=held.row.site, item=row.id, sha256=row.hash,
            reason=why, outcome=Outcome.ASSIGNED if now.code else Outcome.ACCEPTED,
            instrument=row.instrument, diary_day=row.diary_day, on_time_until=now.on_time_until,
        )  # fmt: skip
        fact: Fact = append(held, detail, author=SERVER, at=at, id=services.environment.new_id())
        settlements.add(held.connection, [settlement_of(held.id, fact.id, detail)])
        if judged.entry is not None and not now.code:
            yield judged.entry


def settlement_of(participant: str, fact: str, detail: QuarantineSettled) -> Settlement:
    """The working row of a settlement."""
    return Settlement(
        detail.item, participant, fact, detail.outcome.value, detail.instrument, detail.diary_day, detail.on_time_until
    )
