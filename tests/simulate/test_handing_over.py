"""Storms with rescue files, and with apps of other releases: what they hold arrives, once."""

from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.steps import Do
from tests.simulate import planted
from tests.simulate.stories import Story, lived_through

ONCE, AGAIN = 1, 2


def rescued(*, times: int, as_codes: bool, sends_first: bool = False) -> Story:
    """Two evenings wait, are handed over, and are sent before or after that."""
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.fills_in(1, sends=False)
    story.fills_in(2, sends=False)
    story.happens(3, 9, Do.MAKE_RESCUE)
    if sends_first:
        story.happens(3, 10, Do.SYNC, fates=["unanswered"])
    story.happens(3, 12, Do.TAKE_RESCUE, times=times, as_codes=as_codes)
    story.happens(3, 13, Do.SYNC, fates=[])
    return story


@pytest.mark.parametrize("sends_first", [False, True])
@pytest.mark.parametrize(("times", "as_codes"), [(ONCE, False), (AGAIN, False), (AGAIN, True)])
async def test_a_rescue_file_counts_once(tmp_path: Path, times: int, as_codes: bool, sends_first: bool) -> None:
    story = rescued(times=times, as_codes=as_codes, sends_first=sends_first)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    befell = ended.storm.ledger.befell
    assert (befell[Kind.RESCUE_TAKEN_IN], befell[Kind.RESCUE_AGAIN]) == (1, times - 1)
    assert [ended.states()[story.date(day)] for day in (1, 2, 3)] == ["done", "done", "missed"]
    assert ended.found == []


async def test_what_a_stolen_phone_had_handed_over_is_here(tmp_path: Path) -> None:
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.fills_in(1, sends=False)
    story.happens(2, 9, Do.MAKE_RESCUE)
    story.happens(2, 10, Do.EVICT)
    story.happens(2, 12, Do.TAKE_RESCUE, times=ONCE, as_codes=False)
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    assert ended.states()[story.date(1)] == "done"
    assert ended.found == []


async def test_a_rescue_file_that_passes_for_a_contact_is_found(tmp_path: Path) -> None:
    story = rescued(times=ONCE, as_codes=False)
    story.leave_out(Do.SYNC)
    story.fills_in(3, sends=False)
    with planted.rescue_taken_for_a_contact():
        ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert any("was called missed" in one for one in ended.found), ended.found


async def test_a_rescue_file_of_which_a_chain_is_left_out_is_found(tmp_path: Path) -> None:
    story = Story()
    story.happens(0, 8, Do.CHOOSE_PIN)
    story.fills_in(1, sends=False)
    story.happens(1, 20, Do.FORGET_PIN)
    story.happens(2, 10, Do.NEW_CODE, fates=["lost"])
    story.fills_in(2, sends=False)
    story.happens(3, 9, Do.MAKE_RESCUE)
    story.happens(3, 12, Do.TAKE_RESCUE, times=ONCE, as_codes=False)
    with planted.rescue_of_the_newest_chain():
        ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert any("rescue file was taken in, and the server has not" in one for one in ended.found), ended.found


@pytest.mark.parametrize("dies_after", [None, 1, 3, 8, 15])
@pytest.mark.parametrize("step", [1, 2])
async def test_an_update_over_an_older_file_loses_nothing(tmp_path: Path, step: int, dies_after: int | None) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(2, 9, Do.OLDER_FILE, step=step, dies_after=dies_after)
    story.fills_in(2)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert [ended.states()[story.date(day)] for day in (1, 2)] == ["done", "done"]
    assert ended.storm.ledger.befell[Kind.OLDER_FILE] == 1
    assert ended.found == []


async def test_an_update_that_loses_an_entry_is_found(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(2, 9, Do.OLDER_FILE, step=2, dies_after=None)
    with planted.update_loses_the_last_entry():
        ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert any("when the app was updated" in one for one in ended.found), ended.found


@pytest.mark.parametrize("protocol", [0, 2])
async def test_an_app_of_another_release_loses_nothing(tmp_path: Path, protocol: int) -> None:
    story = Story()
    story.happens(1, 9, Do.SPEAK, protocol=protocol)
    story.fills_in(1)
    story.fills_in(2)
    story.happens(3, 9, Do.SPEAK, protocol=1)
    story.happens(3, 10, Do.SYNC, fates=[])
    ended = await lived_through(story.plan(days=5), tmp_path)
    ended.storm.close()
    kind = Kind.SPOKE_OLDER if protocol == 0 else Kind.SPOKE_NEWER
    assert ended.storm.network.befell[kind] > 0
    assert [ended.states()[story.date(day)] for day in (1, 2)] == ["done", "done"]
    assert ended.found == []


async def test_a_server_that_turns_older_apps_away_is_found(tmp_path: Path) -> None:
    story = Story()
    story.happens(1, 9, Do.SPEAK, protocol=0)
    story.fills_in(1)
    with planted.older_apps_are_turned_away():
        ended = await lived_through(story.plan(days=3), tmp_path)
    ended.storm.close()
    assert any("is too old" in one for one in ended.found), ended.found
