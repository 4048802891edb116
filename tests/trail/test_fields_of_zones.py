"""What a time zone replaced is told as it was when its phone confirmed it, also of one that was accepted later."""

import pytest

from server.intake import settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import Asked
from tests.conftest import ALICE
from tests.server.desk import ACCEPTED, INES, REASON, settle
from tests.server.handset import Handset, ready
from tests.trail.test_fields import read

pytestmark = pytest.mark.usefixtures("staffed")
HOME, AWAY, THIRD = "Europe/Copenhagen", "America/New_York", "Asia/Tokyo"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """One zone that was confirmed came without the record before it; another was confirmed a day later."""
    phone = ready(services, ALICE)
    clock.advance(hours=1)
    phone.record("app_event", what="lost on the way")
    phone.sync([phone.record("zone", zone=AWAY).text])
    clock.advance(days=1)
    return phone


def told(services: Services) -> list[tuple[str, str, str]]:
    return [(row.kind, row.old, row.new) for row in read(services, Asked(field="zone")) if row.participant == ALICE]


def test_an_accepted_zone_replaces_the_one_of_before(alice: Handset, services: Services) -> None:
    settle(services, ACCEPTED)
    assert told(services)[1:] == [("quarantine_settled", HOME, AWAY)]


def test_taken_back_it_leaves_the_one_of_before(alice: Handset, services: Services) -> None:
    settling.reopen(services, settle(services, ACCEPTED), REASON, by=INES)
    assert told(services)[1:] == [("quarantine_settled", HOME, AWAY), ("quarantine_reopened", AWAY, HOME)]


def test_one_that_is_confirmed_afterwards_replaces_the_accepted_one(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    settle(services, ACCEPTED)
    clock.advance(hours=1)
    alice.record("zone", zone=THIRD)
    alice.sync()
    joined, last = ("zone", HOME, AWAY), ("zone", AWAY, THIRD)
    assert told(services)[1:] == [("quarantine_settled", HOME, AWAY), joined, last]


def test_one_that_came_late_replaced_what_held_when_it_was_made(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    second = alice.copied()
    second.records = second.records[:1]
    second.record("zone", zone=THIRD)
    second.sync()
    settle(services, ACCEPTED)
    assert told(services)[1:] == [("zone", HOME, THIRD), ("quarantine_settled", HOME, AWAY)]
