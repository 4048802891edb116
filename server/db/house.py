"""Store: what tells whether the server keeps up, in counts without names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from diary_app.core.facts import DeviceState
from server.db import days, devices, quarantine, reminders

_DEVICE = devices.TABLE.c
_DAY = days.TABLE.c
_REMINDER = reminders.TABLE.c


@dataclass(frozen=True)
class Counts:
    """`phones`: by state. `silent`: active ones not heard since the moment given. `due_since`: the longest a day has
    waited to be graded, `to_send_since`: the longest a reminder has waited to be sent; None when none waits."""

    phones: dict[str, int]
    silent: int
    quarantined: int
    due_since: datetime | None
    to_send_since: datetime | None


def counts(connection: Connection, now: datetime, silent_since: datetime) -> Counts:
    """As the connection's snapshot has it."""
    by_state = select(_DEVICE.state, func.count()).group_by(_DEVICE.state)
    silent = select(func.count()).where(
        _DEVICE.state == DeviceState.ACTIVE.value,
        or_(_DEVICE.last_seen_at < silent_since, _DEVICE.last_seen_at.is_(None) & (_DEVICE.active_from < silent_since)),
    )
    due = select(func.min(_DAY.next_moment)).where(_DAY.next_moment <= now)
    to_send = select(func.min(_REMINDER.next_moment)).where(_REMINDER.next_moment <= now)
    return Counts(
        phones={state: count for state, count in connection.execute(by_state)},  # noqa: C416 - rows are no pairs to mypy
        silent=int(connection.execute(silent).scalar_one()),
        quarantined=quarantine.count_all_unresolved(connection),
        due_since=connection.scalar(due),
        to_send_since=connection.scalar(to_send),
    )
