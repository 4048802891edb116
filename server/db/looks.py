"""What goes by age goes when two looks, most of an hour apart, found it too old: the clock of one may be far ahead."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.times import format_utc, parse_utc
from server.db import state

#: Less than the hour in which whatever deletes looks again.
APART = timedelta(minutes=50)
_NEVER = format_utc(datetime(1970, 1, 1, tzinfo=UTC))


def seen_twice(connection: Connection, name: str, now: datetime) -> datetime:
    """The earlier of this look and the one before: from there ages count for deleting. At the first look, long ago."""
    before, last = state.value_or_first(connection, _row(name), f"{_NEVER} {_NEVER}").split(" ")
    if abs(now - parse_utc(last)) >= APART:
        before, last = last, format_utc(now)
        state.set_value(connection, _row(name), f"{before} {last}")
    return min(now, parse_utc(before))


def _row(name: str) -> str:
    return f"looks {name}"
