"""Enrolment in storms: its messages suffer and its phone is killed over it, and the code works all the same."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, RequestRefused
from server.intake import enrol
from server.simulate.storm.counts import Kind
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


def handed_out(fates: list[str], dies_after: int | None = None) -> Story:
    """Another phone on the second day, with evenings before and after it."""
    story = Story()
    story.fills_in(1)
    story.happens(2, 12, Do.NEW_PHONE, enrols=fates, dies_after=dies_after)
    story.fills_in(2)
    return story


def used_codes_are_refused() -> AbstractContextManager[Any]:
    """Also to the phone that used them, and did not hear so."""

    def refuse(*_: Any) -> Any:
        raise RequestRefused(Code.CODE_USED, "This code was used.", "Ask for a new one.")

    return patch.object(enrol, "_asked_again", refuse)


@pytest.mark.parametrize("fates", [["lost", "unanswered"], ["cut_answer", "twice"], ["late:1", "cut_request"]])
async def test_a_code_works_whatever_becomes_of_the_messages(tmp_path: Path, fates: list[str]) -> None:
    story = handed_out(fates)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.storm.network.befell[Kind.ENROLMENT_ASTRAY] == 2
    assert [ended.states()[story.date(day)] for day in (1, 2)] == ["done", "done"]
    assert ended.found == []


@pytest.mark.parametrize("dies_after", [3, 8, 14])
async def test_a_phone_that_is_killed_over_its_enrolment_enrols(tmp_path: Path, dies_after: int) -> None:
    story = handed_out(["unanswered"], dies_after)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.PHONE_KILLED_ENROLLING] == 1
    assert [ended.states()[story.date(day)] for day in (1, 2)] == ["done", "done"]
    assert ended.found == []


async def test_a_code_that_is_used_up_by_a_lost_answer_is_found(tmp_path: Path) -> None:
    with used_codes_are_refused():
        ended = await lived_through(handed_out(["unanswered"]).plan(days=3), tmp_path)
    ended.storm.close()
    assert any("was refused its enrolment" in one for one in ended.found), ended.found
