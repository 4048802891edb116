"""On PostgreSQL the server can run as a role that adds facts and can do nothing else to them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ProgrammingError

from server.db import guards, migrate
from server.db.engine import make_engine
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment


@pytest.fixture
def served(empty_postgresql: str, tmp_path: Path, clock: SimulatedEnvironment) -> Iterator[Services]:
    """Services of a role that owns nothing; the owner's address is used for migrations alone."""
    role = f"serving_{os.urandom(4).hex()}"
    owner = make_engine(empty_postgresql)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    url = make_url(empty_postgresql).set(username=role).render_as_string(hide_password=False)
    settings = Settings(database_url=url, database_owner_url=SecretStr(empty_postgresql), var_folder=tmp_path / "var")
    services = open_services(settings, clock)
    yield services
    services.close()
    with owner.begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()


def test_the_role_adds_facts_and_uses_working_tables(served: Services) -> None:
    with served.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO chain_anchor VALUES ('a', 0, '', 0, '')")
        connection.exec_driver_sql("UPDATE server_state SET value = value")
        connection.exec_driver_sql("INSERT INTO attempt VALUES ('a', 0, 1)")
        connection.exec_driver_sql("DELETE FROM attempt")
        guards.check(connection)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE study_version SET text = ''",
        "DELETE FROM study_version",
        "TRUNCATE study_version",
        "DROP TABLE study_version",
        "DROP TRIGGER study_version_no_update ON study_version",
        "ALTER TABLE study_version DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE public.mine (id integer)",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_the_role_cannot_touch_what_is_written(served: Services, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), served.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_the_role_can_start_again_without_its_owner(served: Services) -> None:
    alone = served.settings.model_copy(update={"database_owner_url": None})
    again = open_services(alone, served.environment)
    assert again.epoch == served.epoch
    again.close()


def test_the_grants_can_be_run_by_hand() -> None:
    statements = migrate.grant_statements('"diary app"')
    assert 'TO "diary app"' in statements[1]
    assert "UPDATE" not in statements[1]
