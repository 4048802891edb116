"""A diary that is filled in in the morning is not called an evening: in no page, mail or sheet, in either language."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diary_app.core.catalogue import read_po
from diary_app.core.study import Study, parse_study
from diary_app.resources import study_text
from server.services import Services
from server.study_words import _OTHERWISE, _neutral, of_any_day, words_of
from tests.console.conftest import LogIn

STUDY = parse_study(study_text("mesrix-more"), file="study")
CATALOGUE = Path(__file__).parents[2] / "assets/translations/da/LC_MESSAGES/console.po"
EVENING = re.compile(r"evening|aften", re.IGNORECASE)
#: Beginnings of messages that speak of a day besides, and read well all the same.
READ = (
    "treatment or visit on {day}, ", "behandling eller besøg {day}, ", "{number} evening, {day}",
    "{number} evenings, since {day}", "{number} aften, {day}", "{number} aftener, siden {day}",
    "Alt, hvad serveren havde", "{day} is an evening to come.", "{day} er en aften, ", "last evening {day}",
    "sidste aften {day}",
)  # fmt: skip


def morning(study: Study = STUDY) -> Study:
    windows = tuple(one.model_copy(update={"opens": 7 * 60, "closes": 10 * 60}) for one in study.diary.windows)
    return study.model_copy(update={"diary": study.diary.model_copy(update={"windows": windows})})


def texts() -> Iterator[str]:
    """Every text of the console in both languages."""
    for one in read_po(CATALOGUE.read_text(encoding="utf-8")):
        yield from (text for text in (one.id, one.plural, *one.texts) if text)


def test_only_a_diary_whose_every_window_is_one_of_the_evening_is_called_so() -> None:
    assert STUDY.diary.is_of_evenings
    assert not morning().diary.is_of_evenings
    first, *others = STUDY.diary.windows
    either = STUDY.diary.model_copy(update={"windows": (first.model_copy(update={"opens": 420}), *others)})
    assert not STUDY.model_copy(update={"diary": either}).diary.is_of_evenings


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Choose the day that the answers are about."), ("da", "Vælg den dag, svarene handler om.")],
)
def test_a_sentence_reads_day(language: str, text: str) -> None:
    assert words_of(morning(), language).text("Choose the evening that the answers are about.") == text
    assert "day" not in words_of(STUDY, "en").text("Choose the evening that the answers are about.")


@pytest.mark.parametrize(("number", "text"), [(1, "1 dag"), (2, "2 dage")])
def test_a_number_of_them_is_counted_in_days(number: int, text: str) -> None:
    assert of_any_day("da").count("{number} evening", "{number} evenings", number) == text
    assert of_any_day("en").text("{day} is an evening to come.", day="Fri") == "Fri is a day to come."


def test_no_text_says_evening_any_more_and_none_says_day_twice() -> None:
    """Whoever writes a message with a day and an evening in it says here, or in `_OTHERWISE`, how it reads."""
    changed = [(text, _neutral(text)) for text in texts() if EVENING.search(text)]
    assert len(changed) > 200
    assert [text for text, now in changed if EVENING.search(now)] == []
    besides = re.compile(r"\b(days?|dage?n?s?)\b", re.IGNORECASE)
    assert [text for text, _ in changed if besides.search(text) and not text.startswith((*_OTHERWISE, *READ))] == []


def test_every_sentence_that_is_given_whole_is_still_one_of_the_console() -> None:
    assert set(_OTHERWISE) - set(texts()) == set()
    places = re.compile(r"\{\w+\}")
    assert [
        one for one, other in _OTHERWISE.items() if sorted(places.findall(one)) != sorted(places.findall(other))
    ] == []


@pytest.mark.parametrize(
    "path", ["/console/", "/console/calls", "/console/compliance", "/console/study", "/console/enrol"]
)
async def test_the_pages_of_such_a_study_name_no_evening(
    services: Services, log_in: LogIn, client: httpx.AsyncClient, path: str
) -> None:
    services.study = morning()
    await log_in("carol")
    text = (await client.get(path)).text
    own = [one.id for one in services.study.diary.windows]
    for name in own:
        text = text.replace(name, "")
    assert EVENING.findall(text) == []
