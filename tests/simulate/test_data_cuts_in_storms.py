"""Data cuts taken in the middle of a storm and again at its end: what was known then stays what was known then."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import pytest

from server.export import cuts, cutting
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 7


def cut_in_the_middle() -> Story:
    """Evenings before the cut and after it, one of which was filled in before and comes after."""
    story = Story()
    story.fills_in(1)
    story.fills_in(2, sends=False)
    story.befalls_server(2, 22, Do.CUT)
    story.happens(3, 6, Do.SYNC, fates=[])
    story.fills_in(3)
    return story


def restored_after_it() -> Story:
    """The backup has everything of the cut."""
    story = cut_in_the_middle()
    story.befalls_server(3, 1, Do.BACK_UP)
    story.befalls_server(4, 9, Do.RESTORE)
    return story


def restored_to_before_it() -> Story:
    """What the cut held is received anew, later: nobody can take that cut again."""
    story = cut_in_the_middle()
    story.befalls_server(1, 1, Do.BACK_UP)
    story.befalls_server(3, 9, Do.RESTORE)
    return story


@pytest.mark.parametrize("story", [cut_in_the_middle, restored_after_it, restored_to_before_it])
def test_a_cut_holds_the_same_at_the_end(story: Callable[[], Story]) -> None:
    assert lived(story().plan(DAYS)) == []


def ten_days_later() -> AbstractContextManager[Any]:
    """A cut takes in what came within ten days after it."""
    read = cutting.to_milliseconds
    return patch.object(cutting, "to_milliseconds", lambda at: read(at) + 10 * 86_400_000)


def never_compared() -> AbstractContextManager[Any]:
    """The server's own note of a cut is not looked at."""
    return patch.object(cuts, "_require_same", lambda *_: None)


def test_a_server_that_refuses_a_cut_for_nothing_is_found() -> None:
    with ten_days_later():
        found = lived(cut_in_the_middle().plan(DAYS))
    assert any("could not be taken again" in one for one in found), found


def test_a_cut_that_is_silently_another_one_is_found() -> None:
    with ten_days_later(), never_compared():
        found = lived(cut_in_the_middle().plan(DAYS))
    assert any("holds other facts than the first time" in one for one in found), found


#: A drawn storm in which a data cut is taken. That nothing is violated on it, `test_stop_links_in_storms.py` holds.
SEED, PEOPLE, STORM_DAYS = 8799, 2, 12


def test_a_planted_fault_is_caught_on_a_seed() -> None:
    with ten_days_later(), never_compared():
        found = lived(draw(SEED, PEOPLE, STORM_DAYS))
    assert any("holds other facts than the first time" in one for one in found), found
