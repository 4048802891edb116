"""Visit questionnaires that were set aside are settled like evenings; locked days leave them out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diary_app.core.facts import Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import LockingReason, Outcome
from server.db.engine import reading
from server.export.reading import everybody, instruments_in_use
from server.intake import locking
from server.intake.settling import Wanted
from server.intake.visits import visits_done
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import ACCEPTED, INES, NO_ENTRY, REASON, settle
from tests.server.handset import Handset, ready, record_fact
from tests.server.test_settling import came_aside
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix, plan, state_of, states

pytestmark = pytest.mark.usefixtures("staffed")


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def phone(services: Services) -> Handset:
    """Alice's; treatment 1 is planned for Friday 27 November at 10:00."""
    phone = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    phone.sync()
    return phone


def beyond_a_gap(phone: Handset) -> str:
    phone.record("app_event", what="lost on the way")
    made = fill_in_visit(phone)
    phone.sync([phone.records[-1].text])
    return made


def after_treatment(clock: SimulatedEnvironment) -> None:
    clock.move_to(datetime(2026, 11, 27, 12, tzinfo=UTC))


def test_an_accepted_one_is_done_and_exported(services: Services, phone: Handset) -> None:
    made = beyond_a_gap(phone)
    settle(services, ACCEPTED)
    assert (states(services)["m0"].state, states(services)["m0"].entry) == ("done", made)
    with reading(services.engine) as connection:
        (alice,) = everybody(connection, services.study, services.environment.now())
        assert [entry.version.id for entry in alice.entries] == [made]
        told = visits_done(connection, services.study, ALICE)
        assert [(one.visit, one.entry) for one in told] == [("m0", made)], "no phone asks it again"
        assert "GRIX" in {one.code for one in instruments_in_use(connection, services.study)}


def test_one_saved_too_late_is_missed_once_it_is_settled(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    after_treatment(clock)
    fill_in_visit(phone)
    phone.sync()
    assert state_of(services) == ("unknown", "quarantined")
    settle(services, NO_ENTRY)
    assert state_of(services) == ("missed", None)


def test_what_is_assigned_to_a_visits_days_leaves_the_visit_in_doubt(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    today = clock.now().date()
    after_treatment(clock)
    phone.sync()
    came_aside(phone)
    assert state_of(services) == ("unknown", "quarantined")
    settle(services, Wanted(Outcome.ASSIGNED, REASON, "GRIX", today))
    assert state_of(services) == ("unknown", "quarantined")


def test_one_that_comes_after_a_lock_waits_until_it_is_unlocked(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    fill_in_visit(phone)
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    after_treatment(clock)
    phone.sync()
    assert state_of(services) == ("unknown", "after_lock")
    locking.unlock(services, ALICE, None, LockingReason.LATE_DATA, by=INES)
    assert state_of(services) == ("done", None)


def test_one_that_was_sealed_and_came_after_a_lock_waits_for_it_too(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    wish = StatusSet(status=Status.CONSENT_WITHDRAWN, effective=clock.now().date(), reason="own_wish")
    withdrawn = record_fact(services, ALICE, wish)
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    fill_in_visit(phone)
    phone.sync()
    record_fact(services, ALICE, StatusRevoked(revokes=withdrawn.id, reason="entered_in_error"))
    after_treatment(clock)
    assert state_of(services) == ("unknown", "after_lock")
    locking.unlock(services, ALICE, None, LockingReason.LATE_DATA, by=INES)
    assert state_of(services) == ("done", None)
