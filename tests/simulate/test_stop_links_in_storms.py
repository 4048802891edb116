"""The link in a mail that stops all messages, in storms: it binds until it is taken back, and the phone says so."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from server.intake import sync
from server.reminders.people import People
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story

pytestmark = pytest.mark.usefixtures("quiet")

DAYS = 7


def stopped() -> Story:
    """Three evenings stay empty; messages are stopped before the second and wanted again before the third."""
    story = Story()
    story.happens(2, 10, Do.CLICK_STOP, stops=True)
    story.happens(2, 10.1, Do.CLICK_STOP, stops=True)
    story.happens(3, 10, Do.CLICK_STOP, stops=False)
    return story


def for_good() -> Story:
    """Nobody takes it back; the phone hears of it."""
    story = Story()
    story.happens(2, 10, Do.CLICK_STOP, stops=True)
    story.fills_in(3)
    return story


def lost_with_the_database() -> Story:
    """The click is in no backup: messages come again, and the phone hears that they do."""
    story = for_good()
    story.befalls_server(2, 1, Do.BACK_UP)
    story.befalls_server(4, 9, Do.RESTORE)
    return story


@pytest.mark.parametrize("story", [stopped, for_good, lost_with_the_database])
def test_nobody_is_reminded_who_stopped_messages(story: Callable[[], Story]) -> None:
    assert lived(story().plan(DAYS)) == []


def never_asked() -> AbstractContextManager[Any]:
    """Whoever sends does not look whether messages were stopped."""
    wishes = People.wishes
    return patch.object(People, "wishes", lambda self, who: replace(wishes(self, who), stopped=False))


def phones_hear_nothing() -> AbstractContextManager[Any]:
    """A phone goes on saying that messages come."""
    return patch.object(sync, "page_if_stopped", lambda *_: "")


def never_again() -> AbstractContextManager[Any]:
    """Once stopped, messages come no more, whatever is wanted since."""
    wishes = People.wishes
    stopped = set[str]()

    def first_word(self: People, who: str) -> Any:
        said = wishes(self, who)
        if said.stopped:
            stopped.add(who)
        return replace(said, stopped=who in stopped)

    return patch.object(People, "wishes", first_word)


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (never_asked, stopped, "though all messages were stopped"),
        (phones_hear_nothing, for_good, "has heard everything, and not that messages are stopped"),
        (never_again, stopped, "was not reminded of"),
    ],
)
def test_a_planted_fault_is_found(
    plant: Callable[[], AbstractContextManager[Any]], story: Callable[[], Story], words: str
) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found


#: A drawn storm in which somebody stops messages, and wants them again, and in which a data cut is taken.
SEED, PEOPLE, STORM_DAYS = 8799, 2, 12


def test_nothing_is_violated_on_the_seed_that_catches_planted_faults() -> None:
    assert lived(draw(SEED, PEOPLE, STORM_DAYS)) == []


def test_a_planted_fault_is_caught_on_a_seed() -> None:
    with never_asked():
        found = lived(draw(SEED, PEOPLE, STORM_DAYS))
    assert any("though all messages were stopped" in one for one in found), found
