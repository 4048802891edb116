"""What the dictionaries say: of what staff typed, of every code that a cell may have, and what a cell may be."""

import re

import pytest

from diary_app.core.entries import LateReason, Skip
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import UnknownReason
from diary_app.core.paper import PaperReason
from diary_app.resources import instruments
from server.export import dictionary
from server.export.csv_columns import answer_columns
from server.export.dictionary import Column
from server.export.trail_columns import ASIDE, CHANGES
from server.intake.set_aside_words import WHY


def test_what_staff_typed_is_never_said_to_be_paper_alone() -> None:
    named = vars(dictionary).values()
    columns = [column for one in named if isinstance(one, tuple) for column in one if isinstance(column, Column)]
    columns += dictionary.rate_columns()
    told = [(column.name, column.meaning) for column in columns if re.search(r"\bpaper\b", column.meaning)]
    assert {"mode", "originator", "paper_reason", "app_version"} <= {name for name, _ in told}
    assert [one for one in told if "interview" not in one[1]] == []


@pytest.mark.parametrize(
    ("columns", "name", "codes"),
    [
        (dictionary.STATE, "reason", (*UnknownReason, *ExcuseReason)),
        (dictionary.CAPTURE, "late_reason", tuple(LateReason)),
        (dictionary.CAPTURE, "paper_reason", tuple(PaperReason)),
        (answer_columns(instruments()), "DMD01", tuple(Skip)),
        (CHANGES, "code", tuple(WHY)),
        (ASIDE, "code", tuple(WHY)),
    ],
)
def test_every_code_of_a_column_is_named(columns: tuple[Column, ...], name: str, codes: tuple[str, ...]) -> None:
    (column,) = [one for one in columns if one.name == name]
    assert [code for code in codes if not re.search(rf"\b{code}\b", column.meaning)] == []


def test_what_may_be_a_code_is_not_called_a_number() -> None:
    kinds = {one.name: one.kind for one in (*answer_columns(instruments()), *dictionary.ANSWER)}
    assert (kinds["DMD01"], kinds["value_as_given"]) == (dictionary.NUMBER_OR_CODE, dictionary.NUMBER_OR_CODE)
    assert (kinds["value"], kinds["DMDTOT_answered"]) == ("whole number", "whole number")
