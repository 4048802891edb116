"""What named a version of the study that was not live is read again once it is, and undoes nothing that staff did."""

from pathlib import Path

import pytest

from diary_app.core.errors import Code
from diary_app.core.staff_acts import LockingReason, SettlingReason
from server.db.engine import reading
from server.intake import locking, settling
from server.intake.sweep import extend
from server.jobs import sweep_due
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.desk import INES, states, waiting
from tests.server.handset import Handset, ready
from tests.server.test_rebuild import rebuilt, working
from tests.server.test_study_amended import FIRST_EVENING, amended

pytestmark = pytest.mark.usefixtures("staffed")
WHY, DAYS = LockingReason.DATA_REVIEWED, (FIRST_EVENING, FIRST_EVENING)
UNDECIDED = ("unknown", "quarantined")


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, which is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def sent_too_soon(alice: Handset, clock: SimulatedEnvironment, **said: object) -> str:
    """An entry under a version that the server does not know, and the evening is over; the entry's id."""
    entry = alice.fill_in(FIRST_EVENING, study_version="2", **said)
    assert [receipt.code for receipt in alice.sync().receipts] == [Code.STUDY_VERSION_UNKNOWN]
    clock.advance(days=2)
    sweep_due(alice.services, clock.now())
    return entry.id


def look(services: Services, clock: SimulatedEnvironment) -> tuple[str, str | None]:
    """What the evening is after the horizon was looked at once more, a day later."""
    clock.advance(days=1)
    with services.engine.begin() as connection:
        extend(connection, services, clock.now())
    return states(services)[FIRST_EVENING]


def test_a_locked_day_stays_as_it_is_and_counts_it_once_it_is_unlocked(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    sent_too_soon(alice, clock)
    locking.lock(services, ALICE, DAYS, WHY, by=INES)
    later = amended(services, tmp_path, clock)
    assert look(later, clock) == UNDECIDED
    locking.unlock(later, ALICE, DAYS, WHY, by=INES)
    assert look(later, clock) == ("done", None)
    sweep_due(later, clock.now())
    before = working(later, ALICE)
    rebuilt(later, clock)
    assert working(later, ALICE) == before
    with reading(later.engine) as connection:
        assert verify(connection).found == []
    later.close()


def test_what_came_when_its_day_was_locked_does_not_count_there_either(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    locking.lock(services, ALICE, DAYS, WHY, by=INES)
    sent_too_soon(alice, clock)
    later = amended(services, tmp_path, clock)
    assert look(later, clock) == UNDECIDED
    later.close()


def test_what_staff_reopened_waits_for_them(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    entry = sent_too_soon(alice, clock)
    later = amended(services, tmp_path, clock)
    assert look(later, clock) == ("done", None)
    settling.reopen(later, entry, SettlingReason.MORE_IS_KNOWN, by=INES)
    assert look(later, clock) == UNDECIDED
    assert [one.id for one in waiting(later)] == [entry]
    later.close()


def test_what_is_refused_again_waits_for_staff_as_before(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    entry = sent_too_soon(alice, clock, instrument_version="99")
    later = amended(services, tmp_path, clock)
    assert look(later, clock) == UNDECIDED
    assert [one.id for one in waiting(later)] == [entry]
    later.close()
