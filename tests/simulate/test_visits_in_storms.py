"""Storms in which a visit's questionnaire is answered: once in its window, it stays done whatever comes after."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.db.engine import reading
from server.intake.visits import visit_states
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.planted import Planted
from tests.simulate.stories import Ended, Story, lived_through

DAYS = 12


def answered() -> Story:
    """Before a treatment on day 8, on the phone, and sent the next day."""
    story = Story()
    story.happens(0, 13, Do.ANCHOR, anchor="treatment_1", planned=story.date(8))
    story.happens(1, 12, Do.SYNC, fates=[])
    story.happens(2, 12, Do.FILL_VISIT, visit="m0", value=2)
    story.happens(3, 12, Do.SYNC, fates=[])
    return story


def answered_before_the_treatment_moved() -> Story:
    """The same, but before it arrives the treatment is moved to a day that was over when it was answered."""
    story = answered()
    story.happens(2, 14, Do.ANCHOR, anchor="treatment_1", planned=story.date(1))
    return story


def state_of_m0(ended: Ended) -> str:
    services, participant = ended.storm.house.services, ended.person.participant
    with reading(services.engine) as connection:
        now = services.environment.now()
        found = {one.visit: one.state for one in visit_states(connection, services.study, [participant], now)}
    return found["m0"]


@pytest.mark.parametrize("story", [answered, answered_before_the_treatment_moved], ids=lambda one: one.__name__)
async def test_what_was_answered_in_the_window_that_was_shown_is_done(
    tmp_path: Path, story: Callable[[], Story]
) -> None:
    ended = await lived_through(story().plan(DAYS), tmp_path)
    state = state_of_m0(ended)
    ended.storm.close()
    assert state == "done"
    assert [one.visit for one in ended.storm.ledger.records.values() if one.visit] == ["m0"]
    assert ended.found == []


async def test_a_visit_is_over_when_the_treatment_may_have_begun(tmp_path: Path) -> None:
    story = Story()
    story.happens(0, 13, Do.ANCHOR, anchor="treatment_1", planned=story.date(3))
    story.happens(1, 12, Do.SYNC, fates=[])
    story.happens(3, 12, Do.FILL_VISIT, visit="m0", value=2)
    ended = await lived_through(story.plan(days=6), tmp_path)
    state = state_of_m0(ended)
    ended.storm.close()
    assert state == "missed"
    assert not any(one.visit for one in ended.storm.ledger.records.values())
    assert ended.found == []


def test_a_bundle_with_a_visit_holds() -> None:
    assert lived(answered().plan(DAYS)) == []


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (planted.visits_by_the_dates_of_now, answered_before_the_treatment_moved, "refused as too_late"),
        (planted.visits_are_forgotten, answered, "visit m0 is missed, though"),
    ],
)
def test_a_planted_fault_is_caught(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found
