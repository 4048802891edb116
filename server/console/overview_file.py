"""The heat map as a file: a line for each participant of all its pages, a column for each day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.compliance import Rate
from diary_app.core.times import format_utc
from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.heatmap import Line
from server.console.listing import csv_file
from server.console.signs import Sign
from server.console.strips import signs_by_day
from server.db.gaps import evenings_of

TITLES = (
    message("Number"), message("Site"), message("Phase"), message("Last contact"), message("7 days"),
    message("excused as missed"),
)  # fmt: skip


def as_file(connection: Connection, desk: Desk, lines: Sequence[Line], calendar: Calendar, length: int) -> Response:
    """Codes and ISO dates, as in every other file; a day that nobody expected is empty."""
    days = [calendar.today - timedelta(days=back) for back in reversed(range(length))]
    titles = [*map(desk.say, TITLES), *(day.isoformat() for day in days)]
    before = _before(connection, desk, lines, days) if any(len(line.cells) < length for line in lines) else {}
    return csv_file("overview", titles, ([*_about(line, calendar), *_signs(line, before, days)] for line in lines))


def _about(line: Line, calendar: Calendar) -> list[str]:
    seen = line.participant.last_seen_at
    return [
        line.participant.id, line.participant.site, line.course.phase(calendar.today),
        format_utc(seen) if seen else "", _plain(line.rate.excused_out), _plain(line.rate.excused_as_missed),
    ]  # fmt: skip


def _plain(rate: Rate) -> str:
    return f"{rate.n}/{rate.of}"


def _before(
    connection: Connection, desk: Desk, lines: Sequence[Line], days: Sequence[date]
) -> dict[str, dict[str, Sign]]:
    """Of a year a line has only the last days as cells."""
    people, instrument = [line.participant.id for line in lines], desk.services.study.diary.instrument
    packed = evenings_of(connection, people, instrument, days[0], days[-1], desk.now)
    return {who: signs_by_day(text) for who, text in packed}


def _signs(line: Line, before: Mapping[str, Mapping[str, Sign]], days: Sequence[date]) -> list[str]:
    cells = {cell.day.isoformat(): cell.sign for cell in line.cells}
    known = {**before.get(line.participant.id, {}), **cells}
    found = [known.get(day.isoformat(), Sign.NOT_EXPECTED) for day in days]
    return ["" if sign is Sign.NOT_EXPECTED else sign.value for sign in found]
