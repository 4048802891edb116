"""Storms whose requests go through the whole application, with everything that wraps it: nothing is violated."""

import pytest

from server.simulate.storm.entrances import Entrance
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

PEOPLE, DAYS = 40, 30
#: A backup is restored.
SEEDS = (306,)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_through_the_whole_application(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS), Entrance.ASGI) == []
