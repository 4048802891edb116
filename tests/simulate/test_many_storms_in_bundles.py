"""Storms after which a bundle of everything is made and counted: nothing is violated, and nothing is missing in it."""

import pytest

from server.simulate.storm.exporting import is_exported
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

PEOPLE, DAYS = 40, 30
#: An older database is put back by others.
SEEDS = (305,)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bundle_holds_what_a_storm_of_many_people_has_left(seed: int) -> None:
    assert is_exported(seed)
    assert lived(draw(seed, PEOPLE, DAYS)) == []
