"""Whom the server cannot remind: their diary goes on, and no message of any channel would find them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.study import Study
from server.db import days
from server.db.overview import participants_at
from server.reminders.people import People
from server.reminders.routes import Routes, reach_of, usable
from server.settings import Settings

_AHEAD = timedelta(days=2)


def unreachable(
    connection: Connection, study: Study, settings: Settings, sites: Collection[str], now: datetime
) -> list[str]:
    """Their numbers, ascending; who has no evening from now to the day after tomorrow is not asked about."""
    there = [one.id for one in participants_at(connection, sites) if one.activated_at is not None]
    expected = {
        row.participant
        for row in days.around(connection, there, now, now + _AHEAD)
        if row.instrument == study.diary.instrument and row.not_expected is None
    }
    asked = sorted(expected)
    people, routes = People(connection, asked), Routes(usable(settings), reach_of(connection, asked), {})
    return [
        who
        for who in asked
        if people.ended_by(who, now.date()) is None and not routes.order(who, people.wishes(who).channels)
    ]
