"""What somebody asks of the evenings ahead: a window, a home, journeys, days; and the answer as a table."""

from collections.abc import Callable
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.preview import Peculiarity
from diary_app.core.prompts import Dropped, Prompt
from diary_app.core.study import Study
from diary_app.core.study_values import wall_minutes
from diary_app.core.times import offset_minutes, wall_to_utc
from diary_app.core.windows import DiaryDay, NotExpected
from server.console.dates import Calendar
from server.console.listing import Column
from server.console.words import REASONS
from server.intake.outlook import Journey, Newcomer, Outlook, Span, wall_on

LONGEST, USUAL_LENGTH = 120, 14
_YEAR = 366
_YEARS = range(2000, 2101)
_NOON = 12 * 60
PECULIAR = {
    Peculiarity.CLOCKS_CHANGE: message("clocks change during the evening"),
    Peculiarity.NEW_ZONE: message("new time zone from this evening on"),
    Peculiarity.NEW_WINDOW: message("another evening from here on"),
    Peculiarity.SKIPPED: message("no evening: skipped by the journey"),
}
DROPPED = {
    Dropped.NOT_EXPECTED: message("not expected"),
    Dropped.NOT_OPEN: message("not open yet"),
    Dropped.CLOSED: message("closed by then"),
    Dropped.QUIET_HOURS: message("quiet hours"),
    Dropped.PAUSED: message("paused"),
}
Say = Callable[..., str]


class Asked(BaseModel):
    """The fields of the form by their names, as they stand in the address; all may be empty."""

    model_config = ConfigDict(frozen=True, str_max_length=100, extra="ignore")

    window: str = ""
    home: str = ""
    usual: str = ""
    start: str = ""
    days: str = ""
    day_1: str = ""
    zone_1: str = ""
    day_2: str = ""
    zone_2: str = ""

    def span(self, today: date) -> Span:
        """The days asked for. Raises `RequestRefused`."""
        start = _day(self.start) or today
        length = self.days or str(USUAL_LENGTH)
        if not length.isdecimal() or not 1 <= int(length[:9]) <= LONGEST:
            raise _refused("So many days cannot be shown.", "Ask for 1 to 120 days.")
        return Span(start, start + timedelta(days=int(length) - 1))

    def newcomer(self, study: Study) -> Newcomer:
        """Whose evenings are laid out. Raises `RequestRefused`."""
        legs = ((self.day_1, self.zone_1), (self.day_2, self.zone_2))
        if any(bool(day) != bool(zone) for day, zone in legs):
            raise _refused("A journey has a day and a time zone.", "Fill in both, or neither.")
        journeys = tuple(Journey(day, zone) for text, zone in legs if zone and (day := _day(text)))
        home = self.home.strip() or study.sites[0].zone
        return Newcomer(home, self.window or None, _usual(self.usual), journeys)


def changes_of_clocks(zone: str, today: date) -> list[date]:
    """The days of the coming year on which the clocks of a zone change."""
    ahead = [today + timedelta(days=number) for number in range(_YEAR)]
    offsets = [offset_minutes(wall_to_utc(day, _NOON, zone, last=False), zone) for day in ahead]
    return [day for day, before, after in zip(ahead[1:], offsets, offsets[1:], strict=False) if before != after]


def columns(calendar: Calendar, say: Say) -> list[Column[Outlook]]:
    """One evening a row; wall times where it is lived, +1 on the day after."""

    def wall(number: int) -> Callable[[Outlook], str]:
        def read(row: Outlook) -> str:
            return "–" if row.day.not_expected else wall_on(row.day.window[number], row.day, calendar.separator)

        return read

    def told(row: Outlook) -> str:
        return ", ".join(_told(prompt, row.day, calendar.separator, say) for prompt in row.prompts)

    return [
        Column("day", message("Evening"), lambda row: calendar.short_day(row.day.day), lambda row: row.day.day,
               lambda row: row.day.day),
        Column("zone", message("Time zone"), lambda row: row.day.zone),
        Column("opens", message("Opens"), wall(0), sortable=False),
        Column("closes", message("Closes"), wall(1), sortable=False),
        Column("late", message("Can be filled in until"), wall(2), sortable=False),
        Column("prompts", message("Reminders"), told, sortable=False),
        Column("remarks", message("Remarks"), lambda row: ", ".join(_remarks(row, say)), sortable=False),
    ]  # fmt: skip


def _remarks(row: Outlook, say: Say) -> list[str]:
    said = [say(PECULIAR[one]) for one in row.peculiar]
    ended = row.day.not_expected
    return said if ended in (None, NotExpected.TRAVEL) else [*said, say(REASONS.get(ended, "not expected"))]


def _told(prompt: Prompt, day: DiaryDay, separator: str, say: Say) -> str:
    wall = wall_on(prompt.at, day, separator)
    if prompt.dropped is None:
        return wall
    return say("{time} is dropped ({reason})", time=wall, reason=say(DROPPED[prompt.dropped]))


def _usual(text: str) -> int | None:
    try:
        return wall_minutes(text.strip().replace(".", ":")) if text.strip() else None
    except ValueError as error:
        raise _refused("The time of the first reminder cannot be read.", "Type it as 20:00.") from error


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise _unreadable() from None
    if day is not None and day.year not in _YEARS:
        raise _unreadable()
    return day


def _unreadable() -> RequestRefused:
    return _refused("The date cannot be read.", "Type it as year-month-day, such as 2026-11-22.")


def _refused(pattern: str, remedy: str) -> RequestRefused:
    return RequestRefused(Code.REQUEST_INVALID, pattern, remedy)
