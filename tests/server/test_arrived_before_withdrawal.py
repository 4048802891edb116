"""What had arrived before consent was withdrawn was made with consent, however far ahead the clock of its phone was."""

from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import Fact, Status, StatusRevoked, StatusSet
from server.console.person.entries import Stands, Version, versions_of
from server.db.engine import reading
from server.intake import settling
from server.intake.known import facts_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import HIDDEN, Asked, Reader, rows
from server.trail.reviewing import signals_of
from tests.conftest import ALICE
from tests.server.desk import ACCEPTED, INES, days_of, settle, waiting
from tests.server.handset import Handset, ready, record_fact
from tests.server.test_locking import exported
from tests.server.test_rebuild import rebuilt
from tests.server.test_settling import beyond_a_gap

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Her clock is an hour ahead; the first evening of her diary is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    handset.clock_error = timedelta(minutes=65)
    return handset


def withdraw(services: Services, clock: SimulatedEnvironment, *, ago: timedelta = timedelta()) -> Fact:
    said = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=DAY, effective_at=clock.now() - ago, reason="participant_wish"
    )
    return record_fact(services, ALICE, said)


def page(services: Services) -> Version:
    with reading(services.engine) as connection:
        (found,) = versions_of(connection, ALICE, facts_of(connection, ALICE))
    return found


def told(services: Services, source: str) -> set[str]:
    with reading(services.engine) as connection:
        found = rows(connection, Reader(None, answers=True), Asked(ALICE, field="answers"))
        return {row.new for row in found if row.source == source}


def test_what_was_set_aside_can_be_looked_at_and_accepted(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = beyond_a_gap(alice)
    clock.advance(minutes=30)
    withdraw(services, clock)
    (one,) = waiting(services)
    assert settling.look_inside(services, one.id, by=INES).body == entry.body
    settle(services, ACCEPTED)
    assert (days_of(services)[DAY].state, exported(services)) == ("done", [entry.id])


@pytest.fixture
def joined_afterwards(alice: Handset, services: Services, clock: SimulatedEnvironment) -> str:
    """It came behind a gap; then she withdrew, and what was missing before it came last. The entry's id."""
    alice.record("app_event", what="lost on the way")
    entry = alice.fill_in(DAY, page_ms={"DMD01": 1})
    alice.sync([entry.text])
    clock.advance(minutes=30)
    withdraw(services, clock)
    alice.have = entry.sequence - 2
    clock.advance(minutes=1)
    (_, receipt) = alice.sync().receipts
    assert (receipt.id, receipt.code) == (entry.id, None)
    return entry.id


def test_what_joins_its_chain_afterwards_counts(joined_afterwards: str, services: Services) -> None:
    assert (days_of(services)[DAY].state, days_of(services)[DAY].entry) == ("done", joined_afterwards)
    assert exported(services) == [joined_afterwards]
    assert (page(services).stands, page(services).body is None) == (Stands.COUNTS, False)
    assert HIDDEN not in told(services, joined_afterwards)
    with reading(services.engine) as connection:
        assert [one.entries for one in signals_of(connection, services.study, ALICE)] == [(joined_afterwards,)]


def test_what_joined_afterwards_counts_after_a_rebuild(
    joined_afterwards: str, services: Services, clock: SimulatedEnvironment
) -> None:
    rebuilt(services, clock)
    assert days_of(services)[DAY].entry == joined_afterwards


@pytest.mark.usefixtures("joined_afterwards")
def test_what_joined_afterwards_is_sealed_by_a_withdrawal_of_before_it_came(
    services: Services, clock: SimulatedEnvironment
) -> None:
    withdraw(services, clock, ago=timedelta(hours=2))
    assert (exported(services), page(services).stands) == ([], Stands.SEALED)


def test_what_came_behind_a_gap_after_the_withdrawal_stays_sealed(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    withdraw(services, clock)
    clock.advance(minutes=1)
    entry = beyond_a_gap(alice)
    alice.have = entry.sequence - 2
    clock.advance(minutes=1)
    assert alice.sync().receipts[-1].code is Code.AFTER_WITHDRAWAL
    assert exported(services) == []


def test_a_time_zone_that_was_set_aside_can_be_followed(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.record("app_event", what="lost on the way")
    alice.sync([alice.record("zone", zone="Asia/Tokyo").text])
    clock.advance(minutes=30)
    withdraw(services, clock)
    settle(services, ACCEPTED)
    with reading(services.engine) as connection:
        assert facts_of(connection, ALICE)[-1].detail.zone == "Asia/Tokyo"


def test_what_came_afterwards_stays_sealed(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    withdraw(services, clock)
    clock.advance(minutes=1)
    beyond_a_gap(alice)
    (one,) = waiting(services)
    with pytest.raises(settling.RequestRefused) as refusal:
        settling.look_inside(services, one.id, by=INES)
    assert refusal.value.code is Code.AFTER_WITHDRAWAL


def test_an_entry_that_counts_is_shown_to_whoever_may_see_answers(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = alice.fill_in(DAY, page_ms={"DMD01": 1})
    alice.sync()
    clock.advance(minutes=30)
    withdraw(services, clock)
    assert (page(services).stands, page(services).body is None) == (Stands.COUNTS, False)
    assert HIDDEN not in told(services, entry.id)
    with reading(services.engine) as connection:
        assert [one.entries for one in signals_of(connection, services.study, ALICE)] == [(entry.id,)]


def test_one_that_was_accepted_is_shown_to_nobody_once_a_withdrawal_of_before_is_recorded(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    beyond_a_gap(alice)
    settle(services, ACCEPTED)
    withdraw(services, clock, ago=timedelta(minutes=5))
    assert (page(services).stands, page(services).body) == (Stands.SEALED, None)


def test_of_two_withdrawals_the_one_that_is_left_seals_nothing_that_came_before_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = withdraw(services, clock)
    entry = alice.fill_in(DAY)
    assert alice.sync().receipts[0].code is Code.AFTER_WITHDRAWAL
    clock.advance(minutes=30)
    withdraw(services, clock)
    record_fact(services, ALICE, StatusRevoked(revokes=first.id, reason="entered_in_error"))
    assert (days_of(services)[DAY].state, exported(services)) == ("done", [entry.id])
