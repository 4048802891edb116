"""Claims: what only one of several processes shall do, once a turn. A row that is locked while it is read decides.

A turn is a moment, such as tonight's. Whoever takes it has it for a lease: a process that is killed loses it then.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.times import format_utc, parse_utc
from server.db import state

_DONE = "done"


def take(connection: Connection, name: str, turn: datetime, now: datetime, lease: timedelta) -> bool:
    """Whether this process has the turn; False when it is done, or another process is at it."""
    if not _is_free(state.value_or_first(connection, _row(name), ""), turn, now):
        return False
    state.set_value(connection, _row(name), f"{format_utc(turn)} {format_utc(now + lease)}")
    return True


def done(connection: Connection, name: str, turn: datetime) -> None:
    """Nobody needs to do this turn again."""
    state.set_value(connection, _row(name), f"{format_utc(turn)} {_DONE}")


def give_back(connection: Connection, name: str, turn: datetime, now: datetime) -> None:
    """It did not work: whoever comes next may try."""
    state.set_value(connection, _row(name), f"{format_utc(turn)} {format_utc(now)}")


def _is_free(seen: str, turn: datetime, now: datetime) -> bool:
    if not seen:
        return True
    taken, until = seen.split(" ")
    if parse_utc(taken) != turn:
        return parse_utc(taken) < turn
    return until != _DONE and parse_utc(until) <= now


def _row(name: str) -> str:
    return f"claim {name}"
