"""Taking reminders to be sent, each by one process for one try; what must not leave any more ends here.

Claimed and committed before anything is sent: a process that dies while sending leaves a claim that expires, and the
reminder is sent at most once more (decision 21).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.grading import State
from diary_app.core.prompts import is_paused
from server.clocks import is_ahead
from server.db import days, reminders
from server.db.days import ExpectedDay
from server.db.reminders import Reminder
from server.reminders.ledger import Change, Standing, Step, Why, go_on
from server.reminders.people import People
from server.reminders.speaking import languages

AT_ONCE = 200
CLAIM = timedelta(minutes=5)
#: Two messages closer together than that are one too many.
APART = timedelta(minutes=15)
_ANSWERED = frozenset({State.DONE.value, State.LATE.value, State.EXCUSED.value})
_LIVE = frozenset({Standing.WAITING.value, Standing.CLAIMED.value, Standing.SENT.value})


@dataclass(frozen=True)
class Claimed:
    """A reminder that is ours for one try, and the participant's language."""

    row: Reminder
    language: str


def claim(connection: Connection, now: datetime, limit: int = AT_ONCE) -> tuple[int, list[Claimed]]:
    """How many reminders were looked at, and those that are ours to send now."""
    due = reminders.due(connection, now, limit)
    if not due:
        return 0, []
    people = People(connection, sorted({row.participant for row in due}))
    changes = _decided(connection, due, people, now)
    reminders.record(connection, [(change.seen, change.row, change.events) for change in changes])
    ours = [change.row for change in changes if change.row.state == Standing.CLAIMED]
    spoken = languages(connection, people, sorted({row.participant for row in ours}))
    return len(changes), [Claimed(row, spoken[row.participant]) for row in ours]


def _decided(connection: Connection, due: Sequence[Reminder], people: People, now: datetime) -> list[Change]:
    ids = sorted({row.participant for row in due})
    evenings = {row.key: row for row in days.of_keys(connection, {row.key[:3] for row in due})}
    others: dict[str, list[Reminder]] = defaultdict(list)
    for row in reminders.since(connection, ids, min(row.diary_day for row in due)):
        others[row.participant].append(row)
    found = [_decide(row, evenings.get(row.key[:3]), people, others[row.participant], now) for row in due]
    return [change for change in found if change is not None]


def _decide(
    row: Reminder, day: ExpectedDay | None, people: People, others: Sequence[Reminder], now: datetime
) -> Change | None:
    """Cancelled, dropped, given up, claimed, or None: left for the next round."""
    if why := people.ended_by(row.participant, row.diary_day) or _unwanted(day):
        return go_on(row, now, Step.CANCELLED, code=str(why))
    if day and is_paused(people.pauses(row.participant), now, day.zone):
        return go_on(row, now, Step.CANCELLED, code="paused")
    if people.wishes(row.participant).stopped:
        return go_on(row, now, Step.CANCELLED, code=Why.STOPPED)
    if now >= row.until:
        why_late, step = (Why.OUT_OF_TIME, Step.FAILED) if row.attempts else (Why.EXPIRED, Step.DROPPED)
        return go_on(row, now, step, code=why_late)
    if _is_overtaken(row, others, now):
        return go_on(row, now, Step.DROPPED, code=Why.OVERTAKEN)
    if any(_is_under_way(other, now) for other in others if other.key != row.key):
        return None
    return go_on(row, now, Step.CLAIMED, next_at=now + CLAIM)


def _unwanted(day: ExpectedDay | None) -> str | None:
    return unwanted(day.state, day.not_expected, day.received_at) if day else None


def unwanted(state: str | None, not_expected: str | None, received_at: datetime | None) -> str | None:
    """Why nobody waits for the evening any more; None while somebody does.

    An answer that came after the evening was locked does not count yet, but the participant has given it.
    """
    if not_expected:
        return not_expected
    return state if state in _ANSWERED else Code.DAY_LOCKED if received_at else None


def _is_overtaken(row: Reminder, others: Sequence[Reminder], now: datetime) -> bool:
    """By a later reminder that is due too, or by one that was sent just before.

    What a clock that was ahead has done with evenings to come says nothing of this one.
    """
    known = [other for other in others if not is_ahead(other.due_at, now)]
    later = any(other.due_at > row.due_at and other.state in _LIVE for other in known)
    return later or any(other.sent_at is not None and now - other.sent_at < APART for other in known)


def _is_under_way(other: Reminder, now: datetime) -> bool:
    return other.state == Standing.CLAIMED and other.next_moment is not None and other.next_moment > now
