"""Words with a day in them, in each language, and the fingerprint of the words that were shown."""

import hashlib
import json
from datetime import date, datetime

from diary_app.core.catalogue import Catalogue, message
from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Instrument, Item, LookBack
from diary_app.core.languages import LANGUAGES

PREFER_NOT = message("Prefer not to answer")


def weekday_name(day: date, language: str) -> str:
    """`søndag`, `Sunday`. Raises KeyError for a language that has no names here, as do all below."""
    return LANGUAGES[language].weekdays[day.weekday()]


def month_name(month: int, language: str) -> str:
    """`november`, `November`; January is 1."""
    return LANGUAGES[language].months[month - 1]


def format_date(day: date, language: str) -> str:
    """`22. november`, `22 November`."""
    return LANGUAGES[language].date.format(day=day.day, month=month_name(day.month, language))


def format_day(day: date, language: str) -> str:
    """`søndag 22. november`, `Sunday 22 November`."""
    return f"{weekday_name(day, language)} {format_date(day, language)}"


def format_short_date(day: date, language: str) -> str:
    """`22. nov`, `22 Nov`: for a narrow place."""
    return LANGUAGES[language].date.format(day=day.day, month=month_name(day.month, language)[:3])


def format_time(local_time: datetime, language: str) -> str:
    """`21.14`, `21:14`; takes the time as it is on the wall, so convert with `times.local` first."""
    return local_time.strftime(f"%H{LANGUAGES[language].colon}%M")


def night_to(day: date, language: str) -> str:
    """`natten til søndag`, `the night into Sunday`: the night that ended on that morning."""
    return LANGUAGES[language].night.format(weekday=weekday_name(day, language))


def look_back_text(item: Item, day: date, language: str) -> str:
    """The stretch of time that an item asks about, for a review page; empty when the day plays no part."""
    match item.look_back:
        case LookBack.TODAY:
            return format_day(day, language)
        case LookBack.LAST_NIGHT:
            return f"{night_to(day, language)} {format_date(day, language)}"
        case _:
            return ""


def question_text(item: Item, day: date, catalogue: Catalogue) -> str:
    """The question with the diary day's name and date in it, in the catalogue's language."""
    language = catalogue.language
    return catalogue.text(item.text, weekday=weekday_name(day, language), date=format_date(day, language))


def answer_text(item: Item, answer: Answer, catalogue: Catalogue) -> str:
    """An answer in words, for a review page: a number, a choice's label, or why there is no value."""
    if answer is Skip.NOT_APPLICABLE:
        return catalogue.text(item.not_applicable)
    if answer is Skip.PREFER_NOT:
        return catalogue.text(PREFER_NOT)
    labels = {choice.value: choice.label for choice in item.choices}
    return catalogue.text(labels.get(int(answer), "")) or str(int(answer))


def wording_sha256(instrument: Instrument, catalogue: Catalogue) -> str:
    """Fingerprint of every word that the instrument shows in that language, days still as placeholders.

    An entry carries it, and a licence names the one that was approved. It changes when a letter does.
    """
    shown = {
        "instrument": instrument.code,
        "version": instrument.version,
        "language": catalogue.language,
        "items": [_shown(item, catalogue) for item in instrument.items],
    }
    return hashlib.sha256(json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _shown(item: Item, catalogue: Catalogue) -> dict[str, object]:
    return {
        "code": item.code,
        "wording": {field: catalogue.text(text) for field, text in item.wording.items()},
        "not_applicable": catalogue.text(item.not_applicable),
    }
