"""The server's power in storms goes where the plan says: after the jobs of a moment as well as in them."""

from pathlib import Path

import pytest

from server.simulate.storm.counts import Kind
from server.simulate.storm.power import Dying
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through


@pytest.mark.parametrize("when", list(Dying))
async def test_a_kill_in_a_job_befalls_the_job(tmp_path: Path, when: Dying) -> None:
    story = Story()
    story.befalls_server(2, 3, Do.KILL_SERVER, when=when.value, commits=2, in_job=True)
    story.fills_in(2)
    ended = await lived_through(story.plan(days=4), tmp_path)
    ended.storm.close()
    assert ended.storm.house.befell[Kind.KILLED_IN_JOB] == 1
    assert ended.found == []
