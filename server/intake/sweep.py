"""What time alone changes: windows that open and end, and the horizon up to which days are expanded.

A clock that was ahead has opened and ended windows before their time; once it is right they are graded anew.
All do one small batch and leave out participants that somebody else holds; they never wait while they hold something.
"""

from datetime import date, datetime
from itertools import chain

from sqlalchemy import Connection

from diary_app.core.grading import State
from server.db import days, participants
from server.intake.held import Held, save
from server.intake.known import facts_of_all
from server.intake.regrade import moved, settle, unchanged
from server.intake.schedule import horizon, reschedule
from server.intake.unsealing import read_again
from server.services import Services

DUE_AT_ONCE = 500
PARTICIPANTS_AT_ONCE = 50
_OVER = (State.MISSED.value, State.UNKNOWN.value)


def sweep(connection: Connection, now: datetime, limit: int = DUE_AT_ONCE) -> int:
    """Grade days whose next moment has come, at most `limit`, in a fixed order; how many there were."""
    seen = days.due(connection, now, limit)
    holders = _held(connection, sorted({row.participant for row in seen}))
    if not holders:
        return 0
    held = {holder.id for holder in holders}
    rows = days.still_due(connection, [row for row in seen if row.participant in held], now)[:limit]
    settle(holders, unchanged(rows), now)
    save(connection, holders)
    return len(rows)


def put_right(connection: Connection, now: datetime, limit: int = PARTICIPANTS_AT_ONCE) -> int:
    """Grade days that are open or over before their time, of so many participants at most; how many days there were.

    0 also when those that are left are all held by somebody else: `is_right` tells.
    """
    holders = _held(connection, days.participants_ahead(connection, now, _OVER, State.OPEN.value, limit))
    if not holders:
        return 0
    rows = days.ahead(connection, [held.id for held in holders], now, _OVER, State.OPEN.value)
    settle(holders, unchanged(rows), now)
    save(connection, holders)
    return len(rows)


def is_right(connection: Connection, now: datetime) -> bool:
    """Whether nobody's days are open or over before their time."""
    return not days.participants_ahead(connection, now, _OVER, State.OPEN.value, 1)


def extend(connection: Connection, services: Services, now: datetime, limit: int = PARTICIPANTS_AT_ONCE) -> int:
    """Expand the days of participants whose rows end before the horizon; how many participants there were."""
    behind = participants.expanded_before(connection, horizon(now), limit)
    holders = _held(connection, behind)
    ids = [held.id for held in holders]
    facts, rows = facts_of_all(connection, ids), days.of_all(connection, ids)
    changes = [reschedule(held, services.versions, facts[held.id], now, rows[held.id]) for held in holders]
    settle(holders, moved(chain.from_iterable(changes)), now)
    read_again(connection, holders, services, now)
    for held in holders:
        held.change(expanded_until=max(horizon(now), held.row.expanded_until or date.min))
    save(connection, holders)
    return len(holders)


def _held(connection: Connection, ids: list[str]) -> list[Held]:
    if not ids:
        return []
    return [Held(connection, row) for row in participants.lock_free(connection, ids)]
