"""The app's words in one language: sentences from the catalogue, days and times as that language writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from diary_app.core import languages
from diary_app.core.catalogue import Catalogue
from diary_app.core.entries import Answer
from diary_app.core.instruments import Item
from diary_app.core.times import local
from diary_app.core.wording import (
    answer_text,
    format_day,
    format_short_date,
    format_time,
    month_name,
    question_text,
    weekday_name,
)
from diary_app.widgets.of_any_day import OF_ANY_DAY

if TYPE_CHECKING:  # the first screen does without it
    from diary_app.core.study import Study

#: What each language calls itself; shown to those who cannot read the other one.
LANGUAGES = {one.code: one.name for one in languages.LANGUAGES.values()}

Catalogues = Callable[[str], Catalogue]


class Texts:
    """`say("Next")` is the sentence in this language; `instead`: messages that others take the place of."""

    def __init__(self, catalogue: Catalogue, instead: Mapping[str, str] = MappingProxyType({})) -> None:
        self.language = catalogue.language
        self.instead = instead
        self._catalogue = catalogue

    def __call__(self, message: str, **values: object) -> str:
        return self._catalogue.text(self.instead.get(message, message), **values)

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The form for that many, with `{number}` filled in."""
        return self._catalogue.count(one, many, number, **values)

    def question(self, item: Item, day: date) -> str:
        """The question with its diary day."""
        return question_text(item, day, self._catalogue)

    def answer(self, item: Item, answer: Answer | None) -> str:
        """An answer in words; a question not answered yet is a dash."""
        return "–" if answer is None else answer_text(item, answer, self._catalogue)

    def time(self, moment: datetime, zone: str) -> str:
        """`21.14`, `21:14` on the wall of that zone."""
        return format_time(local(moment, zone), self.language)

    def day(self, day: date) -> str:
        """`søndag 22. november`, `Sunday 22 November`."""
        return format_day(day, self.language)

    def short_date(self, day: date) -> str:
        """`22. nov`, `22 Nov`, for a narrow place."""
        return format_short_date(day, self.language)

    def day_of(self, moment: datetime, zone: str) -> str:
        """The day on which a moment falls in that zone."""
        return self.day(local(moment, zone).date())

    def day_alone(self, day: date) -> str:
        """`Søndag 22. november`: the same where nothing stands before it."""
        words = self.day(day)
        return words[:1].upper() + words[1:]

    def month(self, day: date) -> str:
        """`November 2026`, as a heading."""
        name = month_name(day.month, self.language)
        return f"{name[:1].upper()}{name[1:]} {day.year}"

    def weekday_letters(self, day: date) -> str:
        """The first two letters of a weekday, for a narrow column."""
        return weekday_name(day, self.language)[:2]


def texts_of(catalogue: Catalogue, study: Study | None) -> Texts:
    """The words of a language, of evenings only where it is known that the study asks in the evening."""
    return Texts(catalogue, {} if study and study.diary.is_of_evenings else OF_ANY_DAY)


def other_language(language: str, offered: tuple[str, ...]) -> str:
    """The next language of those offered; the same when there is only one."""
    at = offered.index(language) if language in offered else -1
    return offered[(at + 1) % len(offered)]
