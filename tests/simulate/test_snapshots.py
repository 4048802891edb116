"""Storms in which an earlier database is put back by others than the server, which is then told to go on."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


def put_back() -> Story:
    """Of three evenings that arrived the database forgets two; the phone believes that everything is sent."""
    story = Story()
    story.fills_in(1)
    story.befalls_server(2, 12, Do.SNAPSHOT)
    story.fills_in(2)
    story.fills_in(3)
    story.befalls_server(4, 12, Do.PUT_BACK)
    return story


def put_back_after_a_forgotten_pin() -> Story:
    """The same of a phone with two chains, the second of which the earlier database never knew."""
    story = put_back()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.happens(2, 20, Do.SYNC, fates=[])
    story.happens(2, 21, Do.FORGET_PIN)
    story.happens(3, 10, Do.NEW_CODE, fates=[])
    return story


def put_back_after_a_restore() -> Story:
    """What is put back is from before the restore, so that it says nothing of the epoch that came after it."""
    story = Story()
    story.fills_in(1)
    story.befalls_server(2, 11, Do.BACK_UP)
    story.befalls_server(2, 12, Do.SNAPSHOT)
    story.fills_in(2)
    story.befalls_server(3, 12, Do.RESTORE)
    story.fills_in(3)
    story.befalls_server(4, 12, Do.PUT_BACK)
    return story


def put_back_before_a_late_message() -> Story:
    """The same, when a message of before the snapshot arrives after it and before the phone is heard again."""
    story = put_back_after_a_forgotten_pin()
    story.happens(2, 11, Do.SYNC, fates=["late:72"])
    return story


def put_back_to_what_a_restore_forgot() -> Story:
    """A zone arrives after the backup and before the snapshot, so that the server between them does not know it."""
    story = Story()
    story.happens(1, 12, Do.ZONE, zone="America/New_York")
    story.befalls_server(1, 13, Do.BACK_UP)
    story.happens(1, 14, Do.SYNC, fates=[])
    story.befalls_server(1, 15, Do.SNAPSHOT)
    story.befalls_server(3, 10, Do.RESTORE)
    story.befalls_server(5, 8, Do.PUT_BACK)
    return story


def put_back_to_before_the_enrolment() -> Story:
    """Of somebody who is asked late in the evening, and is typed in once more at the end."""
    story = Story()
    story.leave_out(Do.ENROL)
    story.befalls_server(0, 8, Do.SNAPSHOT)
    story.happens(0, 9, Do.ENROL, choice="late_evening")
    story.befalls_server(1, 12, Do.PUT_BACK)
    story.fills_in(2, 21)
    return story


def put_back_to_before_the_next_phone() -> Story:
    """The next phone is enrolled anew before it hears that it is unknown, and then its app is too old."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.befalls_server(1, 12, Do.SNAPSHOT)
    story.happens(1, 13, Do.NEW_PHONE)
    story.fills_in(1, sends=False)
    story.befalls_server(2, 8, Do.PUT_BACK)
    story.happens(2, 9, Do.NEW_CODE, fates=[])
    story.happens(3, 9, Do.SPEAK, protocol=0)
    story.happens(3, 10, Do.SYNC, fates=[])
    return story


def put_back_while_the_old_phone_speaks() -> Story:
    """The phone before proves that it holds nothing; the next is enrolled anew, and its entry not yet heard of."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.befalls_server(1, 8, Do.SNAPSHOT)
    story.happens(1, 10, Do.NEW_PHONE, enrols=[], dies_after=None)
    story.fills_in(1, 32, sends=False)
    story.befalls_server(2, 18, Do.PUT_BACK)
    story.happens(4, 22, Do.SYNC, fates=[])
    story.happens(5, 11, Do.SYNC, phone="drawer", fates=[])
    story.happens(6, 12, Do.NEW_CODE, fates=["cut_request"], enrols=["cut_answer"], dies_after=9)
    return story


@pytest.mark.parametrize(
    "story",
    [
        put_back_to_what_a_restore_forgot,
        put_back_to_before_the_enrolment,
        put_back_to_before_the_next_phone,
        put_back_while_the_old_phone_speaks,
    ],
    ids=lambda one: one.__name__,
)
async def test_what_the_server_knew_meanwhile_is_what_counts(tmp_path: Path, story: Callable[[], Story]) -> None:
    ended = await lived_through(story().plan(days=7), tmp_path)
    ended.storm.close()
    assert ended.found == []


@pytest.mark.parametrize(
    "story",
    [put_back, put_back_after_a_forgotten_pin, put_back_before_a_late_message],
    ids=lambda one: one.__name__,
)
async def test_what_an_earlier_database_lacks_is_sent_again(tmp_path: Path, story: Callable[[], Story]) -> None:
    told = story()
    ended = await lived_through(told.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.storm.house.restores == 1
    assert [ended.states()[told.date(day)] for day in (1, 2, 3)] == ["done", "done", "done"]
    assert ended.found == []


async def test_a_snapshot_from_before_a_restore_is_refused(tmp_path: Path) -> None:
    told = put_back_after_a_restore()
    ended = await lived_through(told.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.storm.house.restores == 2
    assert [ended.states()[told.date(day)] for day in (1, 2, 3)] == ["done", "done", "done"]
    assert ended.found == []


@pytest.mark.parametrize(
    "story", [put_back_after_a_forgotten_pin, put_back_before_a_late_message], ids=lambda one: one.__name__
)
async def test_nonces_that_are_compared_over_epochs_are_found(tmp_path: Path, story: Callable[[], Story]) -> None:
    with patch("server.intake.contact._is_new_here", return_value=False):
        ended = await lived_through(story().plan(days=6), tmp_path)
    ended.storm.close()
    assert any("is in doubt" in one for one in ended.found), ended.found


async def test_an_epoch_that_goes_on_over_an_earlier_database_is_found(tmp_path: Path) -> None:
    with patch("server.backup.new_epoch.begin"):
        ended = await lived_through(put_back().plan(days=6), tmp_path)
    ended.storm.close()
    assert any("is in doubt" in one for one in ended.found), ended.found


async def test_a_server_that_does_not_notice_is_found(tmp_path: Path) -> None:
    with patch("server.backup.farthest.require_reached"):
        ended = await lived_through(put_back().plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.found == ["the database was set back, and the server serves from it"]
