"""What is said of a score is its rule: by hand for each shape, and in the dictionary beside the data."""

from pathlib import Path
from typing import Any

import pytest

from diary_app import resources
from diary_app.core.instruments import ScoreRule
from server.export.csv_part import open_csv
from server.export.score_words import words_of, words_of_scores
from tests.export.conftest import Files
from tests.export.weeks_lived import Staged

ASKED = ("A1", "A2", "A3", "A4")
DMD = resources.instrument("DMD", "1.0")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"items": ("A2",), "method": "item", "needed": 1}, "the answer to A2"),
        ({"items": ASKED, "method": "mean", "needed": 3}, "mean of A1 to A4, at least 3 of 4 answered"),
        ({"items": ("A1", "A3", "A4"), "method": "sum", "needed": 3}, "sum of A1, A3 and A4, all 3 answered"),
        (
            {"items": ("A1", "A2"), "method": "sum", "needed": 1, "pro_rata": True},
            "sum of A1 and A2, scaled up to 2 questions where fewer were answered, at least 1 of 2 answered",
        ),
        (
            {"items": ASKED[1:], "method": "mean", "needed": 2, "from_range": (1, 4), "to_range": (0, 100)},
            "mean of A2 to A4, from 1 to 4 mapped linearly onto 0 to 100, at least 2 of 3 answered",
        ),
    ],
)
def test_a_rule_is_told_in_words(said: dict[str, Any], words: str) -> None:
    assert words_of(ScoreRule(code="SCORE", label="Score", source="made up", **said), ASKED) == words


def test_rules_that_differ_are_told_by_their_version() -> None:
    rule = DMD.scores[1].model_copy(update={"needed": 5})
    later = DMD.model_copy(update={"version": "2.0", "scoring_version": "2", "scores": (DMD.scores[0], rule)})
    words = words_of_scores([later, DMD])
    assert words["DMDDRY"] == "the answer to DMD01"
    assert words["DMDTOT"] == (
        f"version {DMD.scoring_version}: mean of DMD01 to DMD05 x 10, at least 4 of 5 answered; "
        "version 2: mean of DMD01 to DMD05 x 10, all 5 answered"
    )


def test_the_dictionary_says_how_a_score_is_made(weeks: Staged, tmp_path: Path) -> None:
    weeks.write(open_csv, tmp_path / "csv")
    (told,) = [row["meaning"] for row in Files(tmp_path / "csv").dictionary if row["column"] == "DMDTOT_score"]
    assert told == "Dry Mouth Diary Total (Exploratory): mean of DMD01 to DMD05 x 10, at least 4 of 5 answered"
