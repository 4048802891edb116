"""The backup of every night in storms is made by the nightly job, and a night without one is found."""

from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from server.backup import nightly
from server.backup.making import Made
from server.simulate.storm.counts import Kind
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


def three_nights() -> Story:
    """With a second look in the first of them, and a restore after the last."""
    story = Story()
    for night, hour in ((2, 1.2), (2, 2.2), (3, 1.2), (4, 1.2)):
        story.befalls_server(night, hour, Do.BACK_UP)
    story.fills_in(2)
    story.fills_in(4)
    story.befalls_server(4, 20, Do.RESTORE)
    return story


async def test_each_night_has_one_backup_and_the_last_is_restored(tmp_path: Path) -> None:
    story = three_nights()
    ended = await lived_through(story.plan(days=6), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.BACKED_UP] == 3
    assert [ended.states()[story.date(day)] for day in (2, 4)] == ["done", "done"]
    assert ended.found == []


async def test_a_night_without_a_backup_is_found(tmp_path: Path) -> None:
    with patch("server.db.claims._Claim.forbids", lambda _self, _turn, _now: True):
        ended = await lived_through(three_nights().plan(days=6), tmp_path)
    ended.storm.close()
    assert any("no backup was made in the night" in one for one in ended.found), ended.found


async def test_a_backup_that_is_deleted_too_early_is_found(tmp_path: Path) -> None:
    whole = nightly.expire

    def hasty(folder: Path, study: str, newest: Made, before: datetime, *, at_least: int) -> int:
        return whole(folder, study, newest, before + timedelta(days=30), at_least=min(at_least, 1))

    with patch.object(nightly, "expire", hasty):
        ended = await lived_through(three_nights().plan(days=6), tmp_path)
    ended.storm.close()
    assert any("was deleted too early" in one for one in ended.found), ended.found
