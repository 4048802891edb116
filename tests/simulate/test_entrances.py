"""Storms through the whole application: the same must hold there, and what only it does is looked at."""

from pathlib import Path
from unittest.mock import patch

import pytest

from diary_app.core.errors import CommandRefused
from server.commands.simulate import entrance_named
from server.simulate.storm.entrances import Entrance, entrance_for
from server.simulate.storm.plan import draw
from server.simulate.storm.power import Dying
from server.simulate.storm.shrink import lived
from server.simulate.storm.steps import Do
from tests.simulate.stories import Story, lived_through

#: Drawn to go through the application.
SEED = 211


def test_one_seed_in_twenty_goes_through_the_application() -> None:
    assert [seed for seed in range(200, 240) if entrance_for(seed) is Entrance.ASGI] == [211, 231]


def test_nothing_is_violated_through_the_application() -> None:
    assert lived(draw(SEED, people=2, days=12)) == []


async def test_a_refusal_that_the_application_turns_into_a_fault_is_found_only_there(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    story = Story()
    story.fills_in(1, sends=False)
    story.happens(1, 19, Do.SYNC, fates=["cut_request"])
    found = {}
    with patch("server.errors.install"):
        for entrance in Entrance:
            ended = await lived_through(story.plan(days=3), tmp_path_factory.mktemp(entrance), entrance)
            ended.storm.close()
            found[entrance] = ended.found
    assert found[Entrance.ROUTES] == []
    assert any("the server failed" in one for one in found[Entrance.ASGI])


@pytest.mark.parametrize("when", list(Dying))
async def test_the_power_goes_in_the_middle_of_the_application(tmp_path: Path, when: Dying) -> None:
    story = Story()
    story.befalls_server(1, 17, Do.KILL_SERVER, when=when.value, commits=1, in_job=False)
    story.fills_in(1)
    ended = await lived_through(story.plan(days=3), tmp_path, Entrance.ASGI)
    ended.storm.close()
    assert ended.storm.house.kills == 1
    assert ended.states()[story.date(1)] == "done"
    assert ended.found == []


def test_a_way_in_that_does_not_exist_is_refused() -> None:
    assert (entrance_named(""), entrance_named("asgi")) == (None, Entrance.ASGI)
    with pytest.raises(CommandRefused, match="no way into the server"):
        entrance_named("socket")
