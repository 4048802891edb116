"""Locked days stay as they are; what comes meanwhile is kept and receipted, and counts once they are unlocked."""

from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import Excused, ExcuseReason
from diary_app.core.staff_acts import LockingReason
from server import jobs
from server.access import rights
from server.access.rights import Right
from server.access.roles import Role
from server.db.engine import reading
from server.export.reading import everybody
from server.intake import locking, settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.desk import (
    ACCEPTED,
    CAROL,
    INES,
    MALLORY,
    REASON,
    assigned,
    days_of,
    refused,
    settle,
    states,
    waiting,
)
from tests.server.handset import DMD, Handset, ready, record_fact
from tests.server.test_rebuild import rebuilt, working
from tests.server.test_settling import beyond_a_gap, came_aside

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
WHY = LockingReason.DATA_REVIEWED


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, which is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def lock(services: Services, first: date | None = DAY, last: date | None = DAY) -> None:
    locking.lock(services, ALICE, (first, last) if first and last else None, WHY, by=INES)


def unlock(services: Services, first: date | None = DAY, last: date | None = DAY) -> None:
    locking.unlock(services, ALICE, (first, last) if first and last else None, WHY, by=INES)


def exported(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        (alice,) = everybody(connection, services.study, services.environment.now())
        return [entry.version.id for entry in alice.entries]


def sent_after_lock(alice: Handset, clock: SimulatedEnvironment) -> str:
    """Saved in time, sent two days later when the evening was locked; the entry's id."""
    entry = alice.fill_in(DAY)
    clock.advance(days=2)
    jobs.sweep_due(alice.services, clock.now())
    lock(alice.services)
    return entry.id


def test_what_comes_for_a_locked_day_is_kept_and_receipted_and_grades_nothing(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = sent_after_lock(alice, clock)
    answer = alice.sync()
    assert [(one.id, one.accepted, one.code) for one in answer.receipts] == [(entry, True, None)]
    assert (states(services)[DAY], exported(services)) == (("unknown", "after_lock"), [])
    assert answer.have_through == alice.head


def test_the_phone_hears_that_the_study_has_it(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    sent_after_lock(alice, clock)
    told = {day.diary_day: day for day in alice.sync().days}
    assert (told[DAY].entry, told[DAY].received_at) == (None, clock.now())


def test_once_unlocked_it_counts(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    entry = sent_after_lock(alice, clock)
    alice.sync()
    unlock(services)
    assert (days_of(services)[DAY].state, days_of(services)[DAY].entry, exported(services)) == ("done", entry, [entry])
    alice.sync()
    assert alice.state(DAY) == "done"


def test_a_later_version_does_not_replace_what_is_locked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    later = alice.fill_in(DAY, revision=2, parent=first.id)
    lock(services)
    alice.sync()
    assert (days_of(services)[DAY].entry, exported(services)) == (first.id, [first.id])
    unlock(services)
    assert days_of(services)[DAY].entry == later.id


def test_other_days_and_other_people_are_not_locked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    bob = ready(services, BOB, "bob")
    lock(services)
    clock.advance(days=1)
    for phone in (alice, bob):
        phone.fill_in(NEXT)
        phone.sync()
        assert phone.state(NEXT) == "done"


def test_with_everything_locked_no_day_changes(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    lock(services, None, None)
    clock.advance(days=1)
    alice.fill_in(NEXT)
    alice.sync()
    assert exported(services) == []
    unlock(services, NEXT, NEXT)
    assert days_of(services)[NEXT].state == "done"


def test_what_was_accepted_before_the_lock_stays_when_its_chain_brings_it_later(
    alice: Handset, services: Services
) -> None:
    entry = beyond_a_gap(alice)
    settle(services, ACCEPTED)
    lock(services)
    alice.sync()
    assert alice.have == entry.sequence
    assert (days_of(services)[DAY].entry, exported(services)) == (entry.id, [entry.id])


def test_staff_change_nothing_of_a_locked_day(alice: Handset, services: Services) -> None:
    beyond_a_gap(alice)
    came_aside(alice)
    entry, scrap = sorted(waiting(services), key=lambda one: one.code)
    lock(services)
    excuse = Excused(instrument=DMD, diary_day=DAY, reason=ExcuseReason.TOO_ILL)
    assert refused(lambda: record_fact(services, ALICE, excuse)) is Code.DAY_LOCKED
    assert refused(lambda: settle(services, ACCEPTED, item=entry.id)) is Code.DAY_LOCKED
    assert refused(lambda: settle(services, assigned(DAY), item=scrap.id)) is Code.DAY_LOCKED
    unlock(services)
    settle(services, ACCEPTED, item=entry.id)
    lock(services)
    assert refused(lambda: settling.reopen(services, entry.id, REASON, by=INES)) is Code.DAY_LOCKED


def test_only_the_investigator_of_the_site_locks(alice: Handset, services: Services) -> None:
    for nobody in (CAROL, MALLORY):
        assert refused(lambda by=nobody: locking.lock(services, ALICE, None, WHY, by=by)) is Code.NOT_ALLOWED  # type: ignore[misc]
    lock(services)
    assert refused(lambda: locking.unlock(services, ALICE, None, WHY, by=CAROL)) is Code.NOT_ALLOWED


def test_what_makes_no_sense_is_refused(alice: Handset, services: Services) -> None:
    assert refused(lambda: lock(services, NEXT, DAY)) is Code.FACT_INVALID
    assert refused(lambda: unlock(services)) is Code.FACT_INVALID
    lock(services)
    assert refused(lambda: unlock(services, NEXT, NEXT)) is Code.FACT_INVALID
    assert refused(lambda: unlock(services, NEXT, DAY)) is Code.FACT_INVALID
    unlock(services)
    assert refused(lambda: unlock(services)) is Code.FACT_INVALID, "it is unlocked already"
    assert refused(lambda: locking.lock(services, "01-999", None, WHY, by=INES)) is Code.NOT_FOUND


def test_a_rebuild_knows_every_lock(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    sent_after_lock(alice, clock)
    alice.sync()
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before
    unlock(services)
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before


def test_a_right_that_was_taken_meanwhile_locks_nothing(alice: Handset, services: Services) -> None:
    with services.engine.begin() as connection:
        right = Right(INES.account, Role.INVESTIGATOR, "copenhagen")
        rights.take(connection, right, author="root", environment=services.environment)
    assert refused(lambda: locking.lock(services, ALICE, None, WHY, by=INES)) is Code.NOT_ALLOWED
