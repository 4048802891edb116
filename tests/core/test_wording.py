"""Words with a day in them, in both languages, and their fingerprint."""

from datetime import date, datetime

import pytest

from diary_app.core.entries import Skip
from diary_app.core.wording import (
    answer_text,
    format_day,
    format_time,
    look_back_text,
    month_name,
    night_to,
    question_text,
    weekday_name,
    wording_sha256,
)
from diary_app.resources import catalogue, instrument

SUNDAY = date(2026, 11, 22)
DMD = instrument("DMD", "1.0")


@pytest.mark.parametrize(("language", "text"), [("da", "søndag 22. november"), ("en", "Sunday 22 November")])
def test_a_day_is_written_as_the_language_writes_it(language: str, text: str) -> None:
    assert format_day(SUNDAY, language) == text


@pytest.mark.parametrize(("language", "text"), [("da", "09.05"), ("en", "09:05")])
def test_a_time_has_a_dot_in_danish_and_a_colon_in_english(language: str, text: str) -> None:
    assert format_time(datetime(2026, 11, 22, 9, 5), language) == text  # noqa: DTZ001 - wall time


@pytest.mark.parametrize(("language", "text"), [("da", "natten til søndag"), ("en", "the night into Sunday")])
def test_a_night_is_named_by_the_morning_it_ends_on(language: str, text: str) -> None:
    assert night_to(SUNDAY, language) == text


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_weekday_and_month_has_its_own_name(language: str) -> None:
    assert len({weekday_name(date(2026, 11, day), language) for day in range(16, 23)}) == 7
    assert len({month_name(month, language) for month in range(1, 13)}) == 12


def test_an_unknown_language_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        format_day(SUNDAY, "fo")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("code", DMD.item_codes)
def test_every_question_prints_its_day_and_date(code: str, language: str) -> None:
    text = question_text(DMD.item(code), SUNDAY, catalogue(language))
    assert format_day(SUNDAY, language) in text
    assert "{" not in text


def test_questions_are_asked_in_danish() -> None:
    text = question_text(DMD.item("DMD01"), SUNDAY, catalogue("da"))
    assert text == "Hvor tør har din mund været i dag, søndag 22. november, siden du vågnede?"


def test_the_night_question_names_the_night_before_the_diary_day() -> None:
    danish = question_text(DMD.item("DMD02"), SUNDAY, catalogue("da"))
    assert "natten til søndag 22. november" in danish
    assert look_back_text(DMD.item("DMD02"), SUNDAY, "da") == "natten til søndag 22. november"


def test_a_past_week_item_prints_no_day() -> None:
    assert look_back_text(instrument("GRIX", "1.0").items[0], SUNDAY, "da") == ""


@pytest.mark.parametrize(
    ("code", "answer", "text"),
    [
        ("DMD01", 0, "0"),
        ("DMD06", 0, "Ingen gange"),
        ("DMD06", 4, "Mere end 40 gange"),
        ("DMD05", Skip.NOT_APPLICABLE, "Jeg har ikke talt"),
        ("DMD05", Skip.PREFER_NOT, "Vil helst ikke svare"),
    ],
)
def test_answers_are_told_back_in_words(code: str, answer: int | Skip, text: str) -> None:
    assert answer_text(DMD.item(code), answer, catalogue("da")) == text


@pytest.mark.parametrize(
    ("language", "sha256"),
    [
        ("da", "1ad942b2d676197e31fd472d436f95b2286ce718e267f1c1bc108d55100fc5d0"),
        ("en", "88b88b2906fcb7091e798d6191a5d3d37e1f865c5dedd6ed791e059f5ca9af41"),
    ],
)
def test_the_words_of_a_published_version_never_change(language: str, sha256: str) -> None:
    assert wording_sha256(DMD, catalogue(language)) == sha256


def test_one_changed_word_changes_the_fingerprint() -> None:
    first, *others = DMD.items
    changed = DMD.model_copy(update={"items": (first.model_copy(update={"low_label": "No dryness"}), *others)})
    assert wording_sha256(changed, catalogue("en")) != wording_sha256(DMD, catalogue("en"))
