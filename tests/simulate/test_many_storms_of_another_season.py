"""Two more seasons, beside the others."""

import pytest

from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from tests.simulate.test_many_storms_of_a_season import DAYS, PEOPLE

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

SEEDS = (502, 506)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_over_another_season(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []
