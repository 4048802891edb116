"""The ladder of migrations gives exactly the tables of the code, once, and never walks down."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from diary_app.core.errors import Code, XerodiaryError
from server.db import guards, ladder, migrate
from server.db.engine import make_engine
from server.db.tables import METADATA


def test_migrated_schema_is_that_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_unique_keys_and_nulls_are_those_of_the_code(engine: Engine) -> None:
    inspector = inspect(engine)
    for table in METADATA.tables.values():
        found = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert found == {column.name: column.nullable for column in table.columns}
        assert inspector.get_pk_constraint(table.name)["constrained_columns"] == [key.name for key in table.primary_key]


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == migrate.newest()


def test_newer_database_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(XerodiaryError, match="9999") as refusal:
        migrate.upgrade(engine)
    assert refusal.value.code is Code.DATABASE_TOO_NEW


def test_two_processes_migrate_one_empty_database(empty_database_url: str) -> None:
    engines = [make_engine(empty_database_url) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate.upgrade, engines))
    with engines[0].connect() as connection:
        guards.check(connection)
    for engine in engines:
        engine.dispose()


def test_failed_migration_leaves_nothing_behind(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE session (in_the_way INTEGER)")
    with pytest.raises(Exception, match="session"):
        migrate.upgrade(engine)
    assert inspect(engine).get_table_names() == ["session"]
    engine.dispose()


def test_a_day_that_waits_for_its_lock_is_found_after_the_migration(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    stored = text(
        "INSERT INTO expected_day (participant, instrument, zone, opens, closes, late_until, revision, change_no,"
        " received_at, diary_day, state, reason)"
        " VALUES ('01-001', 'DMD', 'Etc/UTC', 1, 2, 3, 1, 1, 7, :day, :state, :reason)"
    )
    with engine.begin() as connection:
        ladder.climb(connection, "0009")
        connection.execute(stored, {"day": "2026-11-22", "state": "unknown", "reason": "after_lock"})
        connection.execute(stored, {"day": "2026-11-23", "state": "done", "reason": None})
    migrate.upgrade(engine)
    with engine.connect() as connection:
        query = "SELECT after_lock_at FROM expected_day ORDER BY diary_day"
        assert [row[0] for row in connection.exec_driver_sql(query)] == [7, None]
    engine.dispose()


def test_the_ladder_is_one_flat_line() -> None:
    from alembic.script import ScriptDirectory

    steps = list(ScriptDirectory.from_config(ladder.config()).walk_revisions())
    assert [step.revision for step in steps] == [f"{number:04}" for number in range(len(steps), 0, -1)]


def test_indexes_of_some_rows_are_those_of_the_code(engine: Engine) -> None:
    where, inspector = f"{engine.dialect.name}_where", inspect(engine)
    for table in METADATA.tables.values():
        wanted = {one.name for one in table.indexes if one.dialect_options[engine.dialect.name]["where"] is not None}
        found = inspector.get_indexes(table.name)
        assert {one["name"] for one in found if where in one.get("dialect_options", {})} == wanted


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rows_that_change_all_day_have_room_beside_them(engine: Engine) -> None:
    """PostgreSQL else writes every change into every index of the table; SQLite changes a row where it is."""
    asked = text("SELECT relname FROM pg_class WHERE 'fillfactor=50' = ANY(reloptions) ORDER BY relname")
    with engine.connect() as connection:
        assert list(connection.scalars(asked)) == ["device", "participant"]
