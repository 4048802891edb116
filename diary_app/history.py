"""What the history screens show: one month at a time, one day in full."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Protocol

import flet as ft

from diary_app import resources
from diary_app.core.errors import DiaryUnavailable
from diary_app.journal import Journal
from diary_app.looking_back import DayDetails, Past, Trend, days_of, earlier, later, month_of, weeks_to
from diary_app.own_data import own_data
from diary_app.places import HISTORY
from diary_app.texts import Texts


class SavesFiles(Protocol):
    """The part of the host that hands the person a file."""

    def save_file(self, name: str, data: bytes) -> None:
        """Raises OSError."""
        ...


WEEKS = 12


class Span(StrEnum):
    """How much time the scores cover."""

    MONTH = "month"
    WEEKS = "weeks"


class FileTold(StrEnum):
    """What the screen says after the tap."""

    SAVED = "saved"
    NOT_SAVED = "not_saved"


@ft.observable
class History:
    """Read when its screen comes up; the month stays while one looks at its days."""

    def __init__(self, journal: Callable[[], Journal], host: SavesFiles, go: Callable[[str], None]) -> None:
        self._journal = journal
        self._host = host
        self._go = go
        self.past: Past | None = None
        self.month = date.min
        self.trends: tuple[Trend, ...] = ()
        self.span = Span.MONTH
        self.as_table = False
        self.may_have_own_data = False
        self.told: FileTold | None = None
        self.unreadable = 0

    def read(self) -> None:
        """Its screen comes up. Raises `DiaryUnavailable`."""
        self.told = None
        self._read()

    def refresh(self) -> None:
        """Something has arrived while it may be on the screen. Raises `DiaryUnavailable`."""
        if self.past is not None:
            self._read()

    def _read(self) -> None:
        journal = self._journal()
        self.past = journal.past()
        self.may_have_own_data = journal.may_have_own_data(self.past)
        self._show(month_of(self.past.today) if self.month == date.min else self.month)

    def put_away(self) -> None:
        """The diary is being locked: nothing of it stays in memory."""
        self.past, self.trends = None, ()

    @property
    def can_go_earlier(self) -> bool:
        """There is something before this month."""
        return self.past is not None and month_of(self.past.first) < self.month

    @property
    def can_go_later(self) -> bool:
        """This month is over."""
        return self.past is not None and self.month < month_of(self.past.today)

    def show_earlier(self) -> None:
        """The month before."""
        self._show(earlier(self.month))

    def show_later(self) -> None:
        """The month after."""
        self._show(later(self.month))

    def show_as_table(self, *, table: bool) -> None:
        """The numbers instead of the lines, or back."""
        self.as_table = table

    def show_span(self, span: Span) -> None:
        """The scores of the month, or of the last weeks; the calendar stays."""
        self.span = span
        self._show(self.month)

    def show_day(self, day: date) -> None:
        """One day in full."""
        self._go(f"{HISTORY}/{day.isoformat()}")

    def show_month(self) -> None:
        """Back from a day."""
        self._go(HISTORY)

    def details(self, day: str) -> DayDetails | None:
        """The day of an address; None when the address names no day that can be opened."""
        try:
            named = date.fromisoformat(day)
        except ValueError:
            return None
        return self.past.details(named) if self.past and self.past.has_details(named) else None

    def save_own_data(self, say: Texts) -> None:
        """Every entry made on this phone, as a file in that language; works offline."""
        if self.past is None:
            return
        try:
            own = self._journal().own_entries()
            data = own_data(own, say, resources.instrument)
            self._host.save_file(f"{say('Diary').lower()}-{self.past.today}.csv", data)
            self.told, self.unreadable = FileTold.SAVED, own.unreadable
        except (OSError, DiaryUnavailable):
            self.told = FileTold.NOT_SAVED

    def _show(self, month: date) -> None:
        self.month = month
        if self.past is None:
            self.trends = ()
            return
        days = weeks_to(self.past, WEEKS) if self.span is Span.WEEKS else days_of(month)
        self.trends = self._journal().trends(self.past, days)
