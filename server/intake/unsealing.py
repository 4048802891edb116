"""What was sealed because consent was withdrawn is judged again once that is revoked, as if it came now."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code
from diary_app.core.facts import Fact
from diary_app.core.records import parse
from diary_app.core.staff_acts import Outcome, QuarantineSettled, SettlingReason
from diary_app.core.status import is_with_consent, withdrawn_from
from server.db import days, records, settlements
from server.db.records import StoredRecord
from server.db.settlements import Settlement
from server.intake.ahead import Ahead, Sent
from server.intake.held import Held
from server.intake.judging import Judge
from server.intake.known import SERVER, append, facts_of
from server.intake.regrade import settle
from server.intake.schedule import extra_days
from server.services import Services


def unseal(held: Held, services: Services, at: datetime) -> None:
    """Settle every sealed entry that was made with consent after all; whoever calls grades the days there are anew.

    It counts when the gate takes it, else it is in doubt like any entry that the gate refuses.
    """
    withdrawn = withdrawn_from(facts_of(held.connection, held.id))
    settled = settlements.of(held.connection, [held.id])
    by_device: dict[str, list[StoredRecord]] = defaultdict(list)
    for row in records.about_days(held.connection, held.id):
        made = row.captured_at
        is_sealed = row.code == Code.AFTER_WITHDRAWAL and row.id not in settled
        if is_sealed and made is not None and is_with_consent(withdrawn, made, row.received_at):
            by_device[row.device].append(row)
    counting = [
        body for device, rows in sorted(by_device.items()) for body in _judge_again(held, services, device, rows, at)
    ]
    there = days.named(held.connection, held.id, [(body.instrument, body.diary_day) for body in counting])
    settle([held], extra_days(held.id, counting, there), at)


def _judge_again(
    held: Held, services: Services, device: str, rows: list[StoredRecord], at: datetime
) -> Iterator[EntryBody]:
    """Settle one phone's; the entries that the gate takes."""
    read = [parse(row.text) for row in rows]
    judge = Judge(held.connection, services, held.id, device, Ahead(held.connection, [Sent(held.id, device, read)], at))
    for row, record in zip(rows, read, strict=True):
        judged = judge.judged(record, row.change_no, row.received_at)
        now = judged.row
        detail = QuarantineSettled(
            by_role=SERVER, by_site=held.row.site, item=row.id, sha256=row.hash,
            reason=SettlingReason.WITHDRAWAL_REVOKED, outcome=Outcome.ASSIGNED if now.code else Outcome.ACCEPTED,
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
