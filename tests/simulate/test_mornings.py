"""What the overview and the list of whom to call keep for later is found when it is not right any more."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from server.console import reckoning
from server.console.calls import lookout
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 8


def changing_by_noon() -> Story:
    """Two evenings are missed; what is filled in late arrives between two looks, and staff ring up between two."""
    story = Story()
    for day in (1, 2, 5):
        story.fills_in(day + 1, hour=10.5)
        story.happens(day + 1, 10.6, Do.FILL, day=story.date(day), value=4)
        story.happens(day + 1, 10.7, Do.SYNC, fates=[])
    story.happens(5, 15, Do.CONTACT, outcome="will_fill_in")
    return story


def overview_by_who_is_there() -> AbstractContextManager[Any]:
    """Whatever was worked out for somebody today stands, also when something was written about them."""

    def find(self: reckoning.Memory, key: Any, _change_no: int, _now: Any) -> Any:
        return self.kept.get(key)

    return patch.object(reckoning.Memory, "find", find)


def calls_by_the_clock() -> AbstractContextManager[Any]:
    """Who is to be called is looked at again when the clock says so, and not when something was written."""

    def holds(self: lookout.Part, _sum: int, today: Any, now: Any) -> bool:
        return self.sum >= 0 and self.today == today and self.since <= now < self.until

    return patch.object(lookout.Part, "holds", holds)


async def test_what_is_shown_stays_right(tmp_path: Path) -> None:
    ended = await lived_through(changing_by_noon().plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (overview_by_who_is_there, "the overview of "),
        (calls_by_the_clock, "the list of whom to call of "),
    ],
)
async def test_a_planted_fault_is_caught(tmp_path: Path, plant: Planted, words: str) -> None:
    with plant():
        ended = await lived_through(changing_by_noon().plan(DAYS), tmp_path)
    ended.storm.close()
    assert any(one.startswith(words) for one in ended.found), ended.found
