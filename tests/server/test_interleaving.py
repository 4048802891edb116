"""Whichever comes between the statements of the other: an entry that was in time is done, a phone is lent once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from server.db import days, staff_facts
from server.db.engine import is_sqlite, reading
from server.intake import arrivals, staff
from server.intake.sweep import sweep
from server.intake.sync import sync
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

Transaction = Callable[[Connection], Any]
MOST_STATEMENTS = 60


def in_between(services: Services, outer: Transaction, inner: Transaction, place: int) -> bool:
    """Run `outer`; before its statement number `place`, run the whole of `inner`, or afterwards if it has to wait.

    False when `outer` has fewer statements.
    """
    position, waits, reached = -1, False, False
    with services.engine.connect() as ours, services.engine.connect() as theirs:

        def before_statement(connection: Connection, *_: Any) -> None:
            nonlocal position, waits, reached
            if connection is not ours or reached:
                return
            position += 1
            if position == place:
                reached = True
                waits = not at_once(theirs, inner)

        event.listen(services.engine, "before_cursor_execute", before_statement)
        try:
            with ours.begin():
                outer(ours)
        finally:
            event.remove(services.engine, "before_cursor_execute", before_statement)
    if waits:
        with services.engine.begin() as connection:
            inner(connection)
    return reached


def at_once(connection: Connection, work: Transaction) -> bool:
    """Whether it could be committed without waiting for anybody."""
    if is_sqlite(connection):
        connection.connection.cursor().execute("PRAGMA busy_timeout = 0")
    try:
        with connection.begin():
            if not is_sqlite(connection):
                connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            work(connection)
    except OperationalError:
        return False
    return True


def silent_evening(services: Services, clock: SimulatedEnvironment, number: int) -> Handset:
    """A phone with an entry of last night that the server has not heard of, the window over and not swept."""
    handset = ready(services, f"01-{number:03d}", f"phone {number}")
    day = (clock.now() + timedelta(days=1)).date()
    shown = handset.evening(day)
    clock.move_to(shown.opens + timedelta(hours=1))
    handset.fill_in(day)
    clock.move_to(shown.late_until + timedelta(minutes=5))
    return handset


def ingest(services: Services, handset: Handset) -> Transaction:
    request, now = handset.request(), services.environment.now()
    arrived = arrivals.read(request.records, services.sealing.open)
    return lambda connection: sync(connection, services, handset.participant, request, arrived, now)


def state(services: Services, handset: Handset) -> tuple[str, str | None]:
    filled_in = handset.records[-1]
    with reading(services.engine) as connection:
        (row,) = [one for one in days.of(connection, handset.participant) if one.entry]
    assert row.entry == filled_in.id
    return row.state, row.reason


@pytest.mark.parametrize("sweep_is_outer", [True, False], ids=["ingest within sweep", "sweep within ingest"])
def test_whoever_comes_between_the_entry_counts(
    services: Services, clock: SimulatedEnvironment, sweep_is_outer: bool
) -> None:
    for place in range(MOST_STATEMENTS):
        handset = silent_evening(services, clock, place)
        sweeping: Transaction = lambda connection: sweep(connection, clock.now())  # noqa: E731
        pair = (sweeping, ingest(services, handset)) if sweep_is_outer else (ingest(services, handset), sweeping)
        if not in_between(services, *pair, place):
            break
        assert state(services, handset) == ("done", None), f"before statement {place}"
    assert 5 < place < MOST_STATEMENTS - 1


def test_no_change_number_is_given_twice(services: Services, clock: SimulatedEnvironment) -> None:
    handset = silent_evening(services, clock, 1)
    in_between(services, ingest(services, handset), lambda connection: sweep(connection, clock.now()), 3)
    with reading(services.engine) as connection:
        numbers = [row.change_no for row in days.of(connection, handset.participant)]
        taken = connection.exec_driver_sql("SELECT change_no FROM participant").scalar_one()
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) == taken


def test_a_phone_is_lent_once_whoever_comes_between(services: Services, clock: SimulatedEnvironment) -> None:
    ready(services, ALICE)

    def lending(*, lent: bool) -> Transaction:
        return lambda connection: staff.lend(connection, services, ALICE, lent=lent, author="carol", at=clock.now())

    for place in range(MOST_STATEMENTS):
        if not in_between(services, lending(lent=True), lending(lent=True), place):
            break
        services.writer.run(ALICE, lending(lent=False))
        with reading(services.engine) as connection:
            said = staff_facts.of_kinds(connection, [ALICE], ["phone_lent"])
        assert len(said) == 2 * (place + 1), f"before statement {place}"
    assert 3 < place < MOST_STATEMENTS - 1
