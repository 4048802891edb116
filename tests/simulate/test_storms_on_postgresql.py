"""The same storm on PostgreSQL and on SQLite: every row of every table is the same, ids, receipts and moments too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from server.db.engine import reading
from server.db.tables import METADATA
from server.settings import Settings
from server.simulate.storm.checks import at_the_end
from server.simulate.storm.house import House
from server.simulate.storm.log import Log
from server.simulate.storm.plan import draw
from server.simulate.storm.steps import Do, Plan
from server.simulate.storm.storm import Storm

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.long]

PEOPLE, DAYS = 3, 12
SEEDS = (3006, 90003, 90018)
#: What these do, they do to SQLite's own file.
_OF_A_FILE = frozenset({
    Do.RESTORE, Do.ARCHIVE, Do.RESTORE_ARCHIVE, Do.SNAPSHOT, Do.PUT_BACK, Do.SERVER_FULL, Do.SERVER_FREE,
})  # fmt: skip


def without_copies(plan: Plan) -> Plan:
    return plan.only(step for step in plan.steps if step.do not in _OF_A_FILE)


def on_postgresql(url: str) -> type[House]:
    """A server whose power goes as that of any other: what was not committed is gone."""

    class OnPostgreSQL(House):
        def settings(self) -> Settings:
            return super().settings().model_copy(update={"database_url": url})

        def _found_database(self) -> None:
            """It is migrated."""

        def _make_ready(self, _engine: Engine) -> None:
            """It is as quick as it is, and has room."""

        def _keep_what_lies_there(self) -> None:
            """PostgreSQL does."""

    return OnPostgreSQL


def rows(engine: Engine) -> Iterator[tuple[str, list[str]]]:
    with reading(engine) as connection:
        for name, table in sorted(METADATA.tables.items()):
            yield name, sorted(repr(tuple(map(_plain, row))) for row in connection.execute(select(table)))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


async def lived_on(built: type[House], plan: Plan, folder: Path) -> dict[str, list[str]]:
    storm = Storm(plan, folder, Log(), built=built)
    try:
        await storm.live()
        at_the_end(storm.house, storm.ledger, list(storm.people.values()), storm.desk.decided)
        assert storm.ledger.found == []
        assert storm.house.kills > 0
        return dict(rows(storm.house.services.engine))
    finally:
        storm.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_row_is_the_same_as_on_sqlite(
    seed: int, migrated_postgresql: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plan = without_copies(draw(seed, PEOPLE, DAYS))
    here = await lived_on(House, plan, tmp_path_factory.mktemp("sqlite"))
    there = await lived_on(on_postgresql(migrated_postgresql), plan, tmp_path_factory.mktemp("postgresql"))
    assert here["record"]
    differing = {name for name in here if here[name] != there[name]}
    assert differing == set()
