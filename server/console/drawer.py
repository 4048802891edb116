"""Draws the rows of the overview, each once as long as nothing in it changes.

A row says the same to everybody who may see its participant, so it is kept by language alone; whose rows are drawn at
all is for whoever asks.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum

from markupsafe import Markup
from sqlalchemy import Connection

from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.heatmap import Line
from server.console.pages import cell_drawer, macro
from server.console.reckoning import Kept
from server.console.signs import Sign
from server.console.strips import BARS, DAY_WIDTH, Strip, places, strip
from server.console.viewer import Viewer
from server.console.words import SIGNS
from server.db.gaps import evenings_of


class Span(IntEnum):
    """How many days the heat map can show."""

    TWO_WEEKS = 14
    FOUR_WEEKS = 28
    EIGHT_WEEKS = 56
    YEAR = 365


STRIP_WIDTH = Span.YEAR * DAY_WIDTH


def first_of_year(calendar: Calendar) -> date:
    """The first of the days that a year shows."""
    return calendar.today - timedelta(days=Span.YEAR - 1)


class Drawer:
    """For one page. `kept`: what is kept of each participant, where their rows are kept too."""

    def __init__(
        self, connection: Connection, desk: Desk, viewer: Viewer, calendar: Calendar, kept: Mapping[str, Kept]
    ) -> None:
        self._connection, self._desk, self._viewer = connection, desk, viewer
        self._calendar, self._kept = calendar, kept

    def rows(self, lines: Sequence[Line], *, is_year: bool) -> list[Markup]:
        """The rows of these participants, in their order."""
        found = {line.participant.id: self._known(line) for line in lines}
        missing = [line for line in lines if found[line.participant.id] is None]
        drawn = self._years(missing) if is_year else self._days(missing)
        for line, row in zip(missing, drawn, strict=True):
            found[line.participant.id] = row
            self._kept[line.participant.id].drawn[self._calendar.language] = (self._from(line), row)
        return [row for row in found.values() if row is not None]

    def _from(self, line: Line) -> object:
        """What a row is drawn from besides what is kept of the participant and the language."""
        return self._calendar.zone, line.participant.last_seen_at

    def _known(self, line: Line) -> Markup | None:
        found = self._kept[line.participant.id].drawn.get(self._calendar.language)
        return found[1] if found is not None and found[0] == self._from(line) else None

    def _days(self, lines: Sequence[Line]) -> list[Markup]:
        draw, cell = macro("rows.html", "days"), cell_drawer()
        return [draw(self._viewer.row(line), self._desk.say, cell) for line in lines]

    def _years(self, lines: Sequence[Line]) -> list[Markup]:
        if not lines:
            return []
        first, today = first_of_year(self._calendar), self._calendar.today
        people, instrument = [line.participant.id for line in lines], self._desk.services.study.diary.instrument
        packed = dict(evenings_of(self._connection, people, instrument, first, today, self._desk.now))
        strips = {who: self._strip(days, first) for who, days in packed.items()}
        draw = macro("rows.html", "year")
        return [draw(self._viewer.row(line), strips.get(line.participant.id), STRIP_WIDTH) for line in lines]

    def _strip(self, packed: str, first: date) -> Strip:
        def words(counted: Counter[Sign]) -> str:
            return ", ".join(f"{counted[sign]} {self._desk.say(SIGNS[sign])}" for sign in BARS if counted[sign])

        return strip(packed, places(first, Span.YEAR), words)
