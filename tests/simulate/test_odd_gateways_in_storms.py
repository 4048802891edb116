"""A gateway in a storm that asks for patience, or has a message and answers nothing: what is tried again, and when."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from server.reminders import delivery
from server.reminders.channel import NotSent
from server.simulate.storm.counts import Kind
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 5


def odd(minutes: int) -> Story:
    """An evening stays empty, and its first messages fare oddly; jobs run every other minute."""
    story = Story()
    story.befalls_server(2, 18, Do.MAIL_ODD, messages=6, minutes=minutes)
    for number in range(60):
        story.befalls_server(2, 19.02 + number / 20, Do.RUN_JOBS)
    return story


def patience() -> Story:
    """The gateway asks for fifty minutes."""
    return odd(50)


def silence() -> Story:
    """It has the whole message, and nobody hears so."""
    return odd(0)


@pytest.mark.parametrize(("story", "kind"), [(patience, Kind.MAIL_PUT_OFF), (silence, Kind.MAIL_DOUBTFUL)])
async def test_the_gateway_has_its_way(story: Callable[[], Story], kind: Kind, tmp_path: Path) -> None:
    ended = await lived_through(story().plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.house.befell[kind] > 0


def impatient() -> AbstractContextManager[Any]:
    """Whatever a gateway asks for, it is tried again after the usual wait."""
    send = delivery._send_one  # noqa: SLF001

    def at_once(*given: Any) -> Any:
        fate = send(*given)
        return replace(fate, retry_after=None) if isinstance(fate, NotSent) else fate

    return patch.object(delivery, "_send_one", at_once)


def a_third_copy() -> AbstractContextManager[Any]:
    """However often its answer was lost."""
    return patch.object(delivery, "_doubted", lambda *_: set())


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (impatient, patience, "before the time that the gateway had asked for"),
        (a_third_copy, silence, "though the gateway had it twice without an answer"),
    ],
)
def test_a_planted_fault_is_found(
    plant: Callable[[], AbstractContextManager[Any]], story: Callable[[], Story], words: str
) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found


#: A drawn storm in which a gateway asks for patience.
SEED, PEOPLE, STORM_DAYS = 4001, 4, 10


def test_nothing_is_violated_on_the_seed_that_catches_planted_faults() -> None:
    assert lived(draw(SEED, PEOPLE, STORM_DAYS)) == []


def test_a_planted_fault_is_caught_on_a_seed() -> None:
    with impatient():
        found = lived(draw(SEED, PEOPLE, STORM_DAYS))
    assert any("before the time that the gateway had asked for" in one for one in found), found
