"""Storms in which somebody changes what they answered: the first version grades the evening, the newest one counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core import grading, merge
from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

DAYS = 6


def changed(seen_before: bool = True) -> Story:
    """Saved in the evening and changed when it is late already; both arrive at once, or one after the other."""
    story = Story()
    story.fills_in(2, hour=19, value=3, sends=seen_before)
    story.happens(2, 28, Do.CHANGE, day=story.date(2), value=8)
    story.happens(2, 28.1, Do.SYNC, fates=[])
    return story


def changed_after_the_first_version_was_set_aside() -> Story:
    """A copy of the phone sends first, so that the first version stands on a fork, and the next on a new chain."""
    story = Story()
    story.happens(1, 12, Do.CLONE)
    story.happens(1, 18, Do.FILL, phone="clone", day=story.date(1), value=3)
    story.happens(1, 18.1, Do.SYNC, phone="clone", fates=[])
    story.fills_in(2, hour=18)
    story.happens(2, 18.5, Do.SYNC, fates=[])
    story.happens(2, 19, Do.CHANGE, day=story.date(2), value=8)
    story.happens(2, 19.1, Do.SYNC, fates=[])
    story.happens(2, 19.2, Do.SYNC, fates=[])
    return story


@pytest.mark.parametrize("seen_before", [True, False])
async def test_the_first_version_grades_and_the_newest_counts(tmp_path: Path, seen_before: bool) -> None:
    story = changed(seen_before)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.states()[story.date(2)] == "done"
    versions = [one for one in ended.storm.ledger.records.values() if str(one.day) == story.date(2)]
    assert [one.revision for one in versions] == [1, 2]
    (row,) = (one for one in ended.server.days[ended.person.participant] if str(one.diary_day) == story.date(2))
    assert row.entry == versions[1].id


async def test_nothing_is_changed_once_the_evening_is_over(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(2)
    story.happens(2, 35.1, Do.CHANGE, day=story.date(2), value=8)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.CHANGED] == 0


async def test_two_tabs_may_change_the_same_evening(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(2, hour=18)
    story.happens(
        2, 19, Do.AT_ONCE, first="change", second="change", day=story.date(2), value=8, dice="1", fates=[],
        closed_after=None,
    )  # fmt: skip
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.CHANGED_AT_ONCE] == 2


@pytest.mark.parametrize(("is_accepted", "state"), [(False, "unknown"), (True, "done")])
async def test_a_version_waits_until_somebody_accepts_the_one_before_it(
    tmp_path: Path, is_accepted: bool, state: str
) -> None:
    story = changed_after_the_first_version_was_set_aside()
    if is_accepted:
        story.happens(4, 12, Do.ACCEPT_ASIDE)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.states()[story.date(2)] == state


def the_first_version_counts() -> AbstractContextManager[Any]:
    """What was changed later is kept, and nobody reads it."""
    return patch.object(merge, "_newness", lambda version: (-version.body.revision, version.id))


def the_newest_version_grades() -> AbstractContextManager[Any]:
    """Whoever changes an answer in the night has filled in late."""
    timely = grading._timely  # noqa: SLF001
    return patch.object(grading, "_timely", lambda counted, day: timely(replace(counted, first=counted.current), day))


def the_bundle_has_first_versions() -> AbstractContextManager[Any]:
    """What is exported is what was saved first."""
    counted = merge.counting

    def first(versions: Any) -> Any:
        found = counted(versions)
        return found and replace(found, current=found.first)

    return patch("server.export.participant.counting", first)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (the_first_version_counts, changed, "has the answers of"),
        (the_newest_version_grades, changed, "makes it done"),
        (the_bundle_has_first_versions, changed, "not the version that counts"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_planted_fault_is_caught(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found
