"""Zones that were set aside: who may accept which, and that nothing is accepted twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Status, StatusSet
from server.intake import settling
from server.services import Services
from tests.conftest import ALICE
from tests.server.desk import (
    ACCEPTED,
    CAROL,
    INES,
    MALLORY,
    NO_ENTRY,
    REASON,
    assigned,
    refused,
    settle,
    waiting,
)
from tests.server.handset import Handset, moved, ready, record_fact
from tests.server.parting import (
    AWAY,
    DAY,
    LATER,
    NEXT,
    agree,
    aside_text,
    laid_out,
    lock,
    settled,
    zones,
)
from tests.server.test_rebuild import working

pytestmark = pytest.mark.usefixtures("staffed")


def test_only_the_investigator_accepts_and_who_settles_may_leave(
    copies: tuple[Handset, Handset], services: Services
) -> None:
    for nobody in (CAROL, MALLORY):
        assert refused(lambda by=nobody: settle(services, ACCEPTED, by)) is Code.NOT_ALLOWED  # type: ignore[misc]
    assert refused(lambda: settle(services, NO_ENTRY, MALLORY)) is Code.NOT_ALLOWED
    item = settle(services, ACCEPTED)
    assert refused(lambda: settling.reopen(services, item, REASON, by=CAROL)) is Code.NOT_ALLOWED
    assert laid_out(services, LATER) == AWAY


def test_a_zone_is_of_no_day(copies: tuple[Handset, Handset], services: Services) -> None:
    assert refused(lambda: settle(services, assigned(NEXT))) is Code.FACT_INVALID
    assert len(waiting(services)) == 1


def test_a_locked_evening_is_not_moved(copies: tuple[Handset, Handset], services: Services) -> None:
    lock(services)
    before = working(services, ALICE)
    assert refused(lambda: settle(services, ACCEPTED)) is Code.DAY_LOCKED
    assert (working(services, ALICE), len(waiting(services))) == (before, 1)
    settle(services, NO_ENTRY)


def test_a_locked_evening_is_not_moved_back(copies: tuple[Handset, Handset], services: Services) -> None:
    item = settle(services, ACCEPTED)
    lock(services)
    assert refused(lambda: settling.reopen(services, item, REASON, by=INES)) is Code.DAY_LOCKED
    assert laid_out(services, LATER) == AWAY


def test_a_zone_confirmed_after_a_withdrawal_is_not_accepted(
    copies: tuple[Handset, Handset], services: Services
) -> None:
    record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    assert refused(lambda: settle(services, ACCEPTED)) is Code.AFTER_WITHDRAWAL
    settle(services, NO_ENTRY)
    (fact,) = settled(services)
    assert (fact.zone, fact.record) == (None, None)


def test_a_zone_from_somebody_elses_phone_is_not_accepted(alice: Handset, services: Services) -> None:
    bob = ready(services, "02-001", "bob")
    alice.sync([moved(alice.record("zone", zone=AWAY), device=bob.device).text])
    assert refused(lambda: settle(services, ACCEPTED)) is Code.WRONG_PARTICIPANT


def test_a_zone_that_nobody_can_read_is_not_accepted(alice: Handset, services: Services) -> None:
    away = alice.copied()
    alice.record("app_event", what="opened")
    alice.sync()
    away.record("zone", zone="Nowhere/Atlantis")
    away.sync()
    assert refused(lambda: settle(services, ACCEPTED)) is Code.FACT_INVALID
    settle(services, NO_ENTRY)


def test_of_two_at_once_one_is_told(copies: tuple[Handset, Handset], services: Services) -> None:
    (one,) = waiting(services)

    def attempt(wanted: settling.Wanted) -> str:
        try:
            settle(services, wanted, item=one.id)
        except RequestRefused as refusal:
            return refusal.code
        return "settled"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, (ACCEPTED, NO_ENTRY))) == ["already_exists", "settled"]
    assert agree(services, copies[1])


def test_the_same_zone_twice_counts_once(copies: tuple[Handset, Handset], services: Services) -> None:
    """The other phone sent it, too; leaving the double does not take the first one back."""
    home, _ = copies
    settle(services, ACCEPTED)
    home.sync([aside_text(services)])
    with pytest.raises(RequestRefused, match="The same is here already") as told:
        settle(services, ACCEPTED)
    assert told.value.code is Code.FACT_INVALID
    settle(services, NO_ENTRY)
    assert laid_out(services, LATER) == AWAY
    assert agree(services, copies[1])
    assert len(zones(services)) == 1


@pytest.mark.parametrize("wanted", [ACCEPTED, NO_ENTRY])
def test_one_that_joins_its_chain_later_counts_as_that_has_it(
    alice: Handset, services: Services, wanted: settling.Wanted
) -> None:
    alice.record("app_event", what="lost on the way")
    zone = alice.record("zone", zone=AWAY)
    alice.sync([zone.text])
    settle(services, wanted)
    assert agree(services, alice)
    alice.sync()
    assert (alice.have, laid_out(services, LATER), len(zones(services))) == (zone.sequence, AWAY, 1)
    assert agree(services, alice)
