"""Storms over most of a season: nothing is violated. With its neighbours, twenty thousand participant-days.

Each file of many storms runs beside the others.
"""

import pytest

from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

PEOPLE, DAYS = 60, 53
SEEDS = (501, 504)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_over_a_season(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []
