"""What befell a storm is counted where it happens, and what the tests' seeds do not meet any more is noticed."""

import asyncio
import json

import pytest

from server.commands import simulate
from server.simulate.storm.counts import Befell, Kind, total
from server.simulate.storm.plan import draw
from server.simulate.storm.steps import Do, Plan
from server.simulate.storm.storm import run
from tests.simulate.test_zones_in_storms import LEFT, abroad

pytestmark = pytest.mark.usefixtures("quiet")

#: Small storms that meet every kind of trouble between them, with one that was written down: hardly any seed has a zone
#: that was set aside and is left.
PEOPLE, DAYS = 2, 12
SEEDS = (310, 317, 339, 343, 354, 1985, 3210, 4001, 4002, 5178, 6000, 7004, 8799)
WRITTEN_DOWN = abroad(LEFT).plan(days=8)
#: One of them in which a server is killed.
KILLED = 310


def befell(plan: Plan) -> Befell:
    ended = asyncio.run(run(plan))
    assert ended.found == []
    return ended.befell


def test_the_seeds_of_the_tests_meet_every_kind_of_trouble() -> None:
    drawn = [draw(seed, PEOPLE, DAYS) for seed in SEEDS]
    met = total(befell(plan) for plan in (*drawn, WRITTEN_DOWN))
    assert [kind for kind in Kind if not met[kind]] == []


def test_a_kind_that_is_drawn_no_more_is_noticed() -> None:
    plan = draw(KILLED, PEOPLE, DAYS)
    calm = plan.only(step for step in plan.steps if step.do is not Do.KILL_SERVER)
    killed = (Kind.KILLED_BEFORE_COMMIT, Kind.KILLED_AFTER_COMMIT, Kind.KILLED_BEFORE_ANSWER)
    met, left = befell(plan), befell(calm)
    assert sum(met[kind] for kind in killed) > 0
    assert sum(left[kind] for kind in killed) == 0


def test_the_command_prints_the_sums(capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        wish = simulate.Wish(seed=201, runs=2, people=1, days=6, nightly=False, as_json=as_json, plan=None)
        simulate.run(wish)
    lines = capsys.readouterr().out.splitlines()
    words = [line.split("  ")[-1] for line in lines[2 : 2 + len(Kind)]]
    assert words == [kind.value for kind in Kind]
    first, second, sums = (json.loads(line) for line in lines[-3:])
    assert (sums["seeds"], sums["days"]) == (2, 12)
    assert sums["befell"] == {kind: first["befell"][kind] + second["befell"][kind] for kind in words}
