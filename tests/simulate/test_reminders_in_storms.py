"""Reminders in storms: each fault that is planted is caught by the check that names it, on the seed that is named."""

import pytest

from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from tests.simulate import planted_reminders as planted
from tests.simulate.planted import Planted
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
    (planted.outlive_the_answer, 204, "after the answer had come"),
    (planted.are_forgotten_on_wednesdays, 200, "though nothing was in the way"),
]


@pytest.mark.parametrize(("plant", "seed", "words"), CAUGHT, ids=lambda one: getattr(one, "__name__", None))
def test_a_planted_fault_of_reminders_is_caught(plant: Planted, seed: int, words: str) -> None:
    with plant():
        found = lived(draw(seed, PEOPLE, DAYS))
    assert any(words in one for one in found), found
