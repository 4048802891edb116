"""Facts about a site form a chain that shows whatever was changed, and two writers never take the same place."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine

from diary_app.core.records import GENESIS, chain_hash
from server.db import site_facts
from server.db.engine import reading
from server.db.site_facts import SiteFact
from server.simulate.environment import SimulatedEnvironment


def append(engine: Engine, clock: SimulatedEnvironment, site: str = "copenhagen", **body: str) -> SiteFact:
    with engine.begin() as connection:
        return site_facts.append(
            connection, site=site, kind="noted", body=body, author="carol", at=clock.now(), id=clock.new_id()
        )


def test_each_fact_names_the_one_before(engine: Engine, clock: SimulatedEnvironment) -> None:
    first, second = append(engine, clock), append(engine, clock, note="more")
    assert (first.sequence, first.previous) == (1, GENESIS)
    assert (second.sequence, second.previous) == (2, first.hash)


def test_sites_have_chains_of_their_own(engine: Engine, clock: SimulatedEnvironment) -> None:
    append(engine, clock)
    assert append(engine, clock, site="odense").sequence == 1


def test_the_hash_covers_everything_that_is_stored(engine: Engine, clock: SimulatedEnvironment) -> None:
    append(engine, clock, note="more")
    with reading(engine) as connection:
        (fact,) = site_facts.of_site(connection, "copenhagen")
    covered = asdict(fact)
    del covered["previous"], covered["hash"]
    changed = {name: other(value) for name, value in covered.items()} | {"body": '{"note":"less"}'}
    changes = [{}, *({name: value} for name, value in changed.items())]
    hashes = [chain_hash(GENESIS, site_facts.fact_text(**covered | change)) for change in changes]
    assert hashes[0] == fact.hash
    assert len(set(hashes)) == len(hashes)


def other(value: Any) -> Any:
    match value:
        case str():
            return value + "x"
        case int():
            return value + 1
    return value.replace(year=2027)


def test_writers_at_the_same_time_take_different_places(engine: Engine, clock: SimulatedEnvironment) -> None:
    ids = [clock.new_id() for _ in range(8)]

    def add(id: str) -> int:
        with engine.begin() as connection:
            fact = site_facts.append(connection, site="*", kind="noted", body={}, author="a", at=clock.now(), id=id)
        return fact.sequence

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, ids)) == list(range(1, 9))
