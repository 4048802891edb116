"""Storms of very many people on servers that are restored and set up again: nothing is violated.

Each file of many storms runs beside the others.
"""

import pytest

from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

PEOPLE, DAYS = 40, 30
#: A backup is restored, and the study is amended.
SEEDS = (304,)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_where_the_database_goes_back(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []
