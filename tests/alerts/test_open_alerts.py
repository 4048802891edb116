"""What somebody should see to: told when it is so, once, again when it comes again, and not after the end."""

from collections.abc import Collection
from datetime import date, timedelta

import pytest

from diary_app.core.facts import AlertAcknowledged, AlertAction, Status, StatusSet
from diary_app.core.wire import CLOCK_TOLERANCE_MS
from server import jobs
from server.alerts.open_alerts import Alert, open_alerts
from server.db import shapes, staff_facts
from server.db.engine import reading
from server.db.reminders import Reminder
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import CAROL, Handset, add, moved, ready, record_fact
from tests.server.test_locking import sent_after_lock, unlock

EVERYWHERE = ("copenhagen", "odense")


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def told(services: Services, sites: Collection[str] = EVERYWHERE) -> list[tuple[str, str]]:
    return [(one.kind.value, one.participant) for one in alerts(services, sites)]


def alerts(services: Services, sites: Collection[str] = EVERYWHERE) -> list[Alert]:
    with reading(services.engine) as connection:
        return open_alerts(connection, services.study, sites, services.environment.now())


def see_to(services: Services, alert: Alert) -> None:
    detail = AlertAcknowledged(alert=alert.kind, since=alert.since, action=AlertAction.CALLED)
    record_fact(services, alert.participant, detail)


def days_pass(services: Services, clock: SimulatedEnvironment, days: float) -> None:
    clock.advance(days=days)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())


def test_a_diary_that_goes_well_needs_nobody(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    for _ in range(4):
        days_pass(services, clock, 1)
        alice.fill_in(clock.now().date())
        alice.sync()
        assert told(services) == []


def test_a_phone_that_was_never_activated(services: Services, clock: SimulatedEnvironment) -> None:
    add(services, ALICE)
    clock.advance(days=2.9)
    assert told(services) == []
    clock.advance(days=0.2)
    assert told(services) == [("never_activated", ALICE)]


def test_a_phone_not_heard_from(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    days_pass(services, clock, 1.9)
    assert told(services) == []
    days_pass(services, clock, 0.2)
    assert told(services) == [("silent_phone", ALICE)]
    alice.sync()
    assert told(services) == []


def test_a_silent_phone_is_one_alert_until_it_falls_silent_again(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    days_pass(services, clock, 3)
    see_to(services, alerts(services)[0])
    assert told(services) == []
    days_pass(services, clock, 5)
    assert told(services) == []
    alice.sync()
    days_pass(services, clock, 3)
    assert told(services) == [("silent_phone", ALICE)]


def test_a_wrong_clock(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    alice.clock_error = timedelta(milliseconds=CLOCK_TOLERANCE_MS + 60_000)
    alice.sync()
    assert told(services) == [("clock_off", ALICE)]
    alice.clock_error = timedelta()
    clock.advance(minutes=1)
    alice.sync()
    assert told(services) == []


def test_what_waits_beyond_a_gap_may_come_with_the_next_contact(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    alice.record("app_event", what="first")
    late = alice.record("app_event", what="second")
    alice.sync([late.text])
    assert told(services) == []
    clock.advance(days=1.1)
    assert ("chain_gap", ALICE) in told(services)
    alice.have = late.sequence - 2
    alice.sync()
    assert told(services) == []


def test_what_was_set_aside_and_a_phone_in_doubt(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    alice.record("app_event", what="one")
    alice.sync()
    clock.advance(minutes=1)
    alice.sync([moved(alice.records[-1], id="99999999-9999-4999-8999-999999999999").text])
    clock.advance(minutes=1)
    assert told(services) == [("set_aside", ALICE), ("phone_in_doubt", ALICE)]
    (aside, doubt) = alerts(services)
    assert (aside.count, aside.site, doubt.site) == (1, "copenhagen", "copenhagen")
    for one in (aside, doubt):
        see_to(services, one)
    assert told(services) == []


@pytest.fixture
def locked_out(staffed: None, clock: SimulatedEnvironment, alice: Handset) -> None:
    """Her first evening was locked before its entry came."""
    clock.advance(days=1)
    sent_after_lock(alice, clock)
    alice.sync()


@pytest.mark.usefixtures("locked_out")
def test_what_came_after_a_lock_waits_until_somebody_has_seen_to_it(
    services: Services, clock: SimulatedEnvironment
) -> None:
    assert told(services) == [("after_lock", ALICE)]
    record_fact(services, ALICE, StatusSet(status=Status.DIARY_STOPPED, effective=clock.now().date(), reason="other"))
    (waits,) = alerts(services)
    assert (waits.kind, waits.since, waits.count) == ("after_lock", clock.now(), 1), "the diary's end does not end it"
    see_to(services, waits)
    assert told(services) == []


@pytest.mark.usefixtures("locked_out")
def test_what_came_after_a_lock_waits_no_longer_once_it_is_unlocked(services: Services) -> None:
    unlock(services)
    assert told(services) == []


def test_a_reminder_that_reached_nobody(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    row = Reminder(ALICE, "DMD", clock.now().date(), 1, clock.now(), clock.now(), "failed", "sms", 3, 0, 4, None, None)
    services.writer.run(ALICE, lambda connection: shapes.add(connection, shapes.table("reminder"), [row]))
    assert told(services) == [("reminder_failed", ALICE)]
    clock.advance(days=15)
    assert ("reminder_failed", ALICE) not in told(services)


@pytest.mark.parametrize("status", [Status.DIED, Status.CONSENT_WITHDRAWN, Status.DIARY_STOPPED])
def test_after_the_end_nobody_is_called_for_silence(
    services: Services, clock: SimulatedEnvironment, alice: Handset, status: Status
) -> None:
    days_pass(services, clock, 3)
    assert told(services) == [("silent_phone", ALICE)]
    record_fact(services, ALICE, StatusSet(status=status, effective=clock.now().date(), reason="other"))
    assert told(services) == []


def test_what_was_set_aside_is_told_even_after_the_end(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    record_fact(services, ALICE, StatusSet(status=Status.COMPLETED, effective=date(2026, 11, 22), reason="other"))
    alice.sync(["{no record"])
    clock.advance(minutes=1)
    assert ("set_aside", ALICE) in told(services)


def test_everybody_sees_their_own_site_only(services: Services, clock: SimulatedEnvironment) -> None:
    add(services, ALICE)
    add(services, BOB)
    clock.advance(days=4)
    assert told(services, ["odense"]) == [("never_activated", BOB)]
    assert told(services, []) == []


def test_what_was_done_is_a_fact_with_its_author(services: Services, clock: SimulatedEnvironment) -> None:
    add(services, ALICE)
    clock.advance(days=4)
    see_to(services, alerts(services)[0])
    with reading(services.engine) as connection:
        (noted,) = staff_facts.of_kinds(connection, [ALICE], ["alert_acknowledged"])
    assert (noted.author, '"action":"called"' in noted.body, '"alert":"never_activated"' in noted.body) == (
        CAROL, True, True,
    )  # fmt: skip
