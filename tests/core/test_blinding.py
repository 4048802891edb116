"""Nothing that ships could unmask a participant or show licensed words."""

import re
from pathlib import Path

import pytest

from diary_app.core.instruments import Wording
from diary_app.resources import instruments

ASSETS = Path(__file__).parents[2] / "assets"
TEXTS = sorted(path for ending in ("*.toml", "*.po") for path in ASSETS.rglob(ending))
# The study's public title names its treatments, never which one somebody gets.
ARM_WORDS = re.compile(
    r"\b(?:placebo|verum|sham|arm|stem cells?|stamceller|dmso|active treatment|allocation)\b", re.IGNORECASE
)
FREE_TEXT = re.compile(r'kind\s*=\s*"(?:text|free_text|string|comment)"')


def without_comments(path: Path) -> str:
    return "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def test_there_is_something_to_scan() -> None:
    assert {path.name for path in TEXTS} >= {"mesrix-more.toml", "dmd-1.0.toml", "diary.po", "console.po"}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_arm_is_named(path: Path) -> None:
    assert ARM_WORDS.findall(without_comments(path)) == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_question_takes_free_text(path: Path) -> None:
    assert FREE_TEXT.findall(path.read_text(encoding="utf-8")) == []


def test_licensed_questions_carry_no_words() -> None:
    licensed = [one for one in instruments() if one.wording is Wording.LICENSED]
    shown = [text for one in licensed for item in one.items for text in (*item.all_texts, item.low_label)]
    assert len(licensed) == 7
    assert [text for text in shown if text] == []


def test_our_labels_of_licensed_questions_are_no_sentences() -> None:
    labels = [item.short for one in instruments() if one.wording is Wording.LICENSED for item in one.items]
    sentence = re.compile(r"[?!.]|\b(?:I|my|you|your|have|did|do|does|is|are|was|were|been)\b", re.IGNORECASE)
    assert [label for label in labels if sentence.search(label)] == []


def test_no_licence_or_wording_file_is_part_of_the_program() -> None:
    assert [path.name for path in ASSETS.rglob("*.toml") if ".licence." in path.name or ".wording." in path.name] == []
