"""Storms in which staff record where somebody stands, and revoke it: evenings end and go on again by the rules."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core import status
from diary_app.core.facts import Status
from server.simulate.storm.counts import Kind
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.planted import Planted
from tests.simulate.stories import Story, lived_through

DAYS = 9


def recorded(said: Status = Status.DIARY_STOPPED, back: int = 0, *, revoked: bool = False) -> Story:
    """On the fourth day, as of so many days before, and over two days later or not."""
    story = Story()
    story.fills_in(1)
    story.happens(3, 12, Do.STATUS, status=said.value, effective=story.date(3 - back))
    story.happens(3, 13, Do.SYNC, fates=[])
    if revoked:
        story.happens(5, 12, Do.REVOKE)
        story.happens(5, 13, Do.SYNC, fates=[])
        story.fills_in(6)
    return story


def saved_after_a_withdrawal(*, revoked: bool = True) -> Story:
    """Consent is withdrawn on an evening that is saved later by a phone that has not heard of it."""
    story = Story()
    story.happens(3, 18.5, Do.STATUS, status=Status.CONSENT_WITHDRAWN.value, effective=story.date(3))
    story.fills_in(3, hour=19)
    if revoked:
        story.happens(4, 12, Do.REVOKE)
    return story


#: Each status, as of when, and how many of the evenings that are over are left.
@pytest.mark.parametrize(
    ("said", "back", "left"),
    [
        (Status.DIARY_STOPPED, 0, 3),
        (Status.DIARY_STOPPED, 1, 2),
        (Status.COMPLETED, 0, 3),
        (Status.LOST_TO_FOLLOW_UP, 2, 2),
        (Status.SCREEN_FAILURE, 1, 1),
        (Status.DIED, 1, 1),
        (Status.TREATMENT_STOPPED, 1, 7),
    ],
)
async def test_evenings_end_with_a_status(tmp_path: Path, said: Status, back: int, left: int) -> None:
    ended = await lived_through(recorded(said, back).plan(DAYS), tmp_path)
    states = {day: state for day, state in ended.states().items() if state not in {"not_yet_due", "open"}}
    ended.storm.close()
    assert ended.found == []
    assert len(states) == left


async def test_evenings_go_on_when_it_is_revoked(tmp_path: Path) -> None:
    story = recorded(revoked=True)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    there = ended.states()
    assert [day for day in range(1, 9) if story.date(day) not in there] == [4]  # it opened while nobody was asked
    assert there[story.date(6)] == "done"


@pytest.mark.parametrize(("revoked", "state", "number"), [(False, "missed", 0), (True, "done", 1)])
async def test_a_sealed_entry_counts_once_the_withdrawal_is_revoked(
    tmp_path: Path, revoked: bool, state: str, number: int
) -> None:
    story = saved_after_a_withdrawal(revoked=revoked)
    ended = await lived_through(story.plan(DAYS), tmp_path)
    ended.storm.close()
    assert ended.found == []
    assert ended.storm.ledger.befell[Kind.UNSEALED] == number
    assert ended.states()[story.date(3)] == state


def revoked_for_nothing() -> AbstractContextManager[Any]:
    """What was ever recorded holds for good."""
    return patch.object(status.Term, "ends_expectation", _for_good(status.Term.ends_expectation))


def _for_good(ends: Callable[..., bool]) -> Callable[..., bool]:
    return lambda self, day, opens, zone: ends(replace(self, revoked_at=None), day, opens, zone)


def sealed_for_good() -> AbstractContextManager[Any]:
    """What came while consent was withdrawn is never looked at again."""
    return patch("server.intake.staff.unseal", lambda *_: None)


def lost_as_of_its_date() -> AbstractContextManager[Any]:
    """Whoever is declared lost was lost before."""
    ends = status.Term.ends_expectation

    def from_its_date(self: status.Term, day: Any, opens: Any, zone: str) -> bool:
        is_lost = self.said.status is Status.LOST_TO_FOLLOW_UP
        return day >= self.said.effective if is_lost else ends(self, day, opens, zone)

    return patch.object(status.Term, "ends_expectation", from_its_date)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("plant", "story", "words"),
    [
        (revoked_for_nothing, lambda: recorded(revoked=True), "is not expected, for diary_stopped, and should be"),
        (sealed_for_good, saved_after_a_withdrawal, "is called missed, though"),
        (lost_as_of_its_date, lambda: recorded(Status.LOST_TO_FOLLOW_UP, 2), "is not expected, for lost_to_follow_up"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_planted_fault_is_caught(plant: Planted, story: Callable[[], Story], words: str) -> None:
    with plant():
        found = lived(story().plan(DAYS))
    assert any(words in one for one in found), found
