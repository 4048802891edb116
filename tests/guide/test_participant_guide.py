"""The participant's guide and leaflet: the words of the app, pictures that exist, and the same in both languages."""

import re
from functools import cache
from pathlib import Path

import pytest

from diary_app.core.catalogue import read_po
from diary_app.core.study import parse_study
from diary_app.resources import study_text
from scripts.leaflet import leaflet as printed

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LANGUAGES = ("da", "en")
PAGE_WORDS = (ROOT / "diary_app/web/shell/words.js").read_text(encoding="utf-8")
#: Bold words that are not the app's: headings of a paragraph, systems, the phone's and the browser's own menus.
NOT_THE_APPS = re.compile(
    r".*[.:,?]|iPhone|Android|112|Gemt|Sendt|Modtaget|Saved|Sent|Received|Føj til (hjemmeskærm|startskærm)"
    r"|Add to Home [Ss]creen|\$phone"
)


@cache
def guide(language: str) -> str:
    return (DOCS / f"participant-guide.{language}.md").read_text(encoding="utf-8")


@cache
def leaflet(language: str) -> str:
    return (DOCS / f"leaflet/leaflet.{language}.html").read_text(encoding="utf-8")


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@cache
def words_of_the_app(language: str) -> str:
    """Everything that the app and its page can say in a language, in one text."""
    messages = read_po((ROOT / "assets/translations/da/LC_MESSAGES/diary.po").read_text(encoding="utf-8"))
    said = [words for one in messages for words in (one.texts if language == "da" else (one.id,))]
    return "\n".join([*said, PAGE_WORDS])


def bold(text: str, pattern: str) -> list[str]:
    return [words for words in re.findall(pattern, flat(text)) if not NOT_THE_APPS.fullmatch(words)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_to_be_tapped_is_called_what_the_app_calls_it(language: str) -> None:
    named = [*bold(guide(language), r"\*\*(.+?)\*\*"), *bold(leaflet(language), r"<strong>(.+?)</strong>")]
    buttons = [words for words in named if words[0].isupper() and len(words.split()) < 9]
    assert len(buttons) > 10
    assert [words for words in buttons if words not in words_of_the_app(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_seen_when_something_does_not_work_is_what_the_app_says(language: str) -> None:
    seen = re.findall(r"^\| [»“](.+?)[«”] \|", guide(language), re.MULTILINE)
    assert len(seen) > 4
    assert [words for words in seen if words.removesuffix("…").strip() not in words_of_the_app(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_exists_in_the_language_of_the_guide(language: str) -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", guide(language))
    assert pictures
    assert [name for name in pictures if not (DOCS / name).exists() or f"-{language}-" not in name] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_made_by_make(language: str) -> None:
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    texts = guide(language) + leaflet(language)
    scenes = set(re.findall(rf"pictures/([a-z-]+)-{language}-phone\.png", texts))
    assert [scene for scene in scenes if not re.search(rf"--only {scene}\s", make)] == []


def test_both_languages_have_the_same_parts() -> None:
    parts = [
        [line.split(" ")[0] for line in guide(language).splitlines() if line.startswith("#")] for language in LANGUAGES
    ]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_scolded_or_cheered(language: str) -> None:
    said = guide(language) + leaflet(language).replace("<!doctype", "")
    assert not re.search(r"!(?!\[)", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_that_nobody_reads_at_once_and_whom_to_call(language: str) -> None:
    words = {"da": "Ingen læser dine svar med det samme", "en": "Nobody reads your answers straight away"}[language]
    for text, number in ((guide(language), "112"), (leaflet(language), "$emergency")):
        assert words in text
        assert number in text


def test_the_times_are_those_of_the_usual_window() -> None:
    assert 'opens = "18:00"\ncloses = "+1 03:00"\nlate_until = "+1 12:00"' in study_text("mesrix-more")
    assert "klokken 18" in guide("da")
    assert "18:00" in guide("en")
    assert all("12" in leaflet(language) for language in LANGUAGES)


def test_the_leaflet_says_the_hours_and_questions_of_the_study() -> None:
    study = parse_study(study_text("mesrix-more").replace('"18:00"', '"13:30"'), file="study.toml")
    english, danish = (printed(study, study.sites[0], language) for language in ("en", "da"))
    assert "you answer six short questions" in english
    assert "open from 13:30 to 03:00" in english
    assert "svarer du på seks korte spørgsmål" in danish
    assert "fra klokken 13.30 til 03.00" in danish
    assert [text.count("$") for text in (english, danish)] == [0, 0]
