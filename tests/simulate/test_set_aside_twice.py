"""What is set aside is set aside once, however often it comes, and what is on its chain is not."""

from pathlib import Path

import pytest

from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


def two_phones() -> Story:
    """A copy of the phone says something else; its answer is lost, and it says so again."""
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.fills_in(1)
    story.happens(2, 18, Do.FILL, phone="clone", day=story.date(2), value=3)
    story.happens(2, 19, Do.SYNC, phone="clone", fates=["unanswered"] * 5)
    story.happens(2, 20, Do.SYNC, phone="clone", fates=[])
    return story


async def test_what_was_set_aside_comes_again_and_is_known(tmp_path: Path) -> None:
    ended = await lived_through(two_phones().plan(days=4), tmp_path)
    ended.storm.close()
    assert len(ended.server.aside) == 1
    assert ended.found == []


async def test_what_is_on_its_chain_and_is_set_aside_too_is_found(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(1, 19, Do.SYNC, fates=["twice"] * 3)
    with planted.no_idempotency():
        ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert any("was there, and was set aside again" in one for one in ended.found), ended.found
