"""More storms of many people and days, each of which begins elsewhere in the year."""

import pytest

from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from tests.simulate.test_many_storms import DAYS, PEOPLE

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

SEEDS = (4, 10, 18)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_elsewhere_in_the_year(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []
