"""Days and times as staff read them, in their language and in the zone of the site."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from babel.dates import format_date

from diary_app.core.languages import LANGUAGES
from diary_app.core.times import local

NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Calendar:
    """`today` is the date in `zone` when the page was made; a date of another year is written with its year."""

    language: str
    zone: str
    today: date

    @property
    def separator(self) -> str:
        """What stands between hours and minutes."""
        return LANGUAGES[self.language].colon

    def day(self, day: date) -> str:
        """Sunday 22 November."""
        return _written(day, f"EEEE {_date(self.language, 'MMMM')}{self._year(day)}", self.language)

    def short_day(self, day: date) -> str:
        """Sun 22 Nov, never broken over two lines."""
        pattern = f"EEE {_date(self.language, 'MMM')}{self._year(day)}"
        return _written(day, pattern, self.language).replace(" ", NO_BREAK)

    def weekday(self, day: date) -> str:
        """Sunday."""
        return _written(day, "EEEE", self.language)

    def initial(self, day: date) -> str:
        """S."""
        return _written(day, "EEEEE", self.language)

    def month(self, day: date) -> str:
        """Nov."""
        return _written(day, "MMM", self.language)

    def month_and_year(self, day: date) -> str:
        """November 2026."""
        written = _written(day, "MMMM y", self.language)
        return written[:1].upper() + written[1:]

    def time(self, moment: datetime) -> str:
        """21:14, by the clocks on the site's walls."""
        return clock(local(moment, self.zone).time(), self.language)

    def time_with_zone(self, moment: datetime) -> str:
        """21:14 CET."""
        return f"{self.time(moment)}{NO_BREAK}{local(moment, self.zone).tzname()}"

    def local_date(self, moment: datetime) -> date:
        """The date on the site's walls."""
        return local(moment, self.zone).date()

    def moment(self, moment: datetime) -> str:
        """Sun 22 Nov 21:14 CET."""
        return f"{self.short_day(self.local_date(moment))} {self.time_with_zone(moment)}"

    def _year(self, day: date) -> str:
        return "" if day.year == self.today.year else " y"


def in_full(day: date, language: str) -> str:
    """Sunday 22 November 2026, wherever and whenever it is read."""
    return _written(day, f"EEEE {_date(language, 'MMMM')} y", language)


def clock(moment: time, language: str) -> str:
    """21:14, of a clock on a wall."""
    return moment.strftime(f"%H{LANGUAGES[language].colon}%M")


def _date(language: str, month: str) -> str:
    """As a pattern of CLDR."""
    return LANGUAGES[language].date.format(day="d", month=month)


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, language: str) -> str:
    return str(format_date(day, pattern, locale=LANGUAGES[language].locale))
