"""Two workers on one PostgreSQL: each reminder is queued, claimed and sent by one of them only."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.db import participants, reminders
from server.db.engine import reading
from server.reminders.claiming import claim
from server.reminders.delivery import deliver, record
from server.reminders.ledger import Step, begin, blank
from server.reminders.queueing import queue
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, DAY, live, reminded, rows, states, utc
from tests.reminders.post_office import PostOffice
from tests.server.handset import DMD

PEOPLE = 24


@pytest.fixture
def database_url(migrated_postgresql: str) -> str:
    """Only PostgreSQL serves several processes."""
    return migrated_postgresql


def work_off(services: Services, together: Barrier) -> tuple[int, int]:
    """One worker with small batches, from the first moment beside the other; participants looked at, messages sent."""
    now, looked, sent = services.environment.now(), 0, 0
    together.wait()
    while found := services.writer.run("~", lambda connection: queue(connection, services, now, 2)):
        looked += found
    together.wait()
    while True:
        some, claimed = services.writer.run("~", lambda connection: claim(connection, now, 2))
        fates = deliver(services, claimed, lambda: now)
        sent += services.writer.run("~", lambda connection, fates=fates: record(connection, services, fates))
        if not some:
            return looked, sent


def test_two_workers_share_the_work_and_double_nothing(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, open_more: Callable[..., Services]
) -> None:
    for number in range(PEOPLE):
        reminded(services, f"01-{number:03d}", f"phone {number}", email=f"p{number}@example.org")
    live(services, clock, "2026-11-23 18:30", minutes=90)
    clock.move_to(utc("2026-11-23 19:00"))
    together = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda one: work_off(one, together), (services, open_more()))
    assert first[0] + second[0] >= PEOPLE
    assert first[1] + second[1] == PEOPLE
    assert Counter(post_office.receivers) == {f"p{number}@example.org": 1 for number in range(PEOPLE)}
    assert states(services) == ["sent"] * PEOPLE


def test_somebody_who_is_held_elsewhere_is_left_for_the_next_round(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, open_more: Callable[..., Services]
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:30")
    clock.move_to(utc("2026-11-23 19:00"))
    with open_more().engine.begin() as elsewhere:
        participants.lock(elsewhere, ALICE)
        assert services.writer.run("", lambda connection: queue(connection, services, clock.now())) == 0
    assert services.writer.run("", lambda connection: queue(connection, services, clock.now())) == 1


def test_what_another_process_is_claiming_is_not_claimed(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, open_more: Callable[..., Services]
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:30")
    clock.move_to(utc("2026-11-23 19:00"))
    services.writer.run("", lambda connection: queue(connection, services, clock.now()))
    with open_more().engine.begin() as elsewhere:
        assert len(claim(elsewhere, clock.now())[1]) == 1
        assert services.writer.run("", lambda connection: claim(connection, clock.now())) == (0, [])


def test_the_database_itself_refuses_to_queue_a_reminder_twice(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    again = begin(blank(ALICE, DMD, DAY, 1, clock.now(), clock.now()), clock.now(), Step.QUEUED, channel="email")
    for _ in range(2):
        connection = services.engine.connect()
        transaction = connection.begin()
        try:
            reminders.record(connection, [(None, again.row, again.events)])
            transaction.commit()
        except IntegrityError:
            transaction.rollback()
        finally:
            connection.close()
    with reading(services.engine) as connection:
        assert len(reminders.events(connection, participant=ALICE, first=None, last=None)) == 1
    assert len(rows(services)) == 1


def test_a_database_that_is_lost_half_way_forgets_nothing_that_was_sent(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, open_more: Callable[..., Services]
) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    live(services, clock, "2026-11-23 18:59")
    elsewhere = open_more()
    post_office.during = lambda number: cut_off(elsewhere) if number == 1 else None
    live(services, clock, "2026-11-23 19:01", minutes=1)
    assert len(post_office.raw) == 1
    assert sorted(states(services)) == ["claimed", "sent"]
    live(services, clock, "2026-11-23 19:20", minutes=1)
    assert sorted(post_office.receivers) == [ALICES, BOBS]


def cut_off(services: Services) -> None:
    """End every other connection to this database, as a restart does."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with services.engine.connect() as connection:
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
