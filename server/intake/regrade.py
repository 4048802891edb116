"""Grading diary days from everything known and writing down what changed, in the transaction that made it change."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from diary_app.core.entries import EntryBody
from diary_app.core.grading import State, grade
from server.db import days
from server.db.days import ExpectedDay
from server.intake.evidence import Evidence
from server.intake.held import Held

#: States that another contact or record may change although no staff fact and no clock does.
OPEN_QUESTIONS = (State.UNKNOWN.value,)


@dataclass(frozen=True)
class Change:
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
    holders: Iterable[Held], changes: Sequence[Change], now: datetime, read: Mapping[str, EntryBody] | None = None
) -> list[ExpectedDay]:
    """Grade the days and write those that differ; all belong to participants that are held. What was written.

    `read`: entries that were read before, by record.
    """
    people = {held.id: held for held in holders}
    if not changes:
        return []
    connection = next(iter(people.values())).connection
    evidence = Evidence(connection, [change.wanted for change in changes], read)
    graded = [_with_grade(change.wanted, evidence, now) for change in changes]
    pairs = [(change.seen, new) for change, new in zip(changes, graded, strict=True) if change.seen != new]
    numbered = [(seen, _numbered(seen, new, people)) for seen, new in pairs]
    days.add(connection, [new for seen, new in numbered if seen is None])
    days.replace(connection, [(seen, new) for seen, new in numbered if seen is not None])
    return [new for _, new in numbered]


def _with_grade(row: ExpectedDay, evidence: Evidence, now: datetime) -> ExpectedDay:
    result = grade(evidence.of(row), now)
    return replace(
        row,
        state=result.state.value,
        reason=result.reason,
        next_moment=result.next_moment,
        entry=result.entry,
        first_captured_at=result.first_captured_at,
        received_at=evidence.received_at(row, result.entry),
    )


def _numbered(seen: ExpectedDay | None, new: ExpectedDay, people: Mapping[str, Held]) -> ExpectedDay:
    revision = seen.revision + 1 if seen else 1
    return replace(new, revision=revision, change_no=people[new.participant].next_change())
