"""Storms in which staff put entries right: what must follow is seen to follow, in the database and in a bundle."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

DAYS = 10


def put_right(*, answers: bool = False) -> Story:
    """Day 1 is answered anew, day 2 void, day 3 moved to day 4, day 5 typed from paper, 6 excused, 7 forgotten."""
    story = Story()
    for day in (1, 2, 3):
        story.fills_in(day)
    story.happens(5, 12, Do.CORRECT, day=story.date(1), what="item", to="")
    story.happens(5, 13, Do.CORRECT, day=story.date(2), what="void", to="")
    story.happens(5, 14, Do.CORRECT, day=story.date(3), what="day", to=story.date(4))
    if answers:
        story.happens(5, 15, Do.SYNC, fates=[])
        story.happens(5, 16, Do.ANSWER, answer="right")
        story.happens(5, 17, Do.SYNC, fates=[])
    story.happens(6, 12, Do.TYPE_SHEET, day=story.date(5), hour=19, value=4)
    story.happens(6, 13, Do.DECIDE, approves=True)
    story.happens(7, 12, Do.EXCUSE, day=story.date(6))
    return story


@pytest.mark.parametrize("answers", [False, True])
async def test_what_staff_put_right_counts(tmp_path: Path, answers: bool) -> None:
    story = put_right(answers=answers)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    states = ended.states()
    of_days = [states[story.date(day)] for day in range(1, 8)]
    assert of_days == ["done", "missed", "missed", "done", "done", "excused", "missed"]
    decided = ended.storm.desk.decided
    assert (len(decided.answers), len(decided.moved), len(decided.sheets), len(decided.excused)) == (1, 2, 1, 1)
    acknowledged = [one for one in ended.storm.ledger.records.values() if one.kind == "acknowledgement"]
    assert len(acknowledged) == (3 if answers else 0)
    assert ended.found == []


async def test_what_was_set_aside_and_accepted_counts(tmp_path: Path) -> None:
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.fills_in(1)
    story.happens(2, 18, Do.FILL, phone="clone", day=story.date(2), value=3)
    story.happens(2, 19, Do.SYNC, phone="clone", fates=[])
    story.happens(3, 12, Do.ACCEPT_ASIDE)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    (accepted,) = ended.storm.desk.decided.accepted
    assert str(ended.storm.ledger.records[accepted].day) == story.date(2)
    assert ended.states()[story.date(2)] == "done"
    assert ended.found == []


def accepted_and_looked_at_again() -> Story:
    """What the copy of a phone sent, which counts for a day."""
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.fills_in(1)
    story.happens(2, 18, Do.FILL, phone="clone", day=story.date(2), value=3)
    story.happens(2, 19, Do.SYNC, phone="clone", fates=[])
    story.happens(3, 12, Do.ACCEPT_ASIDE)
    story.happens(4, 12, Do.REOPEN)
    return story


async def test_what_is_looked_at_again_counts_no_more(tmp_path: Path) -> None:
    story = accepted_and_looked_at_again()
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.REOPENED] == 1
    assert ended.states()[story.date(2)] == "unknown"


def test_a_bundle_of_what_was_put_right_holds() -> None:
    assert lived(put_right().plan(DAYS)) == []


def answered_anew() -> Story:
    """Day 1 alone."""
    story = Story()
    story.fills_in(1)
    story.happens(3, 12, Do.CORRECT, day=story.date(1), what="item", to="")
    story.happens(3, 13, Do.DECIDE, approves=True)
    return story


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (planted.export_knows_no_corrections, put_right, "no bundle could be made"),
        (planted.export_knows_no_corrections, answered_anew, "the bundle has 3 as DMD01"),
        (planted.export_leaves_out_empty_days, put_right, "missed, and the account"),
        (planted.export_leaves_out_answers, put_right, "no row for any of its answers"),
        (planted.reopened_for_nothing, accepted_and_looked_at_again, "nothing stands on it"),
        (planted.approved_correction_grades_nothing, put_right, "which staff took from it"),
    ],
)
def test_a_planted_fault_is_caught(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found
