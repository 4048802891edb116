"""Store: how long entries take from a phone to here."""

from datetime import date, timedelta

from sqlalchemy import Connection, select

from server.db import days

_DAY = days.TABLE.c
_AT_MOST = 5_000


def lags(connection: Connection, since: date) -> list[timedelta]:
    """From when an entry was saved until it was here, of diary days from that one on; at most some thousand."""
    statement = (
        select(_DAY.first_captured_at, _DAY.received_at)
        .where(_DAY.diary_day >= since, _DAY.received_at.is_not(None), _DAY.first_captured_at.is_not(None))
        .limit(_AT_MOST)
    )
    return sorted(received - captured for captured, received in connection.execute(statement))
