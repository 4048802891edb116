"""Queries that go to the driver as they are say what they say through SQLAlchemy, and fail as they fail there."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select, bindparam, event, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.db import days, driver, participants, ready, state
from server.db.days import ExpectedDay
from server.db.engine import is_sqlite, reading
from server.db.participants import Participant

EVENING = datetime(2026, 3, 2, 19, 0, 0, 123_000, UTC)
NOBODY = Participant("01-001", "01", "dry", 0, 0, "", EVENING)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        days.add(connection, [row(number) for number in range(5)])
        yield connection


def row(number: int) -> ExpectedDay:
    moment = EVENING + timedelta(days=number)
    window = ("Europe/Copenhagen", EVENING, EVENING, EVENING, None)
    return ExpectedDay(
        "01-001", "DMD", date(2026, 3, 2) + timedelta(days=number), *window, "open", None, 1, moment, None, None, None,
        number,
    )  # fmt: skip


def by_moment() -> Select[Any]:
    """Another one at each call, so that nothing of it is known."""
    named = (days.TABLE.c.diary_day, days.TABLE.c.next_moment, days.TABLE.c.entry)
    return select(*named).where(days.TABLE.c.next_moment > bindparam("since")).order_by(days.TABLE.c.diary_day)


def test_a_query_says_the_same_each_time_it_runs(connection: Connection) -> None:
    statement, since = by_moment(), {"since": EVENING + timedelta(days=2)}
    expected = [(date(2026, 3, day), EVENING + timedelta(days=day - 2), None) for day in (5, 6)]
    for _ in range(3):
        assert [tuple(row) for row in ready.rows(connection, statement, since)] == expected
    assert [tuple(row) for row in connection.execute(statement, since)] == expected


def test_a_list_that_sqlalchemy_takes_apart_can_be_given(connection: Connection) -> None:
    statement = select(days.TABLE.c.change_no).where(days.TABLE.c.change_no.in_(bindparam("some", expanding=True)))
    for wanted in ([1], [1, 3], [4, 0, 2], []):
        found = ready.rows(connection, statement, {"some": wanted})
        assert sorted(row[0] for row in found) == sorted(wanted)


def test_a_constant_of_the_query_stays_with_it(connection: Connection) -> None:
    statement = select(days.TABLE.c.change_no).where(days.TABLE.c.diary_day == date(2026, 3, 4))
    assert [[tuple(row) for row in ready.rows(connection, statement, {})] for _ in range(3)] == [[(2,)]] * 3


def test_whoever_listens_hears_of_it(connection: Connection) -> None:
    heard: list[str] = []

    def note(_connection: Connection, _cursor: object, text: str, *_others: object) -> None:
        heard.append(text)

    statement = by_moment()
    event.listen(connection.engine, "before_cursor_execute", note)
    for _ in range(3):
        ready.rows(connection, statement, {"since": EVENING})
    event.remove(connection.engine, "before_cursor_execute", note)
    assert len(heard) == 3
    assert len({" ".join(text.split()) for text in heard}) == 1


def test_a_transaction_begins_with_it(engine: Engine) -> None:
    statement = by_moment()
    for _ in range(2):
        with reading(engine) as connection:
            assert ready.rows(connection, statement, {"since": EVENING}) == []
            assert connection.in_transaction()
    with engine.connect() as connection:
        driver.run(connection, "DELETE FROM server_state", () if is_sqlite(connection) else {})
        assert connection.in_transaction()


def test_what_the_database_refuses_is_named_as_always_and_undone(engine: Engine) -> None:
    with engine.begin() as connection:
        participants.add(connection, NOBODY)
    with pytest.raises(IntegrityError) as refused:
        _note_and_add_again(engine)
    assert "01-001" not in str(refused.value).replace(str(refused.value.orig), "")
    with reading(engine) as connection:
        assert state.value(connection, "kept") is None


def _note_and_add_again(engine: Engine) -> None:
    with engine.begin() as connection:
        state.set_value(connection, "kept", "no")
        participants.add(connection, NOBODY)


def test_a_statement_that_makes_no_sense_is_an_error_of_the_database(connection: Connection) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"):
        driver.run(connection, "SELECT 1 FROM no_such_table", () if is_sqlite(connection) else {})


def test_what_is_no_error_of_the_database_stays_what_it_is(connection: Connection) -> None:
    class Unheard(Exception):
        pass

    def listen(*_about: object) -> None:
        raise Unheard

    event.listen(connection.engine, "before_cursor_execute", listen)
    with pytest.raises(Unheard):
        driver.run(connection, "SELECT 1", () if is_sqlite(connection) else {})
    event.remove(connection.engine, "before_cursor_execute", listen)
    assert driver.run(connection, "SELECT 1", () if is_sqlite(connection) else {}).rows
