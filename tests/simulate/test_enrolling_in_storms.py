"""Enrolment in storms: its messages suffer and its phone is killed over it, and the code works all the same."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, RequestRefused
from server.intake import enrol, installations
from server.simulate.storm.counts import Kind
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import HOUSE, Do, Plan
from tests.simulate.stories import Story, lived_through


def handed_out(fates: list[str], dies_after: int | None = None) -> Story:
    """Another phone on the second day, with evenings before and after it."""
    story = Story()
    story.fills_in(1)
    story.happens(2, 12, Do.NEW_PHONE, enrols=fates, dies_after=dies_after)
    story.fills_in(2)
    return story


def handed_out_while_full() -> Story:
    """The last pages have room for some codes; of the answer that there is no more of it, half arrives."""
    story = Story()
    story.befalls_server(2, 11, Do.SERVER_FULL)
    for number in range(8):
        story.happens(2, 12 + number / 10, Do.NEW_PHONE, enrols=["cut_answer"] * 2)
    story.befalls_server(2, 13, Do.SERVER_FREE)
    story.happens(2, 14, Do.NEW_PHONE)
    story.fills_in(2)
    return story


def new_codes_find_the_server_busy() -> AbstractContextManager[Any]:
    """Whatever room there is."""

    def refuse(*_: Any) -> Any:
        raise RequestRefused(Code.SERVER_BUSY, "The server has more to do than it can.", "Try again in a moment.")

    return patch("server.api.enrol.enrol", refuse)


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


async def test_a_refusal_for_want_of_room_that_is_cut_short_is_one(tmp_path: Path) -> None:
    story = handed_out_while_full()
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.storm.house.befell[Kind.SERVER_FULL] > 0
    assert ended.states()[story.date(2)] == "done"
    assert ended.found == []


async def test_a_server_that_is_busy_whenever_a_code_comes_is_found(tmp_path: Path) -> None:
    with new_codes_find_the_server_busy():
        ended = await lived_through(handed_out([]).plan(days=3), tmp_path)
    ended.storm.close()
    assert any("was refused its enrolment" in one for one in ended.found), ended.found


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


#: Around the step with which the phone has completed its enrolment.
@pytest.mark.parametrize("dies_after", range(20, 36, 3))
async def test_a_phone_that_was_forgotten_and_killed_once_enrolled_again_types_no_code_twice(
    tmp_path: Path, dies_after: int
) -> None:
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.befalls_server(1, 8, Do.BACK_UP)
    story.happens(2, 11, Do.NEW_CODE, fates=[])
    story.befalls_server(2, 18, Do.RESTORE)
    story.happens(3, 22, Do.SYNC, fates=[])
    story.happens(4, 12, Do.NEW_CODE, fates=[], enrols=[], dies_after=dies_after)
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.PHONE_KILLED_ENROLLING] == 1
    assert ended.found == []


def forgotten_before_it_heard(dies_after: int | None = None) -> Story:
    """A phone goes on with a second code; the database goes back behind it, and a third is typed at once."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.befalls_server(1, 8, Do.BACK_UP)
    story.fills_in(1)
    story.happens(2, 11, Do.FORGET_PIN)
    story.happens(2, 12, Do.NEW_CODE, fates=[])
    story.fills_in(2)
    story.fills_in(3, sends=False)
    story.befalls_server(4, 8, Do.RESTORE)
    story.happens(4, 11, Do.FORGET_PIN)
    story.happens(4, 12, Do.NEW_CODE, fates=[], enrols=[], dies_after=dies_after)
    story.fills_in(4)
    return story


def nobody_vouches() -> AbstractContextManager[Any]:
    """What a restored server has forgotten is left to rescue files."""
    return patch("server.intake.sync.take_in_former", lambda *_: None)


#: Never, while it enrols, and at steps of the sync that follows.
@pytest.mark.parametrize("dies_after", [None, *range(6, 100, 8)])
async def test_a_code_typed_before_a_forgotten_phone_has_heard_so_leaves_nothing_behind(
    tmp_path: Path, dies_after: int | None
) -> None:
    story = forgotten_before_it_heard(dies_after)
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.PHONE_KILLED_ENROLLING] == (dies_after is not None)
    assert [ended.states()[story.date(day)] for day in range(1, 5)] == ["done"] * 4
    assert ended.found == []


async def test_what_a_forgotten_phone_held_and_nobody_vouched_for_is_found(tmp_path: Path) -> None:
    with nobody_vouches():
        ended = await lived_through(forgotten_before_it_heard().plan(days=6), tmp_path)
    ended.storm.close()
    assert any("could not send what it holds" in one for one in ended.found), ended.found


def another_phone_days_later() -> Plan:
    """A phone went on under another id, as its clock was set back, and holds two records when its storage is emptied.

    It was enrolled six days before; of that seed it is one person, until the new phone is handed out.
    """
    plan = draw(90205, people=3, days=16)
    until = plan.begins + timedelta(days=8)
    kept = plan.only(step for step in plan.steps if step.who in ("002", HOUSE) and step.at < until)
    return replace(kept, ends=until)


def from_its_newest_id() -> AbstractContextManager[Any]:
    """The two days in which a first phone has to have sent begin whenever it goes on under another id."""
    return patch.object(installations, "enrolled_at", lambda _, device: device.active_from)


def test_a_new_code_works_though_the_phone_before_went_on_under_another_id() -> None:
    assert lived(another_phone_days_later()) == []


def test_a_code_refused_for_an_id_that_nobody_enrolled_is_found() -> None:
    with from_its_newest_id():
        found = lived(another_phone_days_later())
    assert any("was refused its enrolment by a new code" in one for one in found), found
