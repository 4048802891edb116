"""What a language has to bring along, wherever it is kept; a new one is told here what it lacks (docs/changing.md)."""

import re
from pathlib import Path

import pytest

from diary_app.core.languages import LANGUAGES, Language
from diary_app.core.wording import format_day
from server.console.dates import Calendar
from server.console.words import LANGUAGE_NAMES
from tests.core.test_wording import SUNDAY

ROOT = Path(__file__).parents[2]
WEB = ROOT / "diary_app/web"
ALL = pytest.mark.parametrize("language", LANGUAGES.values(), ids=list(LANGUAGES))


def read(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def said_in(file: str, name: str) -> dict[str, list[str]]:
    """The keys of what a script says, by language."""
    table = re.search(rf"^const {name} = \{{\n(.*?)^\}}", read(file), re.MULTILINE | re.DOTALL)
    assert table, f"{file} has no {name}"
    spoken = re.findall(r"^  (\w\w): \{(.*?)\}[,\n]", table[1], re.MULTILINE | re.DOTALL)
    return {code: re.findall(r"(\w+): \"", words) for code, words in spoken}


@ALL
def test_a_language_names_every_month_and_where_it_stands(language: Language) -> None:
    assert LANGUAGES[language.code] is language
    assert len(set(language.months)) == 12
    assert language.date.format(day=22, month="x") != language.date.format(day=23, month="x")
    assert "{weekday}" in language.night


@ALL
def test_the_console_writes_a_day_as_the_app_does(language: Language) -> None:
    assert Calendar(language.code, "Etc/UTC", SUNDAY).day(SUNDAY) == format_day(SUNDAY, language.code)


def test_the_console_has_a_name_for_every_language() -> None:
    assert set(LANGUAGE_NAMES) == set(LANGUAGES), "server/console/words.py, LANGUAGE_NAMES"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("diary_app/web/shell/words.js", "DIARY_SAYS"),
        ("diary_app/web/worker/versions.js", "OFFER_WORDS"),
        ("diary_app/web/worker/reminders.js", "NEUTRAL_WORDS"),
    ],
)
def test_what_is_said_without_the_app_is_said_in_every_language(file: str, name: str) -> None:
    said = said_in(file, name)
    assert set(said) == set(LANGUAGES), f"{file}, {name}"
    assert {tuple(words) for words in said.values()} == {tuple(said["en"])}
    assert said["en"]


def test_the_worker_knows_every_language() -> None:
    file = "diary_app/web/worker/files.js"
    listed = re.search(r"^const BESIDE_ENGLISH = \[(.*)\];$", read(file), re.MULTILINE)
    assert listed
    assert set(re.findall(r'"(\w+)"', listed[1])) == set(LANGUAGES) - {"en"}, file


@ALL
def test_a_language_has_a_leaflet_with_the_same_places(language: Language) -> None:
    own = f"docs/leaflet/leaflet.{language.code}.html"
    assert (ROOT / own).exists(), own
    places = [set(re.findall(r"\$\{?\w+", read(file))) for file in (own, "docs/leaflet/leaflet.en.html")]
    assert places[0] == places[1]


@ALL
def test_native_builds_name_every_language(language: Language) -> None:
    lists = re.findall(r"CFBundleLocalizations = \[(.*)\]", read("pyproject.toml"))
    assert len(lists) == 2
    assert all(f'"{language.code}"' in one for one in lists), "pyproject.toml, CFBundleLocalizations"
