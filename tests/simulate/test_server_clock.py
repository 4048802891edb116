"""Storms in which the server's own clock is wrong, and put right again."""

from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.stories import Story, lived_through


def a_day_ahead() -> Story:
    """For an hour of the second evening the server believes that it is tomorrow; who fills in does so afterwards."""
    story = Story()
    story.fills_in(1)
    story.befalls_server(2, 18, Do.SERVER_CLOCK, minutes=1440)
    story.happens(2, 18.5, Do.SYNC, fates=[])
    story.befalls_server(2, 19.5, Do.SERVER_CLOCK, minutes=0)
    story.fills_in(2, 21)
    story.fills_in(3)
    return story


def last_week() -> Story:
    """After an outage over an evening the server comes back a week too early, and is heard with by phones."""
    story = Story()
    story.fills_in(7)
    story.befalls_server(8, 12, Do.STOP_SERVER)
    story.fills_in(8)
    story.befalls_server(9, 12, Do.SERVER_CLOCK, minutes=-7 * 1440)
    story.befalls_server(9, 12, Do.START_SERVER)
    story.happens(9, 13, Do.SYNC, fates=[])
    story.fills_in(9)
    story.befalls_server(10, 12, Do.SERVER_CLOCK, minutes=0)
    story.fills_in(10)
    return story


def ahead_between_sweeps() -> Story:
    """Nothing but a phone's sync looks at the second evening while the server believes that it is over."""
    story = Story()
    story.fills_in(1)
    story.befalls_server(2, 22, Do.SERVER_CLOCK, minutes=900)
    story.happens(2, 22.5, Do.SYNC, fates=[])
    story.befalls_server(2, 23, Do.SERVER_CLOCK, minutes=0)
    story.fills_in(3)
    return story


async def test_an_evening_that_a_clock_ahead_had_ended_is_open_again_and_counts(tmp_path: Path) -> None:
    story = a_day_ahead()
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert [ended.states()[story.date(day)] for day in (1, 2, 3, 4)] == ["done", "done", "done", "missed"]
    assert ended.storm.ledger.befell[Kind.SERVER_AHEAD] == 1
    assert ended.found == []


async def test_an_evening_that_a_sync_by_a_clock_ahead_had_ended_is_open_again(tmp_path: Path) -> None:
    story = ahead_between_sweeps()
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert [ended.states()[story.date(day)] for day in (1, 2, 3)] == ["done", "missed", "done"]
    assert ended.found == []


async def test_a_server_that_believes_in_last_week_loses_nothing(tmp_path: Path) -> None:
    story = last_week()
    ended = await lived_through(story.plan(days=13), tmp_path)
    ended.storm.close()
    assert [ended.states()[story.date(day)] for day in (6, 7, 8, 9, 10, 11)] == ["missed", *["done"] * 4, "missed"]
    assert ended.storm.ledger.befell[Kind.SERVER_LAST_WEEK] == 1
    assert ended.found == []


async def test_an_amended_study_starts_by_a_clock_from_before_its_first_version(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(1)
    story.befalls_server(2, 12, Do.SERVER_CLOCK, minutes=-7 * 1440)
    story.befalls_server(2, 12, Do.AMEND)
    story.fills_in(2)
    story.befalls_server(3, 12, Do.SERVER_CLOCK, minutes=0)
    story.fills_in(3)
    ended = await lived_through(story.plan(days=6), tmp_path)
    versions = [one.study.version for one in ended.storm.house.services.versions]
    ended.storm.close()
    assert versions == ["1", "2"]
    assert [ended.states()[story.date(day)] for day in (1, 2, 3)] == ["done", "done", "done"]
    assert ended.found == []


async def test_evenings_that_stay_over_are_found(tmp_path: Path) -> None:
    story = Story()
    story.befalls_server(2, 2, Do.SERVER_CLOCK, minutes=1440)
    story.befalls_server(2, 2.5, Do.SERVER_CLOCK, minutes=0)
    story.befalls_server(3, 2.6, Do.SERVER_CLOCK, minutes=2880)
    story.befalls_server(3, 4.5, Do.SERVER_CLOCK, minutes=0)
    with planted.evenings_stay_over():
        ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert any("before its time" in one for one in ended.found), ended.found


@pytest.mark.parametrize("minutes", [-600, -20, 7, 600])
async def test_nobody_is_reminded_twice_by_a_clock_that_jumps(tmp_path: Path, minutes: int) -> None:
    story = Story()
    story.befalls_server(2, 19.2, Do.SERVER_CLOCK, minutes=minutes)
    story.befalls_server(2, 20.5, Do.SERVER_CLOCK, minutes=0)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    names = [one.mark for one in ended.storm.house.post.left]
    assert len(names) == len(set(names)) > 0
    assert ended.found == []
