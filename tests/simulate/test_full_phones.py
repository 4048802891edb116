"""Phones without room in storms: they stay full when the app is started again, and lose nothing."""

from pathlib import Path

from server.simulate.storm.counts import Kind
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


async def test_an_app_that_starts_on_a_full_disk_takes_nothing_and_keeps_everything(tmp_path: Path) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(2, 12, Do.DISK_FULL)
    for day in range(2, 7):
        story.happens(day, 13, Do.RESTART_APP)
        story.fills_in(day, sends=False)
    story.happens(7, 12, Do.DISK_FREE)
    story.fills_in(7)
    ended = await lived_through(story.plan(days=9), tmp_path)
    ended.storm.close()
    assert ended.storm.ledger.befell[Kind.DISK_FULL] > 0
    assert [ended.states()[story.date(day)] for day in (1, 6, 7)] == ["done", "missed", "done"]
    assert ended.found == []
