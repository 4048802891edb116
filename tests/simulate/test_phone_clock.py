"""A phone's clock that was ahead at a contact: the server may believe the earlier of both clocks, and no later one."""

from pathlib import Path
from unittest.mock import patch

import pytest

from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")

_AHEAD = 1600


def contact_with_a_clock_ahead(*fates: str) -> Story:
    """Its clock is put right, and the evening that it would have been at the contact is filled in and not sent."""
    story = Story()
    story.happens(1, 12, Do.CLOCK, minutes=_AHEAD, drift=0)
    story.happens(1, 13, Do.SYNC, fates=list(fates))
    story.happens(1, 14, Do.CLOCK, minutes=0, drift=0)
    story.fills_in(1, sends=False)
    return story


async def test_a_contact_that_proves_by_the_phones_clock_is_found(tmp_path: Path) -> None:
    with patch("server.intake.contact.proves_until", lambda _received, shown: shown):
        ended = await lived_through(contact_with_a_clock_ahead().plan(days=4), tmp_path)
    ended.storm.close()
    assert any("was called missed" in one for one in ended.found), ended.found


@pytest.mark.parametrize("fates", [(), ("lost",) * 5, ("cut_request",) * 5, ("unanswered",) * 5])
async def test_what_was_saved_after_such_a_contact_is_in_time(tmp_path: Path, fates: tuple[str, ...]) -> None:
    story = contact_with_a_clock_ahead(*fates)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    (entry,) = (one for one in ended.storm.ledger.records.values() if one.day is not None)
    assert entry.is_in_time
    assert ended.states()[story.date(1)] == "done"
    assert ended.found == []


async def test_a_contact_that_arrives_later_than_its_clock_showed_proves_until_then(tmp_path: Path) -> None:
    story = contact_with_a_clock_ahead("late:30")
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.found == []


async def test_what_arrives_from_before_the_clock_went_back_may_be_taken_for_a_copy(tmp_path: Path) -> None:
    """Its clock says that it was sent last, and its nonce is old: as far as anybody can see only a copy does that."""
    story = Story()
    story.happens(1, 20, Do.SYNC, fates=["late:30"])
    story.happens(1, 21, Do.CLOCK, minutes=-71, drift=0)
    story.happens(1, 21.1, Do.SYNC, fates=[])
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    (phone,) = (one for person in ended.storm.people.values() for one in person.phones)
    assert phone.holding.turned_back
    assert ended.found == []
