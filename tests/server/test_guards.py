"""Nobody changes a fact, on either database, and missing guards stop the start."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Date,
    Engine,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from diary_app.core.errors import Code, XerodiaryError
from server.db import guards
from server.db.columns import Moment
from server.db.engine import is_sqlite, reading
from server.db.tables import METADATA
from server.services import Services, open_services

REPLACE = "CREATE OR REPLACE TRIGGER record_no_update"
SAMPLES: dict[type, Any] = {
    Moment: datetime(2026, 11, 22, tzinfo=UTC),
    Date: date(2026, 11, 22),
    LargeBinary: b"one",
    BigInteger: 1,
    Integer: 1,
}


def sample(table: Table, **other: Any) -> dict[str, Any]:
    """A row that the table takes."""
    return {column.name: SAMPLES.get(type(column.type), "one") for column in table.columns} | other


def other_key(table: Table) -> dict[str, Any]:
    """The same row under another primary key, so that only a further unique key stands in the way."""
    return sample(table, **{column.name: "two" for column in table.primary_key})


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """The database with one row in every fact table."""
    with engine.begin() as connection:
        for table in guards.fact_tables():
            connection.execute(insert(table).values(**sample(table)))
    return engine


def refused(engine: Engine, statement: Any) -> bool:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(statement) if isinstance(statement, str) else statement)
    return True


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(table)).all())


def test_no_fact_can_be_updated(filled: Engine) -> None:
    for table in guards.fact_tables():
        column = next(iter(table.columns)).name
        assert refused(filled, update(table).values({column: table.c[column]}))


def test_no_fact_can_be_deleted(filled: Engine) -> None:
    for table in guards.fact_tables():
        assert refused(filled, delete(table))
        assert count(filled, table) == 1


def test_no_fact_can_be_inserted_twice(filled: Engine) -> None:
    for table in guards.fact_tables():
        assert refused(filled, insert(table).values(**sample(table)))


def test_no_conflict_can_be_turned_into_a_change(filled: Engine) -> None:
    maker = sqlite.insert if is_sqlite(filled) else postgresql.insert
    for table in guards.fact_tables():
        keys = [column.name for column in table.primary_key]
        change = {keys[0]: "three"}
        assert refused(
            filled, maker(table).values(**sample(table)).on_conflict_do_update(index_elements=keys, set_=change)
        )


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replace_is_refused_even_without_recursive_triggers(filled: Engine, recursive: str) -> None:
    careless = create_engine(filled.url)
    for table in guards.fact_tables():
        with careless.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA recursive_triggers = {recursive}")
            with pytest.raises(IntegrityError):
                connection.execute(insert(table).prefix_with("OR REPLACE").values(**sample(table)))
    careless.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["record", "quarantine", "participant_fact", "site_fact", "study_version"])
def test_replace_through_another_unique_key_is_refused(filled: Engine, name: str) -> None:
    table = METADATA.tables[name]
    assert refused(filled, insert(table).prefix_with("OR REPLACE").values(**other_key(table)))
    assert count(filled, table) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_fact_table_can_be_truncated(filled: Engine) -> None:
    for table in guards.fact_tables():
        assert refused(filled, f"TRUNCATE {table.name}")


def test_do_nothing_differs_so_stores_look_first(filled: Engine) -> None:
    table = guards.fact_tables()[0]
    maker = sqlite.insert if is_sqlite(filled) else postgresql.insert
    statement = maker(table).values(**sample(table)).on_conflict_do_nothing()
    if is_sqlite(filled):
        assert refused(filled, statement)
    else:
        with filled.begin() as connection:
            assert connection.execute(statement.returning(table.c.id)).all() == []
    assert count(filled, table) == 1


def drop(engine: Engine, name: str, table: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if is_sqlite(engine) else f" ON {table}"))


def reopen(services: Services) -> XerodiaryError:
    with pytest.raises(XerodiaryError) as refusal:
        open_services(services.settings, services.environment)
    return refusal.value


def test_dropped_trigger_stops_the_start(services: Services) -> None:
    dropped = [
        (f"{table.name}_no_{verb}", table.name) for table in guards.fact_tables() for verb in ("update", "delete")
    ]
    for name, table in dropped:
        drop(services.engine, name, table)
        assert name in reopen(services).message
    assert reopen(services).code is Code.DATABASE_GUARDS_MISSING
    assert "backup" in reopen(services).remedy


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_weakened_sqlite_trigger_stops_the_start(services: Services) -> None:
    drop(services.engine, "record_no_update", "record")
    with services.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER record_no_update BEFORE UPDATE ON record BEGIN SELECT 1; END")
    assert reopen(services).code is Code.DATABASE_GUARDS_MISSING


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE record DISABLE TRIGGER record_no_update",
        "ALTER TABLE record ENABLE REPLICA TRIGGER record_no_delete",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        f"{REPLACE} BEFORE UPDATE ON record FOR EACH ROW WHEN (false) EXECUTE FUNCTION refuse_change()",
        f"{REPLACE} BEFORE UPDATE OF code ON record FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ],
    ids=["disabled", "replica only", "hollow function", "never true", "one column"],
)
def test_weakened_postgresql_guard_stops_the_start(services: Services, change: str) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert reopen(services).code is Code.DATABASE_GUARDS_MISSING


def test_a_foreign_trigger_on_facts_stops_the_start(services: Services) -> None:
    body = "BEGIN SELECT 1; END" if is_sqlite(services.engine) else "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    with services.engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TRIGGER spy AFTER INSERT ON record {body}")
    assert "spy" in reopen(services).message


def test_working_tables_stay_changeable(services: Services) -> None:
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE server_state SET value = value")
        connection.exec_driver_sql("DELETE FROM server_state")
    with reading(services.engine) as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM server_state").scalar_one() == 0
