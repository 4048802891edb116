"""The blank diary to print: the daily questions in our own words, one evening on each page, nothing of a treatment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from diary_app.core.catalogue import Catalogue
from diary_app.core.facts import Fact, ParticipantAdded, WindowChosen
from diary_app.core.instruments import Instrument, Item
from diary_app.core.study import Study
from diary_app.core.wording import PREFER_NOT, format_day
from diary_app.resources import catalogue, instrument
from server.console.dates import Calendar
from server.console.desk import Desk
from server.console.paper.typed import read_date
from server.intake.known import facts_of
from server.intake.staff import refused
from server.study_words import words_of

EVENINGS = (1, 7, 14)
#: Where the evening is to be written by hand.
LINE = "_" * 18
_DAY = "{weekday} {date}"


class Wanted(BaseModel):
    """What is to be printed, as the address asks for it. `first`: the first evening; without it dates stay open."""

    model_config = ConfigDict(frozen=True, str_max_length=40)

    language: str = ""
    participant: str = ""
    evenings: str = "7"
    first: str = ""


@dataclass(frozen=True)
class Question:
    """One question of one page. `boxes`: what can be ticked and what stands beside it; `ways_out`: no answer."""

    text: str
    boxes: Sequence[str]
    low: str
    high: str
    ways_out: Sequence[str]


@dataclass(frozen=True)
class Evening:
    """One page; `day` is empty where it is to be written by hand."""

    day: str
    questions: Sequence[Question]


def blank(desk: Desk, wanted: Wanted) -> HTMLResponse:
    """The pages. Raises `RequestRefused` for what cannot be printed, or somebody who is elsewhere."""
    study = desk.services.study
    if wanted.language not in study.languages:
        raise refused("The diary does not have that language.", "Choose one of those on the page.")
    if wanted.evenings not in {str(number) for number in EVENINGS}:
        raise refused("That many evenings are not printed.", "Choose one of the numbers on the page.")
    questions, words = catalogue(wanted.language), words_of(study, wanted.language)
    asked = instrument(study.diary.instrument, study.diary.version)
    days = _days(wanted)
    return desk.page(
        "paper/blank.html", number=wanted.participant, spoken=wanted.language, say=words.text,
        name=study.display_name.get(wanted.language, ""), window=_window(desk, wanted),
        evenings=[_evening(asked, day, questions) for day in days],
    )  # fmt: skip


def _days(wanted: Wanted) -> list[date | None]:
    many = range(int(wanted.evenings))
    if not wanted.first:
        return [None for _ in many]
    first = read_date(wanted.first)
    return [first + timedelta(days=number) for number in many]


def _window(desk: Desk, wanted: Wanted) -> tuple[str, str, str] | None:
    """When the participant's evening opens, closes and is over; None for a sheet of nobody's."""
    if not wanted.participant:
        return None
    with desk.reading() as connection:
        person = desk.participant(connection, wanted.participant)
        rule = desk.services.study.diary.window(_choice(desk.services.study, facts_of(connection, person.id)))
    separator = Calendar(wanted.language, "Etc/UTC", desk.calendar.today).separator
    opens, closes, late = (
        f"{minutes // 60 % 24:02d}{separator}{minutes % 60:02d}"
        for minutes in (rule.opens, rule.closes, rule.late_until)
    )
    return opens, closes, late


def _choice(study: Study, facts: Sequence[Fact]) -> str | None:
    """The last that was chosen, at the desk or on the phone."""
    chosen = None
    for fact in facts:
        match fact.detail:
            case ParticipantAdded(choices=choices):
                chosen = choices.get(study.diary.instrument)
            case WindowChosen(instrument=study.diary.instrument, choice=choice):
                chosen = choice
    return chosen


def _evening(asked: Instrument, day: date | None, texts: Catalogue) -> Evening:
    named = format_day(day, texts.language) if day else ""
    full = f"{named} {day.year}" if day else ""
    return Evening(full, [_question(item, named or LINE, texts) for item in asked.items])


def _question(item: Item, day: str, texts: Catalogue) -> Question:
    low, high = "", ""
    match item.kind:
        case "scale":
            boxes = [str(value) for value in range(item.lowest, item.highest + 1)]
            low, high = texts.text(item.low_label), texts.text(item.high_label)
        case "choice":
            boxes = [texts.text(choice.label) for choice in item.choices]
        case _:
            assert_never(item.kind)
    ways_out = [texts.text(PREFER_NOT), *([texts.text(item.not_applicable)] if item.not_applicable else [])]
    return Question(question_about(item, day, texts), boxes, low, high, ways_out)


def question_about(item: Item, day: str, texts: Catalogue) -> str:
    """The question with something else where it names its evening."""
    return texts.text(item.text).replace(_DAY, day)
