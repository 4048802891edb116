"""Many values are looked for and many rows are written by one statement each, the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select, select

from server.db import (
    contact_details,
    days,
    devices,
    gaps,
    participants,
    push_addresses,
    quarantine,
    records,
    reminders,
    settlements,
    staff_facts,
)
from server.db.among import among
from server.db.bulk import Bulk
from server.db.columns import from_milliseconds, to_milliseconds
from server.db.days import ExpectedDay
from server.db.engine import make_engine

EVENING = datetime(2026, 3, 2, 19, 0, 0, 123_000, UTC)
STORES = (
    contact_details, days, devices, gaps, participants, push_addresses, quarantine, records, reminders, settlements,
    staff_facts,
)  # fmt: skip


class Mood(StrEnum):
    OPEN = "open"


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        days.add(connection, [row(number) for number in range(5)])
        yield connection


def row(number: int, state: str = "open") -> ExpectedDay:
    day, moment = date(2026, 3, 2) + timedelta(days=number), EVENING + timedelta(days=number)
    window = ("Europe/Copenhagen", EVENING, EVENING, EVENING, None)
    return ExpectedDay("01-001", "DMD", day, *window, state, None, 1, moment, None, None, None, number)


def found(connection: Connection, column: Any, *values: object) -> list[int]:
    statement = select(days.TABLE.c.change_no).where(among(column, "values")).order_by(days.TABLE.c.change_no)
    return list(connection.execute(statement, {"values": list(values)}).scalars())


def test_values_of_every_kind_are_found(connection: Connection) -> None:
    assert found(connection, days.TABLE.c.diary_day, date(2026, 3, 2), date(2026, 3, 4), date(2030, 1, 1)) == [0, 2]
    assert found(connection, days.TABLE.c.next_moment, EVENING, EVENING + timedelta(days=1)) == [0, 1]
    assert found(connection, days.TABLE.c.change_no, 3, 4, 2**40) == [3, 4]


def test_members_of_an_enum_are_text_like_any_other(connection: Connection) -> None:
    assert found(connection, days.TABLE.c.state, "missed", Mood.OPEN) == [0, 1, 2, 3, 4]


def test_text_that_looks_like_code_is_only_text(connection: Connection) -> None:
    assert found(connection, days.TABLE.c.participant, """x'), ("'--\\""", "01-001") == [0, 1, 2, 3, 4]
    assert found(connection, days.TABLE.c.participant, "') OR ('1'='1") == []


def test_nothing_is_found_for_no_values(connection: Connection) -> None:
    assert found(connection, days.TABLE.c.state) == []


def test_rows_are_changed_where_they_are_as_seen(connection: Connection) -> None:
    seen = [row(0), row(1)]
    new = [one._replace(state="missed", reason='it\'s \\ "ø" %s', next_moment=None, revision=2) for one in seen]
    days.replace(connection, list(zip(seen, new, strict=True)))
    assert days.of(connection, "01-001") == [*new, row(2), row(3), row(4)]


def test_a_row_that_somebody_else_changed_is_not_written(connection: Connection) -> None:
    changed = row(1)._replace(state="missed", revision=2)
    with pytest.raises(days.Overtaken, match="1 expected days"):
        days.replace(connection, [(row(0), row(0)), (row(1)._replace(revision=7), changed)])


def test_other_columns_stay_as_they_are(connection: Connection) -> None:
    count = Bulk(days.TABLE, ("revision",), found_by=("participant", "diary_day"))
    assert count.run(connection, [("01-001", date(2026, 3, 3), 9), ("nobody", date(2026, 3, 3), 9)]) == 1
    assert count.run(connection, []) == 0
    assert days.of(connection, "01-001")[1] == row(1)._replace(revision=9)


def test_every_list_of_values_is_looked_for_by_an_index(migrated_sqlite: str) -> None:
    """On SQLite; what PostgreSQL does depends on how much is there."""
    engine = make_engine(migrated_sqlite)
    with engine.connect() as connection:
        plans = {name: plan(connection, text) for store in STORES for name, text in statements(store, connection)}
    assert len(plans) > 20
    assert plans.pop("server.db.days._AHEAD_PARTICIPANTS"), "asked only after a clock was wrong, and looks at every day"
    assert {name: steps for name, steps in plans.items() if any(step.startswith("SCAN") for step in steps)} == {}


def statements(store: ModuleType, connection: Connection) -> Iterator[tuple[str, str]]:
    """Those that a store looks for many values with, as SQLite gets them."""
    for name, value in vars(store).items():
        if isinstance(value, Select):
            text = str(value.compile(dialect=connection.dialect))
            if "json_each" in text:
                yield f"{store.__name__}.{name}", text


def plan(connection: Connection, text: str) -> list[str]:
    plain = "".join(part if number % 2 == 0 else "('a', 'b')" for number, part in enumerate(_split(text)))
    steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {plain}", ("[]",) * plain.count("?"))
    return [step.detail for step in steps if "json_each" not in step.detail]


def _split(text: str) -> list[str]:
    """Around the places where SQLAlchemy puts in a list of constants."""
    import re

    return re.split(r"(\(__\[POSTCOMPILE_\w+\]\))", text)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 2, 19, 0, 0, 1_000, UTC),
        datetime(2106, 2, 7, 6, 28, 15, 999_000, UTC),
        datetime(2106, 2, 7, 6, 28, 16, 1_000, UTC),
        datetime(7207, 1, 3, 18, 49, 23, 898_000, UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC),
    ],
)
def test_every_millisecond_comes_back_as_it_was(moment: datetime) -> None:
    assert from_milliseconds(to_milliseconds(moment)) == moment


def test_what_is_less_than_a_millisecond_is_left_out() -> None:
    assert to_milliseconds(EVENING + timedelta(microseconds=999)) == to_milliseconds(EVENING)
