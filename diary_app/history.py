"""What the history screens show: one month at a time, one day in full."""

from collections.abc import Callable
from datetime import date

import flet as ft

from diary_app.journal import Journal
from diary_app.looking_back import DayDetails, Past, Trend, earlier, later, month_of
from diary_app.places import HISTORY


@ft.observable
class History:
    """Read when its screen comes up; the month stays while one looks at its days."""

    def __init__(self, journal: Callable[[], Journal], go: Callable[[str], None]) -> None:
        self._journal = journal
        self._go = go
        self.past: Past | None = None
        self.month = date.min
        self.trends: tuple[Trend, ...] = ()
        self.as_table = False

    def read(self) -> None:
        """What this phone knows now."""
        self.past = self._journal().past()
        self._show(month_of(self.past.today) if self.month == date.min else self.month)

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

    def _show(self, month: date) -> None:
        self.month = month
        self.trends = self._journal().trends(self.past, month) if self.past else ()
