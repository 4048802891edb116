"""Reminders in storms: each fault that is planted is caught by the check that names it, on the seed that is named."""

from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted_reminders as planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through
from tests.simulate.test_storm import DAYS, PEOPLE

pytestmark = pytest.mark.usefixtures("quiet")

CAUGHT: list[tuple[Planted, int, str]] = [
    (planted.leave_twice, 202, "once more at"),
    (planted.leave_only_by_word, 202, "says the server, and was not"),
    (planted.are_early, 202, "when its window was not open"),
    (planted.come_at_night, 200, "in quiet hours"),
    (planted.go_by_the_clock_at_home, 221, "in quiet hours"),
    (planted.outlive_the_participant, 206, "after the end"),
    (planted.are_about_what_nobody_expects, 245, "which was not expected"),
    (planted.outlive_the_answer, 200, "after the answer had come"),
    (planted.are_not_written_down, 201, "once more at"),
    (planted.are_forgotten_on_wednesdays, 209, "though nothing was in the way"),
]


@pytest.mark.parametrize(("plant", "seed", "words"), CAUGHT, ids=lambda one: getattr(one, "__name__", None))
def test_a_planted_fault_of_reminders_is_caught(plant: Planted, seed: int, words: str) -> None:
    with plant():
        found = lived(draw(seed, PEOPLE, DAYS))
    assert any(words in one for one in found), found


async def test_a_message_whose_answer_was_lost_leaves_once_more(tmp_path: Path) -> None:
    story = Story()
    story.befalls_server(2, 19, Do.MAIL_UNANSWERED, messages=1)
    for minutes in (4, 8, 14):
        story.befalls_server(2, 19 + minutes / 60, Do.RUN_JOBS)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    left = [one.mark for one in ended.storm.house.post.left]
    assert len(left) == len(set(left)) + 1
    assert ended.storm.house.befell[Kind.MAIL_UNANSWERED] == 1
    assert ended.found == []


async def test_one_who_had_lost_the_answer_reminds_although_the_answer_comes_back_later(tmp_path: Path) -> None:
    """The snapshot of the afternoon holds the entry, the backup of the night before does not."""
    story = Story()
    story.befalls_server(2, 1, Do.BACK_UP)
    story.fills_in(2, hour=17.2)
    story.befalls_server(2, 17.5, Do.SNAPSHOT)
    story.befalls_server(2, 18, Do.RESTORE)
    story.fills_in(4)
    story.befalls_server(5, 12, Do.PUT_BACK)
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    after_the_restore = [one for one in ended.storm.house.post.left if f"{one.at:%Y-%m-%d}" == story.date(2)]
    assert after_the_restore
    assert ended.found == []


async def test_nobody_counts_as_forgotten_whose_answer_a_database_that_went_back_has_lost(tmp_path: Path) -> None:
    """It had come before the reminder was due, and comes again after the restore."""
    story = Story()
    story.befalls_server(2, 1.2, Do.BACK_UP)
    story.fills_in(3, 17)
    story.befalls_server(5, 12, Do.RESTORE)
    story.fills_in(5, 17)
    ended = await lived_through(story.plan(days=8), tmp_path)
    ended.storm.close()
    assert len(ended.storm.house.went_back) == 1
    assert ended.found == []
