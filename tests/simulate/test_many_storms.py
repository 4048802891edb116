"""Storms of many people and days: nothing is violated, and the short way to SQLite changes nothing."""

import asyncio
from unittest.mock import patch

import pytest
from sqlalchemy import Engine

from server.simulate.storm import statements
from server.simulate.storm.plan import draw
from server.simulate.storm.shrink import lived
from server.simulate.storm.storm import run

pytestmark = pytest.mark.usefixtures("quiet")

#: Many in a storm share what the server does for everybody, and each seed begins elsewhere in the year, as do those of
#: `test_many_storms_elsewhere_in_the_year`.
PEOPLE, DAYS = 25, 24
SEEDS = (3, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_violated_in_a_storm_of_many_people_and_days(seed: int) -> None:
    assert lived(draw(seed, PEOPLE, DAYS)) == []


def test_a_storm_is_the_same_when_sqlalchemy_runs_every_statement_itself() -> None:
    plan = draw(30, people=3, days=10)
    short = asyncio.run(run(plan))
    with patch.object(statements, "be_lean", _as_always):
        assert asyncio.run(run(plan)) == short


def _as_always(_engine: Engine) -> None:
    """No shorter way."""
