"""Pauses, signs of life and clocks set back in storms: what must hold of each, and the faults that it catches."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted_errands as planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through
from tests.simulate.test_storm import DAYS, PEOPLE

pytestmark = pytest.mark.usefixtures("quiet")


def paused() -> Story:
    """Nobody is reminded on days 2 and 3, in which nothing is filled in; the pause that began on day 5 is ended."""
    story = Story()
    story.fills_in(1)
    story.happens(2, 10, Do.PAUSE, days=2)
    story.happens(2, 10.1, Do.SYNC, fates=[])
    story.happens(5, 10, Do.PAUSE, days=7)
    story.happens(5, 10.1, Do.SYNC, fates=[])
    story.happens(6, 10, Do.PAUSE, days=0)
    story.happens(6, 10.1, Do.SYNC, fates=[])
    return story


async def test_nobody_is_reminded_during_a_pause_and_evenings_stay_expected(tmp_path: Path) -> None:
    ended = await lived_through(paused().plan(days=8), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.PAUSED] == 3
    reminded = {str(one.at.date()) for one in ended.storm.house.post.left}
    day = Story().date
    assert reminded >= {day(4), day(6), day(7)}
    assert reminded.isdisjoint({day(2), day(3), day(5)})
    assert ended.states()[day(2)] == "missed"


def closed_with_an_entry() -> Story:
    """Day 1 was saved on a phone without a network, which is not opened again before that evening is long over."""
    story = Story()
    story.happens(1, 10, Do.SYNC, fates=[])
    story.happens(1, 10.1, Do.CLOSE_APP)
    story.fills_in(1, sends=False)
    story.happens(2, 19, Do.SIGN_OF_LIFE, fate="arrives")
    return story


async def test_a_sign_of_life_is_kept_and_proves_nothing(tmp_path: Path) -> None:
    story = closed_with_an_entry()
    for fate in ("lost", "twice", "late:5", "cut_answer"):
        story.happens(3, 12, Do.SIGN_OF_LIFE, fate=fate)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.look()
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.SIGN_OF_LIFE] == 2
    assert ended.states()[story.date(1)] == "done"


def clock_set_back() -> Story:
    """Answers of day 1 are changed after the clock was put back to before they were given."""
    story = Story()
    story.fills_in(1, hour=19, value=3)
    story.happens(1, 19.1, Do.CLOCK, minutes=-60, drift=0)
    story.happens(1, 19.2, Do.CHANGE, day=story.date(1), value=8)
    story.happens(1, 19.3, Do.CLOCK, minutes=0, drift=0)
    story.happens(1, 19.4, Do.SYNC, fates=[])
    return story


async def test_what_was_answered_last_counts_whatever_the_clock_said(tmp_path: Path) -> None:
    ended = await lived_through(clock_set_back().plan(days=4), tmp_path)
    ended.storm.close()
    befell = ended.storm.ledger.befell
    assert ended.found == []
    assert (befell[Kind.CLOCK_BEHIND_ENTRY], befell[Kind.CHANGED_BACKWARDS]) == (1, 1)


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (planted.pauses_are_not_heard, paused, "though reminders were paused"),
        (planted.sign_of_life_proves, closed_with_an_entry, "was called missed"),
        (planted.sign_of_life_is_dropped, closed_with_an_entry, "was answered, and is nowhere"),
        (planted.newest_by_the_clock, clock_set_back, "has the answers of"),
    ],
)
def test_a_planted_fault_is_caught_by_its_story(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(days=8))
    assert any(words in one for one in found), found


#: Each fault with the seed that catches it, and words of what is then said.
CAUGHT: list[tuple[Planted, int, str]] = [
    (planted.pauses_are_not_heard, 207, "though reminders were paused"),
    (planted.newest_by_the_clock, 204, "has the answers of"),
    (planted.decided_twice, 201, "two of staff did"),
    (planted.two_letters, 212, "two of staff did letter"),
    (planted.erased_comes_back, 498, "though staff erased it"),
    (planted.codes_are_taken_on_any_phone, 202, "changed which phone is theirs"),
    (planted.signature_covers_everything, 213, "is shown as superseded"),
]


@pytest.mark.parametrize(("plant", "seed", "words"), CAUGHT, ids=lambda one: getattr(one, "__name__", None))
def test_a_planted_fault_is_caught_by_a_seed(plant: Planted, seed: int, words: str) -> None:
    plan = draw(seed, PEOPLE, DAYS)
    assert lived(plan) == []
    with plant():
        found = lived(plan)
    assert any(words in one for one in found), found
