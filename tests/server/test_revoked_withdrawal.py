"""What was sealed because of a withdrawal counts again once that is revoked, and is sealed again by another one."""

from datetime import date, datetime, timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import Fact, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import LockingReason
from server import jobs
from server.db.engine import reading
from server.intake import locking, settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.desk import INES, REASON, days_of, refused, states
from tests.server.handset import Handset, ready, record_fact
from tests.server.test_locking import exported
from tests.server.test_rebuild import rebuilt, working

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def withdraw(services: Services) -> Fact:
    return record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))


def revoke(services: Services, fact: Fact) -> None:
    record_fact(services, ALICE, StatusRevoked(revokes=fact.id, reason="entered_in_error"))


def test_an_entry_sealed_meanwhile_counts_once_it_is_revoked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    withdrawn = withdraw(services)
    entry = alice.fill_in(DAY)
    assert alice.sync().receipts[0].code is Code.AFTER_WITHDRAWAL
    assert exported(services) == []
    clock.advance(days=1)
    revoke(services, withdrawn)
    assert (days_of(services)[DAY].state, days_of(services)[DAY].entry) == ("done", entry.id)
    assert exported(services) == [entry.id]
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before
    with reading(services.engine) as connection:
        assert verify(connection).found == []


def test_what_had_arrived_before_counts_though_its_phones_clock_was_ahead(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.clock_error = timedelta(minutes=65)
    entry = alice.fill_in(DAY)
    assert alice.sync().receipts[0].code is None
    clock.advance(minutes=30)
    withdrawn = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=DAY, effective_at=clock.now(), reason="participant_wish"
    )
    record_fact(services, ALICE, withdrawn)
    clock.advance(days=2)
    jobs.sweep_due(services, clock.now())
    assert (days_of(services)[DAY].state, days_of(services)[DAY].entry) == ("done", entry.id)
    assert exported(services) == [entry.id]


def test_another_withdrawal_seals_it_again(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    withdrawn = withdraw(services)
    alice.fill_in(DAY)
    alice.sync()
    revoke(services, withdrawn)
    withdraw(services)
    assert exported(services) == []


def test_one_that_was_too_late_as_well_is_in_doubt_like_any_other(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    late = alice.evening(DAY).late_until + timedelta(hours=1)
    clock.move_to(late)
    withdrawn = withdraw(services)
    entry = alice.fill_in(DAY)
    alice.sync()
    clock.advance(days=1)
    revoke(services, withdrawn)
    jobs.sweep_due(services, clock.now())
    alice.sync()
    assert (states(services)[DAY], exported(services)) == (("unknown", "quarantined"), [])
    assert refused(lambda: settling.reopen(services, entry.id, REASON, by=INES)) is Code.FACT_INVALID


def test_one_that_came_after_a_lock_waits_for_it_too(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    withdrawn = withdraw(services)
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    entry = alice.fill_in(DAY)
    alice.sync()
    clock.advance(days=1)
    revoke(services, withdrawn)
    assert (states(services)[DAY], exported(services)) == (("unknown", "after_lock"), [])
    locking.unlock(services, ALICE, None, LockingReason.LATE_DATA, by=INES)
    assert (states(services)[DAY], exported(services)) == (("done", None), [entry.id])


def test_one_of_a_day_that_nobody_expected_is_extra_as_if_it_came_now(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    long_ago = DAY - timedelta(days=40)
    withdrawn = withdraw(services)
    entry = alice.fill_in(long_ago, **window_of(alice, long_ago))
    alice.sync()
    assert long_ago not in days_of(services)
    revoke(services, withdrawn)
    assert (days_of(services)[long_ago].state, days_of(services)[long_ago].entry) == ("extra", entry.id)
    alice.sync()
    assert alice.state(long_ago) == "extra"
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before


def window_of(phone: Handset, day: date) -> dict[str, datetime]:
    """As a phone that thinks it expected would show it."""
    shown = phone.evening(DAY)
    return {name: getattr(shown, name) - (DAY - day) for name in ("opens", "closes", "late_until")}
