"""What both databases promise once opened."""

import os
import sqlite3
import stat
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, XerodiaryError
from server.db import state
from server.db.engine import check_durability, make_engine, reading


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_sqlite_connection_is_durable_and_strict(engine: Engine) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 10_000,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }
    with engine.connect() as first, engine.connect().execution_options(reading=True):
        assert {name: first.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    before, file = os.umask(0), tmp_path / "new.sqlite"
    try:
        made = make_engine(f"sqlite:///{file}")
        with made.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE begun (number INTEGER)")
            rights = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
            assert rights == {"new.sqlite": 0o600, "new.sqlite-wal": 0o600, "new.sqlite-shm": 0o600}
        made.dispose()
    finally:
        os.umask(before)


def test_a_new_file_is_waited_for_while_another_process_sets_it_up(tmp_path: Path) -> None:
    first = sqlite3.connect(tmp_path / "new.sqlite", isolation_level=None, check_same_thread=False)
    first.execute("CREATE TABLE begun (number INTEGER)")
    first.execute("BEGIN IMMEDIATE")
    commit = Timer(0.2, first.execute, ["COMMIT"])
    commit.start()
    second = make_engine(f"sqlite:///{tmp_path}/new.sqlite")
    with reading(second) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    second.dispose()
    commit.join()
    first.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writing_transaction_holds_the_write_lock_from_its_start(engine: Engine) -> None:
    impatient = make_engine(str(engine.url))
    with engine.begin(), reading(impatient) as reader:
        assert state.value(reader, "nothing") is None
        reader.exec_driver_sql("PRAGMA busy_timeout = 1")
        reader.rollback()
        with pytest.raises(DBAPIError, match="locked"):
            reader.execution_options(reading=False).exec_driver_sql("SELECT 1")
    impatient.dispose()


def test_a_reader_cannot_write(engine: Engine) -> None:
    with reading(engine) as connection, pytest.raises(DBAPIError, match=r"(?i)read.?only"):
        state.set_value(connection, "name", "value")


def test_a_writer_can_follow_a_reader(engine: Engine) -> None:
    for value in ("first", "second"):
        with reading(engine) as connection:
            state.value(connection, "name")
        with engine.begin() as connection:
            state.set_value(connection, "name", value)
    with reading(engine) as connection:
        assert state.value(connection, "name") == "second"


def test_a_reader_sees_one_snapshot(engine: Engine) -> None:
    with reading(engine) as reader:
        before = state.value(reader, "name")
        with engine.begin() as connection:
            state.set_value(connection, "name", "meanwhile")
        assert state.value(reader, "name") == before


def test_rolled_back_work_is_gone(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        state.set_value(connection, "name", str(1 // 0))
    with reading(engine) as connection:
        assert state.value(connection, "name") is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_a_firewall_dropped_is_noticed_unless_its_address_says_otherwise(database_url: str) -> None:
    patient = make_url(database_url).update_query_dict({"tcp_user_timeout": "90000"})
    for url, milliseconds in ((make_url(database_url), "10000"), (patient, "90000")):
        engine = make_engine(url)
        with engine.connect() as connection:
            said = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        assert (said["tcp_user_timeout"], said["keepalives_idle"]) == (milliseconds, "30")
        engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_speaks_utc(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("level", ["off", "local", "remote_write"])
def test_commits_before_the_disk_are_refused(engine: Engine, level: str) -> None:
    with engine.connect() as connection:
        check_durability(connection)
        connection.exec_driver_sql(f"SET synchronous_commit = {level}")
        with pytest.raises(XerodiaryError, match="synchronous_commit") as refusal:
            check_durability(connection)
    assert refusal.value.code is Code.SETTING_INVALID


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(XerodiaryError, match="XERODIARY_DATABASE_URL"):
        make_engine("mysql://root@localhost/diary")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_that_forgets_is_refused(url: str) -> None:
    with pytest.raises(XerodiaryError) as refused:
        make_engine(url)
    assert "file.sqlite" in refused.value.remedy
