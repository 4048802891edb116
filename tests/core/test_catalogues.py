"""Catalogues: what they read, what they compile to, and that Danish lacks nothing."""

import re
import runpy
from collections.abc import Callable
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.catalogue import CatalogueInvalid, catalogue_from, compile_po, read_po
from diary_app.resources import LANGUAGES, catalogue, data, instruments
from diary_app.web.catalogues import compile_catalogue, compile_catalogues

ROOT = Path(__file__).parents[2]
SCRIPT: dict[str, Any] = runpy.run_path(str(ROOT / "scripts/catalogues.py"))
HEADER = (
    'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
DOMAINS = ["diary", "console"]
TRANSLATED = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"\{\w+\}")


def po(domain: str, language: str = "da") -> str:
    return data(f"translations/{language}/LC_MESSAGES/{domain}.po").decode()


def test_a_translation_is_found_with_its_placeholders_filled_in() -> None:
    danish = catalogue_from("da", compile_po(HEADER + 'msgid "Hello {name}"\nmsgstr "Hej {name}"\n'))
    assert danish.text("Hello {name}", name="Alice") == "Hej Alice"


@pytest.mark.parametrize(
    ("day", "said"),
    [("3. dec.", "Fra 3. dec. Intet."), ("i dag", "Fra i dag. Intet."), ("../x ...", "Fra ../x .... Intet.")],
)
def test_a_sentence_that_ends_with_an_abbreviation_has_one_point(day: str, said: str) -> None:
    danish = catalogue_from("da", compile_po(HEADER + 'msgid "From {day}. No."\nmsgstr "Fra {day}. Intet."\n'))
    assert danish.text("From {day}. No.", day=day) == said


def test_a_counted_sentence_that_ends_with_an_abbreviation_has_one_point() -> None:
    danish = catalogue_from("da", compile_po(HEADER))
    said = danish.count("{number} evening until {day}.", "{number} evenings until {day}.", 2, day="3. dec.")
    assert said == "2 evenings until 3. dec."


def test_what_has_no_translation_appears_in_english() -> None:
    danish = catalogue_from("da", compile_po(HEADER + 'msgid "Back"\nmsgstr ""\n'))
    assert (danish.text("Back"), danish.text("Next"), danish.text("")) == ("Back", "Next", "")


@pytest.mark.parametrize(("number", "text"), [(0, "0 dage"), (1, "1 dag"), (2, "2 dage")])
def test_each_number_has_its_form(number: int, text: str) -> None:
    lines = 'msgid "{number} day"\nmsgid_plural "{number} days"\nmsgstr[0] "{number} dag"\nmsgstr[1] "{number} dage"\n'
    danish = catalogue_from("da", compile_po(HEADER + lines))
    assert danish.count("{number} day", "{number} days", number) == text


def test_english_counts_without_a_catalogue() -> None:
    english = catalogue("en")
    assert [english.count("{number} day", "{number} days", n) for n in (1, 2)] == ["1 day", "2 days"]


def test_texts_over_several_lines_are_joined() -> None:
    _, message = read_po(HEADER + 'msgid ""\n"One "\n"two\\n"\n# a comment\nmsgstr "En \\"to\\""\n')
    assert (message.id, message.texts) == ("One two\n", ('En "to"',))


@pytest.mark.parametrize("bad", ['msgid "a', "msgid a", '"floating"', 'msgctxt "x"'])
def test_a_broken_catalogue_names_its_line(bad: str) -> None:
    with pytest.raises(CatalogueInvalid, match="line 2"):
        read_po(f"# first\n{bad}\n")


@pytest.mark.parametrize(
    "left", ['msgid "Day"\nmsgstr "Dag"\n', 'msgid "Day"\nmsgid_plural "Days"\nmsgstr[0] "Dag"\nmsgstr[1] "Dage"\n']
)
def test_a_translation_that_a_merge_left_behind_is_refused(left: str) -> None:
    """It would be shown instead of the right one."""
    with pytest.raises(CatalogueInvalid, match="translation already"):
        read_po(f'{left}msgstr "Uge"\n')


def test_compiling_gives_the_same_bytes_whatever_the_order() -> None:
    one, two = 'msgid "a"\nmsgstr "x"\n\n', 'msgid "b"\nmsgstr "y"\n\n'
    assert compile_po(HEADER + one + two) == compile_po(HEADER + two + one)


def test_the_build_compiles_every_catalogue(tmp_path: Path) -> None:
    made = compile_catalogues(ROOT / "assets/translations", tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in made} == {
        f"{language}/LC_MESSAGES/{domain}.mo" for language in TRANSLATED for domain in DOMAINS
    }
    with (tmp_path / "da/LC_MESSAGES/diary.mo").open("rb") as file:
        assert GNUTranslations(file).gettext("I did not speak") == "Jeg har ikke talt"


