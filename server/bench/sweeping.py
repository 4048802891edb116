"""What looking for due days costs when there are none, and how fast days are graded that time alone has ended.

One participant comes through the front door; the database multiplies the rows, as 100,000 cannot enrol one by one.
Grading is measured beside one plain UPDATE of as many rows in the same table and the same number of commits.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, Text, Update, cast, func, insert, literal, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from diary_app.core.environment import SystemEnvironment
from diary_app.core.grading import State, UnknownReason
from server.at_rest import set_apart
from server.bench.databases import Place, settle_in
from server.bench.figures import Figure, beside, beside_fastest
from server.bench.ingest import NotStored
from server.db import days, devices, participants, shapes, staff_facts
from server.db.writer import LAST
from server.intake.sweep import DUE_AT_ONCE, sweep
from server.services import Services
from server.simulate.crowd import crowd
from server.simulate.environment import SimulatedEnvironment

SIZES = (1_000, 10_000, 100_000)
LOOKS = 200
BATCHES = 20
#: Columns that name a row or its owner; every copy gets names of its own.
NAMES: Mapping[str, tuple[str, ...]] = {
    "participant": ("id",),
    "participant_fact": ("id", "participant"),
    "device": ("device", "participant"),
    "expected_day": ("participant",),
}
TABLES = (participants.TABLE, staff_facts.TABLE, devices.TABLE, days.TABLE)


def looking(place: Place, size: int, batches: int = BATCHES) -> list[Figure]:
    """Both figures at that many participants; grading only where there are days enough for every batch."""
    world = SimulatedEnvironment(SystemEnvironment().now() - timedelta(days=2), seed=place.url)
    with place.opened(world) as services:
        ends = _everybody_open(services, world, size)
        settle_in(services)
        set_apart()  # as a server does once it has started
        figures = [_nothing_due(services, size, ends - timedelta(minutes=1)).on(place.name)]
        if 2 * batches * DUE_AT_ONCE <= size:
            figures.append(_flagging(services, size, ends, batches).on(place.name))
    return figures


def multiply(connection: Connection, times: int) -> None:
    """So many copies of every row of the participants that are there, each under another name."""
    number = select(literal(1, Integer).label("n")).cte("number", recursive=True)
    number = number.union_all(select(number.c.n + 1).where(number.c.n < times))
    suffix = literal("-") + cast(number.c.n, Text)
    for table in TABLES:
        values: list[ColumnElement[Any]] = [
            column + suffix if column.name in NAMES[table.name] else column for column in table.c
        ]
        rows = select(*values).select_from(table.join(number, literal(1) == literal(1)))
        connection.execute(insert(table).from_select([column.name for column in table.c], rows))


def _everybody_open(services: Services, world: SimulatedEnvironment, size: int) -> datetime:
    """Everybody's evening is open; when it ends for all of them."""
    (first,) = crowd(services, world, 1, world.now())
    with services.engine.connect() as connection:
        evening = days.of(connection, first.participant)[0]
    world.move_to(evening.opens + timedelta(hours=1))
    services.writer.run(LAST, lambda connection: sweep(connection, world.now()))
    services.writer.run(LAST, lambda connection: multiply(connection, size - 1))
    return evening.late_until


def _nothing_due(services: Services, size: int, now: datetime) -> Figure:
    look = select(days.TABLE.c.participant).where(days.TABLE.c.next_moment <= shapes.given("now")).limit(1)
    ours, floors = [], []
    for _ in range(LOOKS):
        began = time.perf_counter()
        with services.engine.begin() as connection:
            connection.execute(look, {"now": now}).all()
        floors.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        services.writer.run(LAST, lambda connection: sweep(connection, now))
        ours.append((time.perf_counter() - began) * 1000)
    return beside_fastest(f"sweep, nothing due, {size} participants", "ms", ours, floors)


def _flagging(services: Services, size: int, now: datetime, batches: int) -> Figure:
    plain = _plain_update()
    ours, floors = [], []
    for _ in range(batches):
        began = time.perf_counter()
        with services.engine.begin() as connection:
            connection.execute(plain, {"now": now, "at_once": DUE_AT_ONCE})
        floors.append(DUE_AT_ONCE / (time.perf_counter() - began))
        began = time.perf_counter()
        services.writer.run(LAST, lambda connection: sweep(connection, now))
        ours.append(DUE_AT_ONCE / (time.perf_counter() - began))
    _require_flagged(services, 2 * batches * DUE_AT_ONCE)
    return beside(f"sweep, days graded, {size} participants", "/s", ours, floors)


def _plain_update() -> Update:
    key = tuple_(days.TABLE.c.participant, days.TABLE.c.instrument, days.TABLE.c.diary_day)
    due = select(days.TABLE.c.participant, days.TABLE.c.instrument, days.TABLE.c.diary_day).where(
        days.TABLE.c.next_moment <= shapes.given("now")
    )
    some = due.order_by(days.TABLE.c.next_moment).limit(shapes.given("at_once"))
    values = {"state": State.UNKNOWN.value, "reason": UnknownReason.SILENT.value, "next_moment": None}
    return update(days.TABLE).where(key.in_(some)).values(values | {"revision": days.TABLE.c.revision + 1})


def _require_flagged(services: Services, expected: int) -> None:
    """Both ways of writing left the same states."""
    flagged = (days.TABLE.c.state == State.UNKNOWN.value) & (days.TABLE.c.reason == UnknownReason.SILENT.value)
    with services.engine.connect() as connection:
        found = connection.execute(select(func.count()).select_from(days.TABLE).where(flagged)).scalar_one()
    if found != expected:
        raise NotStored(f"{found} days were graded, not {expected}")
