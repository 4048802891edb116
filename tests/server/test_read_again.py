"""An entry of a version of the study that was lost, looked at again once that is live: what staff decided stands."""

from datetime import date
from pathlib import Path

import pytest

from diary_app.core.errors import Code
from diary_app.core.staff_acts import LockingReason
from server import jobs
from server.db.engine import reading
from server.intake import locking, settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.desk import INES, NO_ENTRY, REASON, everything, settle, states, waiting
from tests.server.handset import Handset, ready
from tests.server.test_rebuild import rebuilt, working
from tests.server.test_study_amended import amended

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
IN_DOUBT = ("unknown", "quarantined")


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, which is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def sent(alice: Handset, **changes: object) -> str:
    """An entry of version 2, which the server does not know; its id."""
    entry = alice.fill_in(DAY, study_version="2", **changes)
    assert [receipt.code for receipt in alice.sync().receipts] == [Code.STUDY_VERSION_UNKNOWN]
    return entry.id


def lock(services: Services) -> None:
    locking.lock(services, ALICE, (DAY, DAY), LockingReason.DATA_REVIEWED, by=INES)


def a_day_later(services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    jobs.sweep_due(services, clock.now())
    jobs.extend_horizon(services, clock.now())


def test_it_counts(alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment) -> None:
    sent(alice)
    later = amended(services, tmp_path, clock)
    a_day_later(later, clock)
    assert (states(later)[DAY], waiting(later)) == (("done", None), [])
    later.close()


@pytest.mark.parametrize("is_before", [True, False], ids=["came before the lock", "came after it"])
def test_nothing_of_a_locked_day_changes_until_it_is_unlocked(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment, is_before: bool
) -> None:
    if is_before:
        sent(alice)
        lock(services)
    else:
        lock(services)
        sent(alice)
    later = amended(services, tmp_path, clock)
    a_day_later(later, clock)
    assert (states(later)[DAY], len(waiting(later))) == (IN_DOUBT, 1)
    locking.unlock(later, ALICE, (DAY, DAY), LockingReason.DONE_IN_ERROR, by=INES)
    assert (states(later)[DAY], waiting(later)) == (("done", None), [])
    jobs.sweep_due(later, clock.now())
    before = working(later, ALICE)
    rebuilt(later, clock)
    assert working(later, ALICE) == before
    with reading(later.engine) as connection:
        assert verify(connection).found == []
    later.close()


def test_what_somebody_has_looked_at_again_is_theirs_to_decide(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    item = sent(alice)
    later = amended(services, tmp_path, clock)
    a_day_later(later, clock)
    settling.reopen(later, item, REASON, by=INES)
    a_day_later(later, clock)
    assert (states(later)[DAY], [one.id for one in waiting(later)]) == (IN_DOUBT, [item])
    settle(later, NO_ENTRY)
    a_day_later(later, clock)
    assert [(one.id, one.outcome) for one in everything(later)] == [(item, "no_entry")]
    later.close()


def test_what_is_refused_for_something_else_stays_in_the_inbox(
    alice: Handset, services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    """To give it to its day, which it names itself, would only take it out."""
    item = sent(alice, answers={})
    later = amended(services, tmp_path, clock)
    a_day_later(later, clock)
    assert (states(later)[DAY], [one.id for one in waiting(later)]) == (IN_DOUBT, [item])
    later.close()
