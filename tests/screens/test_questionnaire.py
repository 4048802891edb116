"""One questionnaire being filled in, as a pure value."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from diary_app import resources
from diary_app.core.entries import FilledBy, LateReason, Skip
from diary_app.core.windows import DiaryDay
from diary_app.questionnaire import Filling, answer_from, value_of

OPENS = datetime(2026, 11, 22, 17, tzinfo=UTC)
END = OPENS + timedelta(hours=9)
DAY = DiaryDay("DMD", date(2026, 11, 22), "evening", "Europe/Copenhagen", OPENS, END, OPENS + timedelta(hours=18))
EMPTY = Filling(resources.instrument("DMD", "1.0"), DAY)
HALF = EMPTY.answered("DMD01", 7).answered("DMD03", Skip.PREFER_NOT)


@pytest.mark.parametrize("answer", [0, 10, Skip.PREFER_NOT, Skip.NOT_APPLICABLE])
def test_an_answer_survives_being_the_value_of_a_radio(answer: int | Skip) -> None:
    assert answer_from(value_of(answer) or "") == answer


def test_the_first_unanswered_question_is_where_to_go_on() -> None:
    assert (EMPTY.first_unanswered(), HALF.first_unanswered()) == (1, 2)


def test_an_entry_is_complete_when_every_question_has_an_answer_or_a_reason() -> None:
    full = replace(EMPTY, answers=dict.fromkeys(EMPTY.instrument.item_codes, Skip.PREFER_NOT))
    assert (HALF.complete, full.complete, full.first_unanswered()) == (False, True, 6)


def test_answers_of_another_version_are_taken_over_where_this_one_asks_for_them() -> None:
    newer = EMPTY.instrument.model_copy(update={"version": "1.1", "items": EMPTY.instrument.items[1:]})
    draft = replace(EMPTY, answers={"DMD01": 7, "DMD03": 2, "DMD06": 4}).draft()
    for filling in (
        replace(EMPTY, instrument=newer).resumed(draft),
        replace(EMPTY, instrument=newer).begun_with({"DMD01": 7, "DMD03": 2, "DMD06": 4, "DMD02": 99}),
    ):
        assert filling.answers == {"DMD03": 2, "DMD06": 4}
        assert filling.first_unanswered() == 1


def test_a_number_that_does_not_exist_is_the_nearest_that_does() -> None:
    assert [EMPTY.item(number).code for number in (-3, 1, 6, 99)] == ["DMD01", "DMD01", "DMD06", "DMD06"]


def test_time_on_a_page_adds_up() -> None:
    assert EMPTY.timed("DMD01", 900).timed("DMD01", 600).page_ms == {"DMD01": 1500}


def test_a_clock_that_went_back_takes_no_time_away() -> None:
    assert EMPTY.timed("DMD01", 900).timed("DMD01", -5000).page_ms == {"DMD01": 900}


def test_a_draft_brings_everything_back() -> None:
    done = replace(HALF, filled_by=FilledBy.SOMEONE_TAPPED, late_reason=LateReason.UNWELL).timed("DMD01", 900)
    assert EMPTY.resumed(done.draft()) == done


@pytest.mark.parametrize(
    "draft", [{}, {"answers": 3}, {**HALF.draft(), "filled_by": "nobody"}, {**HALF.draft(), "answers": {"DMD01": "x"}}]
)
def test_a_draft_that_cannot_be_read_is_no_draft(draft: dict[str, object]) -> None:
    assert EMPTY.resumed(draft) == EMPTY


def test_a_first_version_changes_nothing() -> None:
    assert HALF.changes() == ()
