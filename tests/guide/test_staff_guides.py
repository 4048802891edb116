"""The guides for staff: the words of the console, and pictures that exist."""

import re
from pathlib import Path

import pytest

from diary_app.core.catalogue import read_po

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("coordinator-guide.md", "investigator-guide.md")
#: Bold words that are headings of a paragraph.
OWN = re.compile(r".*[.:]$")


def text_of(guide: str) -> str:
    return re.sub(r"\s+", " ", (DOCS / guide).read_text(encoding="utf-8"))


def words_of_the_console() -> set[str]:
    catalogue = DOCS.parent / "assets/translations/da/LC_MESSAGES/console.po"
    return {one.id.casefold().rstrip(":") for one in read_po(catalogue.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("guide", GUIDES)
def test_what_is_bold_stands_on_a_page(guide: str) -> None:
    bold = [words for words in re.findall(r"\*\*(.+?)\*\*", text_of(guide)) if not OWN.fullmatch(words)]
    assert len(bold) > 8
    assert [words for words in bold if words.casefold() not in words_of_the_console()] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_picture_is_there(guide: str) -> None:
    pictures = re.findall(r"\]\((pictures/[^)]+)\)", text_of(guide))
    assert len(pictures) > 4
    assert [one for one in pictures if not (DOCS / one).is_file()] == []
