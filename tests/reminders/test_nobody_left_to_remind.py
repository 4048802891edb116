"""After a death, a withdrawal or the diary's end is recorded nothing leaves, not even what was claimed or waits."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from diary_app.core.facts import Status, StatusRevoked, StatusSet
from server.intake.held import holding
from server.intake.known import facts_of
from server.intake.staff import take_effect
from server.reminders.delivery import deliver, record
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, DAY, live, reminded, sent_at, states, steps, take, utc
from tests.reminders.post_office import PostOffice
from tests.server.handset import record_fact

ENDINGS = [status for status in Status if status is not Status.TREATMENT_STOPPED]


def end(services: Services, status: Status, effective: date = DAY) -> str:
    return record_fact(services, ALICE, StatusSet(status=status, effective=effective, reason="recorded")).id


def end_by_an_earlier_release(services: Services, status: Status, effective: date) -> None:
    """One that took a death of a day to come."""
    said, now = StatusSet(status=status, effective=effective, reason="recorded"), services.environment.now()

    def work(connection: Connection) -> None:
        with holding(connection, ALICE) as held:
            known, new_id = facts_of(connection, ALICE), services.environment.new_id()
            take_effect(held, services, known, said, author="carol", at=now, id=new_id)

    services.writer.run(ALICE, work)


@pytest.mark.parametrize("status", ENDINGS)
def test_between_claiming_and_sending_it_is_cancelled(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, status: Status
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:30")
    clock.move_to(utc("2026-11-23 19:00"))
    claimed = take(services, clock)
    assert len(claimed) == 1
    end(services, status)
    fates = deliver(services, claimed, clock.now)
    services.writer.run("", lambda connection: record(connection, services, fates))
    live(services, clock, "2026-11-24 02:00")
    assert post_office.raw == []
    assert steps(services) == [("queued", ""), ("claimed", ""), ("cancelled", status.value)]


@pytest.mark.parametrize("status", ENDINGS)
def test_before_a_retry_it_is_cancelled(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, status: Status
) -> None:
    reminded(services)
    post_office.close()
    live(services, clock, "2026-11-23 19:00", minutes=60)
    assert states(services) == ["waiting"]
    end(services, status)
    post_office.open()
    live(services, clock, "2026-11-24 02:00")
    assert post_office.raw == []
    assert steps(services)[2:] == [("failed", "unreachable"), ("cancelled", status.value)]


def test_after_the_treatment_has_stopped_reminders_go_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    end(services, Status.TREATMENT_STOPPED)
    live(services, clock, "2026-11-23 19:05")
    assert post_office.receivers == [ALICES]


@pytest.mark.parametrize("status", [Status.DIED, Status.CONSENT_WITHDRAWN, Status.SCREEN_FAILURE])
def test_a_date_typed_wrongly_keeps_nobody_on_the_list(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, status: Status
) -> None:
    reminded(services)
    end_by_an_earlier_release(services, status, date(2027, 11, 23))
    live(services, clock, "2026-11-25 02:00")
    assert post_office.raw == []


def test_a_diary_that_ends_next_week_is_reminded_of_until_then(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    end(services, Status.DIARY_STOPPED, date(2026, 11, 24))
    live(services, clock, "2026-11-26 02:00")
    assert {moment.date() for moment in sent_at(services)} == {DAY}
    assert len(post_office.raw) == 3


def test_what_was_recorded_in_error_and_revoked_brings_reminders_back(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    mistaken = end(services, Status.DIED, DAY - timedelta(days=1))
    live(services, clock, "2026-11-23 19:30")
    record_fact(services, ALICE, StatusRevoked(revokes=mistaken, reason="wrong_participant"))
    live(services, clock, "2026-11-24 22:00")
    assert [moment.date() for moment in sent_at(services, date(2026, 11, 24))] == [date(2026, 11, 24)] * 3


def test_a_death_recorded_while_a_batch_is_sent_stops_the_rest_of_it(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services, BOB, "bob", email=BOBS)
    reminded(services)
    live(services, clock, "2026-11-23 18:30")
    post_office.during = lambda _: end_both(services)
    live(services, clock, "2026-11-23 23:00")
    assert len(post_office.raw) == 1


def end_both(services: Services) -> None:
    for participant in (ALICE, BOB):
        record_fact(services, participant, StatusSet(status=Status.DIED, effective=DAY, reason="recorded"))