def test_one_catalogue_compiles_as_in_a_checkout() -> None:
    compiled = catalogue_from("da", compile_catalogue(po("diary").encode()))
    assert compiled.text("Not dry at all") == catalogue("da").text("Not dry at all")


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_translation_is_empty_or_doubled(domain: str) -> None:
    messages = read_po(po(domain))
    assert [message.id for message in messages if not all(message.texts)] == []
    ids = [message.id for message in messages]
    assert [id for id in ids if ids.count(id) > 1] == []  # noqa: A001


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_every_placeholder(domain: str, language: str) -> None:
    for message in read_po(po(domain, language))[1:]:
        expected = set(PLACEHOLDER.findall(message.plural or message.id))
        for text in filter(None, message.texts[-1:]):
            assert set(PLACEHOLDER.findall(text)) == expected, message.id


def test_danish_staff_excuse_days_and_never_apologise_to_them() -> None:
    """To excuse an evening is `fritage`; `undskyld` is what one says to a person."""
    said = {message.id: " ".join(message.texts) for message in read_po(po("console"))}
    excusing = {name: words for name, words in said.items() if re.search(r"\bexcus", name, re.IGNORECASE)}
    assert len(excusing) > 10
    assert [name for name, words in excusing.items() if "undskyld" in words.lower()] == []
    assert "Fritag" in said["Excuse it when it has come, up to {days} days later."]


def test_every_text_of_our_own_questions_is_in_danish() -> None:
    danish = {message.id for message in read_po(po("diary"))}
    assert [text for one in instruments() for text in one.messages if text not in danish] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_in_the_sources_is_in_danish(domain: str) -> None:
    missing: Callable[..., list[Any]] = SCRIPT["missing"]
    assert missing(SCRIPT["DOMAINS"][domain](), read_po(po(domain))) == []


def test_a_counted_message_is_missing_until_both_forms_stand_in_one_entry() -> None:
    """In entries of their own nothing would find them: the number would be told in English."""
    uses = list(SCRIPT["messages_in_python"]('count("{number} day", "{number} days", n)', "here.py"))
    apart = read_po('msgid "{number} day"\nmsgstr "{number} dag"\n\nmsgid "{number} days"\nmsgstr "{number} dage"\n')
    assert [use.message for use in SCRIPT["missing"](uses, apart)] == ["{number} day"]


def test_entries_to_be_translated_are_found_by_the_app() -> None:
    uses = list(SCRIPT["messages_in_python"]('say("Back"); count("{number} day", "{number} days", n)', "here.py"))
    added = SCRIPT["entries"](SCRIPT["missing"](uses, ()), ())
    swedish = catalogue_from("sv", compile_po(SCRIPT["begun"]("sv") + added.replace('""', '"{number} dagar"')))
    assert swedish.count("{number} day", "{number} days", 2) == "2 dagar"
    assert swedish.text("Back") != "Back"


def test_entries_that_wait_to_be_translated_are_added_once() -> None:
    uses = list(SCRIPT["messages_in_python"]('say("Back"); count("{number} day", "{number} days", n)', "here.py"))
    waiting = read_po(SCRIPT["entries"](SCRIPT["missing"](uses, ()), ()))
    assert SCRIPT["entries"](SCRIPT["missing"](uses, waiting), waiting) == ""


def test_a_catalogue_that_is_begun_speaks_english() -> None:
    swedish = catalogue_from("sv", compile_po(SCRIPT["begun"]("sv")))
    assert (swedish.text("Back"), swedish.has("Back")) == ("Back", False)


def test_the_scan_finds_calls_in_python() -> None:
    source = 'say("One"); self.say("Two"); count("{number} day", "{number} days", n); other("no"); "x".count("y")'
    uses = SCRIPT["messages_in_python"](source, "here.py")
    assert {use.message for use in uses} == {"One", "Two", "{number} day", "{number} days"}


def test_the_scan_finds_messages_kept_in_constants() -> None:
    source = 'NAMES: dict[str, str] = {"key": "done"}\nTEXT = Told("Saved", 3)\nEDGE = 24\nlower = "no"\n'
    uses = SCRIPT["messages_in_constants"](source, "here.py")
    assert [(use.message, use.place) for use in uses] == [("done", "here.py:1"), ("Saved", "here.py:2")]


def test_the_scan_finds_calls_in_templates() -> None:
    source = "<p>{{ t('Log out') }}</p>\n{{ count(\"{number} day\", '{number} days', n) }} {{ text }}"
    uses = {(use.message, use.place) for use in SCRIPT["messages_in_template"](source, "page.html")}
    assert uses == {("Log out", "page.html:1"), ("{number} day", "page.html:2"), ("{number} days", "page.html:2")}
