"""Grading diary days from everything known and writing down what changed, in the transaction that made it change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from diary_app.core.entries import EntryBody
from diary_app.core.grading import State, grade
from server.db import days
from server.db.days import ExpectedDay, Told
from server.db.records import StoredRecord
from server.intake.evidence import Evidence
from server.intake.held import Held

#: States that another contact or record may change although no staff fact and no clock does.
OPEN_QUESTIONS = (State.UNKNOWN.value,)


class Change(NamedTuple):
    """A day's row as it was seen (None: there is none yet) and as it shall be before it is graded."""

    seen: ExpectedDay | None
    wanted: ExpectedDay


def regrade(held: Held, keys: Collection[tuple[str, date]], now: datetime) -> int:
    """Grade the named instruments and diary days of one participant anew; how many changed."""
    return len(settle([held], unchanged(days.named(held.connection, held.id, keys)), now))


def regrade_all(held: Held, now: datetime) -> int:
    """Grade every day of one participant anew; how many changed."""
    return len(settle([held], unchanged(days.of(held.connection, held.id)), now))


def unchanged(rows: Iterable[ExpectedDay]) -> list[Change]:
    """Days whose window stays as it is."""
    return [Change(row, row) for row in rows]


def moved(changes: Iterable[Change]) -> list[Change]:
    """The days that are new or whose window is another one; the others need no grading."""
    return [change for change in changes if change.seen != change.wanted]


def settle(
    holders: Iterable[Held], changes: Sequence[Change], now: datetime, read: Mapping[str, EntryBody] | None = None,
    stored: Iterable[StoredRecord] | None = None,
) -> list[ExpectedDay]:  # fmt: skip
    """Grade the days and write those that differ; all belong to participants that are held. What was written.

    `read`: entries that were read before, by record. `stored`: see `Evidence`.
    """
    people = {held.id: held for held in holders}
    if not changes:
        return []
    connection = next(iter(people.values())).connection
    evidence = Evidence(connection, [change.wanted for change in changes], read, stored)
    written: list[tuple[ExpectedDay | None, ExpectedDay]] = []
    for seen, wanted in changes:
        told = _told(wanted, evidence, now)
        if seen != wanted or told != wanted.told:
            revision, change_no = seen.revision + 1 if seen else 1, people[wanted.participant].next_change()
            written.append((seen, wanted.as_told(told, revision, change_no)))
    days.add(connection, [new for seen, new in written if seen is None])
    days.replace(connection, [(seen, new) for seen, new in written if seen is not None])
    return [new for _, new in written]


def _told(row: ExpectedDay, evidence: Evidence, now: datetime) -> Told:
    result = grade(evidence.of(row), now)
    received_at = evidence.received_at(row, result.entry)
    return (
        result.state.value, result.reason, result.next_moment, result.entry, result.first_captured_at, received_at,
        evidence.after_lock_at(row),
    )  # fmt: skip
