"""What a phone has not heard yet: facts about its schedule that others made, and the grades of its days."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection

from diary_app.core.facts import Fact, body_of
from diary_app.core.paper import typed_mode
from diary_app.core.settled import DECIDING, decisions, told_body
from diary_app.core.wire import DayChange, FactChange
from server.db import days, records, staff_facts
from server.db.days import ExpectedDay
from server.db.participants import Participant
from server.intake.known import fact_from_row, own_fact

PAGE = 500

#: Kinds of staff facts that shape the schedule, and whether the phone is lent; the others are no business of the phone.
SHOWN_KINDS = (
    "participant_added", "phone_activated", "phone_lent", "training", "zone", "choice", "anchor", "status",
    "status_revoked",
)  # fmt: skip
_REASONS = ("anchor", "status", "status_revoked")


@dataclass(frozen=True)
class Pulled:
    """One page of changes, ordered; `more` when another page waits after `cursor`."""

    facts: tuple[FactChange, ...]
    days: tuple[DayChange, ...]
    cursor: int
    more: bool


def nothing(cursor: int) -> Pulled:
    """For an installation that may only push."""
    return Pulled((), (), cursor, more=False)


def only_days(participant: Participant, written: Iterable[ExpectedDay]) -> Pulled:
    """For an installation that had heard everything before these days changed."""
    ordered = sorted(written, key=lambda row: row.change_no)
    return Pulled((), tuple(map(_day_change, ordered)), participant.change_no, more=False)


def pull(
    connection: Connection, participant: Participant, device: str, cursor: int, page: int = PAGE, *, anew: bool = False
) -> Pulled:
    """The changes after the cursor, at most a page of them; none of one number is left for the next.

    `anew`: the installation has just begun. It may be one of two copies, of which neither was told what came from the
    id that they had in common: it hears all of that once.
    """
    earlier = records.schedule_records(connection, participant.id, but_of=device) if anew else []
    changes: list[FactChange | DayChange] = [
        *_staff_facts(connection, participant.id, cursor, page + 1),
        *_own_facts(connection, participant.id, device, cursor, page + 1),
        *_decided(connection, participant.id, cursor),
        *(_day_change(row) for row in days.changed_after(connection, participant.id, cursor, page + 1)),
    ]
    ordered = sorted(changes, key=lambda change: change.change_no)
    shown = ordered[:page]
    shown += takewhile(lambda change: change.change_no == shown[-1].change_no, ordered[page:])
    more = len(ordered) > len(shown)
    return Pulled(
        facts=(
            *(_fact_change(own_fact(row)) for row in earlier if row.change_no <= cursor),
            *(change for change in shown if isinstance(change, FactChange)),
        ),
        days=tuple(change for change in shown if isinstance(change, DayChange)),
        cursor=shown[-1].change_no if more else participant.change_no,
        more=more,
    )


def _staff_facts(connection: Connection, participant: str, cursor: int, limit: int) -> list[FactChange]:
    rows = staff_facts.after(connection, participant, cursor, SHOWN_KINDS, limit)
    return [_fact_change(fact_from_row(row)) for row in rows]


def _own_facts(connection: Connection, participant: str, device: str, cursor: int, limit: int) -> list[FactChange]:
    rows = records.schedule_records(connection, participant, after=cursor, limit=limit, but_of=device)
    return [_fact_change(own_fact(row)) for row in rows]


def _decided(connection: Connection, participant: str, cursor: int) -> list[FactChange]:
    """What staff settled of records that shape the schedule, told to their own phone too: it may follow them.

    One that has joined its chain since counts as the chain has it, and its phone may have heard otherwise.
    """
    rows = staff_facts.of_kinds(connection, [participant], DECIDING)
    decided = decisions(map(fact_from_row, rows))
    if not decided:
        return []
    joined = [row for row in records.schedule_records(connection, participant) if row.id in decided]
    chained = {row.id for row in joined}
    told = [
        FactChange(change_no=one.said.revision, id=one.told_as, at=one.said.at, body=told_body(one))
        for record, one in decided.items()
        if record not in chained
    ]
    told += [
        FactChange(change_no=row.change_no, id=row.hash, at=fact.at, body={**body_of(fact.detail), "record": row.id})
        for row in joined
        for fact in [own_fact(row)]
    ]
    return [one for one in told if one.change_no > cursor]


def _fact_change(fact: Fact) -> FactChange:
    body: dict[str, Any] = body_of(fact.detail)
    if body["kind"] in _REASONS:
        body |= {"reason": ""} if "reason" in body else {}
    return FactChange(change_no=fact.revision, id=fact.id, at=fact.at, body=body)


def _day_change(row: ExpectedDay) -> DayChange:
    entry = None if typed_mode(row.entry) else row.entry  # no phone has it, and none is to wait for its own to count
    return DayChange(
        change_no=row.change_no, instrument=row.instrument, diary_day=row.diary_day,
        state=row.state, reason=row.reason, entry=entry, received_at=row.received_at,
    )  # fmt: skip
