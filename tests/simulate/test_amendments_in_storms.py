"""A study amended in substance while phones run the version before: an entry stays under the one it was made with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app import resources
from diary_app.core.prompts import prompts
from diary_app.storage.making import Making
from server.db import records, state
from server.intake import judging
from server.reminders import queueing
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.counts import Kind
from server.simulate.storm.plan import draw
from server.simulate.storm.premises import Premises
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.planted_reminders import outlive_the_answer
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


def offline() -> Story:
    """Two evenings are filled in under the first version and come days after the second one went live."""
    story = Story()
    for day in (1, 2):
        story.fills_in(day, sends=False)
    story.befalls_server(2, 9, Do.AMEND, substance="later")
    for day in (3, 4):
        story.fills_in(day, hour=19)
    return story


def while_it_is_on_the_screen() -> Story:
    """The phone hears of the next version between two looks at the same evening."""
    story = Story()
    story.fills_in(1, hour=18.5)
    story.befalls_server(1, 18.2, Do.AMEND, substance="earlier")
    story.happens(1, 19, Do.CHANGE, day=story.date(1), value=6)
    story.happens(1, 19.1, Do.SYNC, fates=[])
    story.fills_in(2)
    return story


def with_the_older_file() -> Story:
    """A server that lost its machine comes back with the database and the study file of the night before."""
    story = Story()
    story.befalls_server(1, 1, Do.BACK_UP)
    story.befalls_server(1, 9, Do.AMEND, substance="earlier")
    story.fills_in(1)
    story.fills_in(2, hour=18, sends=False)
    story.befalls_server(2, 9, Do.RESTORE, older_file=True)
    story.happens(2, 19, Do.SYNC, fates=[])
    story.befalls_server(3, 12, Do.AMEND)
    story.fills_in(4)
    return story


def live_again_the_same_evening() -> Story:
    """The version that an entry names comes back between the entry and the hour of the reminder."""
    story = Story()
    story.befalls_server(1, 1, Do.BACK_UP)
    story.befalls_server(1, 9, Do.AMEND, substance="later")
    story.fills_in(1, hour=19)
    story.befalls_server(2, 9, Do.RESTORE, older_file=True)
    story.fills_in(2, hour=18.2)
    story.befalls_server(2, 18.5, Do.AMEND)
    story.befalls_server(2, 18.6, Do.RUN_JOBS, daily=True)
    return story


def a_backup_that_knows_it() -> Story:
    """The database goes back to a night after the amendment, so what it knew then it knows still."""
    story = Story()
    for day in (1, 2):
        story.fills_in(day, hour=19)
    story.befalls_server(1, 9, Do.AMEND, substance="later")
    story.befalls_server(3, 1, Do.BACK_UP)
    story.befalls_server(3, 19, Do.RESTORE)
    return story


STORIES = [offline, while_it_is_on_the_screen, with_the_older_file, live_again_the_same_evening, a_backup_that_knows_it]


@pytest.mark.parametrize("story", STORIES)
async def test_nothing_is_refused_or_changed(story: Callable[[], Story], tmp_path: Path) -> None:
    ended = await lived_through(story().plan(days=7), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert set(list(ended.states().values())[:2]) == {"done"}
    assert ended.storm.ledger.befell[Kind.AMENDED_IN_SUBSTANCE] == 1


async def test_what_came_late_is_counted_as_that(tmp_path: Path) -> None:
    ended = await lived_through(offline().plan(days=7), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.ARRIVED_OLDER] == 3
    assert ended.storm.ledger.befell[Kind.AMENDED_AGAIN] == 0


def version_of_the_moment() -> AbstractContextManager[Any]:
    """An entry names the version that the phone has when it is saved, whichever was on the screen."""
    made = Making.next_entry
    return patch.object(
        Making, "next_entry", lambda self, new, *rest: made(self, replace(new, study_version=""), *rest)
    )


def refused_for_good() -> AbstractContextManager[Any]:
    """What named a version that was not live stays refused when it is."""
    return patch.object(records, "refused_as", lambda *_: {})


def judged_by_the_newest() -> AbstractContextManager[Any]:
    """Every entry is held to what the study asks now."""
    return patch.object(judging, "_instrument", lambda _body, _study: resources.instrument("DMD", "1.1"))


def oldest_reminders() -> AbstractContextManager[Any]:
    """Reminders stay where the first version had them."""
    planned = prompts

    def at_eight(rule: Any, *given: Any, **named: Any) -> Any:
        return planned(rule.model_copy(update={"usual": 20 * 60}), *given, **named)

    return patch.object(queueing, "prompts", at_eight)


def amended_from_the_beginning() -> AbstractContextManager[Any]:
    """The newest version lays out every evening, as if there had been no other."""
    read = state.studies_in_force
    return patch.object(state, "studies_in_force", lambda *given: read(*given)[-1:])


def amended_days_late() -> AbstractContextManager[Any]:
    """The newest version lays out evenings days after it went live."""
    read = state.studies_in_force

    def late(*given: Any) -> Any:
        first, *later = read(*given) or [None]
        return [first, *((since + timedelta(hours=56), text) for since, text in later)] if first else []

    return patch.object(state, "studies_in_force", late)


@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (version_of_the_moment, while_it_is_on_the_screen, "and was filled in under 1"),
        (refused_for_good, with_the_older_file, "though the entry for"),
        (outlive_the_answer, live_again_the_same_evening, "reminded of 2026-11-25 at 2026-11-25"),
        (judged_by_the_newest, offline, "refused as instrument_unknown"),
        (oldest_reminders, offline, "before the hour that the study names"),
        (amended_from_the_beginning, offline, "opens"),
        (amended_days_late, a_backup_that_knows_it, "opens"),
    ],
)
async def test_a_planted_fault_is_found(
    plant: Callable[[], AbstractContextManager[Any]], story: Callable[[], Story], words: str, tmp_path: Path
) -> None:
    with plant():
        ended = await lived_through(story().plan(days=7), tmp_path)
    ended.storm.close()
    assert any(words in one for one in ended.found), ended.found


#: A drawn storm that is amended in substance, restored with the older study file, and amended again.
SEED, PEOPLE, DAYS = 6040, 2, 12


def test_nothing_is_violated_on_the_seed_that_catches_planted_faults() -> None:
    assert lived(draw(SEED, PEOPLE, DAYS)) == []


@pytest.mark.parametrize(
    ("plant", "words"),
    [(amended_from_the_beginning, "opens"), (oldest_reminders, "before the hour that the study names")],
)
def test_a_planted_fault_is_caught_on_a_seed(plant: Callable[[], AbstractContextManager[Any]], words: str) -> None:
    with plant():
        found = lived(draw(SEED, PEOPLE, DAYS))
    assert any(words in one for one in found), found


def test_a_database_that_goes_back_twice_takes_up_only_what_the_second_one_lacks(
    tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    premises = Premises(clock, tmp_path)
    editions = premises.editions
    for substance in ("later", "earlier", "back"):
        editions.goes_live(editions.next(substance), [clock.now()])
    first, second, third, fourth = editions.every
    premises._come_back_to(first, older_file=False)  # noqa: SLF001
    assert (premises._amended_to, premises._to_follow) == (second, [third, fourth])  # noqa: SLF001
    premises._come_back_to(second, older_file=True)  # noqa: SLF001
    assert (premises._amended_to, premises._to_follow) == (second, [])  # noqa: SLF001
