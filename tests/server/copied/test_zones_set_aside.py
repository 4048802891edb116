"""A zone confirmed on one of two copies of a phone waits for staff; accepted or left, phone and server agree on it."""

from datetime import timedelta
from typing import Any

import pytest

from diary_app.core.staff_acts import Outcome, QuarantineSettled
from server.db import settlements
from server.db.engine import reading
from server.intake import settling
from server.intake.held import holding
from server.intake.known import facts_of
from server.intake.staff import take_effect
from server.intake.unsealing import settlement_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.desk import (
    ACCEPTED,
    CAROL,
    INES,
    NO_ENTRY,
    REASON,
    days_of,
    everything,
    settle,
    waiting,
)
from tests.server.handset import Handset, add
from tests.server.parting import (
    AWAY,
    DAY,
    HOME,
    LATER,
    NEXT,
    THIRD,
    agree,
    laid_out,
    part,
    settled,
)
from tests.server.test_rebuild import rebuilt

pytestmark = pytest.mark.usefixtures("staffed")


# ---- accepted, and left ---------------------------------------------------------------------------------------


def test_until_somebody_decides_only_its_own_phone_follows_it(
    copies: tuple[Handset, Handset], services: Services
) -> None:
    home, away = copies
    assert (laid_out(services, NEXT), away.evening(NEXT).zone, home.evening(NEXT).zone) == (HOME, AWAY, HOME)
    (one,) = waiting(services)
    assert (one.kind, one.code) == ("zone", "chain_fork")


def test_an_accepted_zone_is_followed(copies: tuple[Handset, Handset], services: Services) -> None:
    settle(services, ACCEPTED)
    assert (laid_out(services, DAY), laid_out(services, NEXT), laid_out(services, LATER)) == (HOME, AWAY, AWAY)
    assert agree(services, copies[1])


def test_the_other_copy_follows_it_where_that_is_in_use(alice: Handset, services: Services) -> None:
    """She is on the phone that never had it; what is accepted counts for her, whoever confirmed it."""
    in_use, _ = part(alice, alice.copied(), AWAY, stays=True)
    assert in_use.evening(LATER).zone == HOME
    settle(services, ACCEPTED)
    assert agree(services, in_use)
    assert in_use.evening(LATER).zone == AWAY


def test_a_zone_that_is_left_is_followed_by_nobody(copies: tuple[Handset, Handset], services: Services) -> None:
    settle(services, NO_ENTRY, CAROL)
    assert (laid_out(services, NEXT), laid_out(services, LATER)) == (HOME, HOME)
    assert agree(services, copies[1])


def test_an_accepted_zone_moves_what_one_that_came_late_would(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    """The evening that had begun when it was confirmed stays where it was; those after it move, also past ones."""
    part(alice, alice.copied(), AWAY)
    clock.advance(days=2)
    before = days_of(services)
    settle(services, ACCEPTED)
    after = days_of(services)
    assert after[DAY].opens == before[DAY].opens
    assert after[NEXT].opens == before[NEXT].opens + timedelta(hours=6)
    assert after[LATER].opens == before[LATER].opens + timedelta(hours=6)


def test_both_copies_may_have_confirmed_zones(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    """One joined; the other was confirmed after it, and accepting it goes on from there."""
    home, away = alice, alice.copied()
    home.record("zone", zone=THIRD)
    home.sync()
    clock.advance(minutes=1)
    copies = part(home, away, AWAY)[::-1]
    assert laid_out(services, LATER) == THIRD
    settle(services, ACCEPTED)
    assert laid_out(services, LATER) == AWAY
    assert agree(services, copies[1])


def test_a_later_zone_goes_on_counting(copies: tuple[Handset, Handset], services: Services, clock: Any) -> None:
    """She has moved on since; what is accepted now is about the evenings before."""
    _, away = copies
    clock.advance(minutes=5)
    away.record("zone", zone=THIRD)
    away.sync()
    settle(services, ACCEPTED)
    assert laid_out(services, LATER) == THIRD
    assert agree(services, copies[1], days=(LATER,))


def test_decisions_are_taken_back_and_made_again(copies: tuple[Handset, Handset], services: Services) -> None:
    for wanted, zone in ((NO_ENTRY, HOME), (ACCEPTED, AWAY), (NO_ENTRY, HOME), (ACCEPTED, AWAY)):
        item = settle(services, wanted)
        assert laid_out(services, LATER) == zone
        assert agree(services, copies[1])
        settling.reopen(services, item, REASON, by=INES)
        assert laid_out(services, LATER) == HOME
        assert agree(services, copies[1])


def test_phones_that_were_silent_hear_the_last_word(copies: tuple[Handset, Handset], services: Services) -> None:
    item = settle(services, ACCEPTED)
    settling.reopen(services, item, REASON, by=INES)
    settle(services, NO_ENTRY)
    assert agree(services, copies[1])
    assert copies[1].evening(LATER).zone == HOME


def test_a_phone_that_is_new_hears_the_last_word(copies: tuple[Handset, Handset], services: Services) -> None:
    settle(services, ACCEPTED)
    _, away = copies
    away.cursor, away.told = 0, {}
    assert agree(services, away)


# ---- what follows ---------------------------------------------------------------------------------------------


def test_a_practice_entry_that_was_set_aside_is_accepted_too(services: Services, clock: SimulatedEnvironment) -> None:
    """Without it no diary begins; its phone, which has begun, would wait for nobody."""
    handset = Handset(services, "alice")
    handset.enrol(add(services, ALICE))
    home, away = handset, handset.copied()
    home.record("app_event", what="opened")
    home.sync()
    away.train()
    away.sync()
    assert days_of(services) == {}
    settle(services, ACCEPTED)
    assert NEXT in days_of(services)


def test_the_fact_says_what_was_decided_and_by_whom(copies: tuple[Handset, Handset], services: Services) -> None:
    settle(services, ACCEPTED)
    (fact,) = settled(services)
    assert (fact.outcome, fact.reason, fact.zone, fact.by_role) == (Outcome.ACCEPTED, REASON, AWAY, "investigator")
    with reading(services.engine) as connection:
        assert verify(connection).found == []


def test_a_rebuild_knows_it(copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment) -> None:
    settle(services, ACCEPTED)
    before = timeless(services), everything(services)
    rebuilt(services, clock)
    assert (timeless(services), everything(services)) == before


def test_what_an_earlier_release_left_is_told_to_nobody(copies: tuple[Handset, Handset], services: Services) -> None:
    """It did not keep what the zone said; whoever opens it again and settles it does."""
    _, away = copies
    item = left_by_an_earlier_release(services)
    away.sync([])
    assert (laid_out(services, LATER), away.evening(LATER).zone) == (HOME, AWAY)
    settling.reopen(services, item, REASON, by=INES)
    settle(services, NO_ENTRY)
    assert agree(services, away)


def left_by_an_earlier_release(services: Services) -> str:
    (one,) = waiting(services)
    detail = QuarantineSettled(
        by_role="coordinator", by_site="copenhagen", item=one.id, sha256=one.sha256, outcome=Outcome.NO_ENTRY,
        reason=REASON,
    )  # fmt: skip
    new_id, now = services.environment.new_id(), services.environment.now()
    with services.engine.begin() as connection, holding(connection, ALICE) as held:
        settlements.add(connection, [settlement_of(ALICE, new_id, detail)])
        take_effect(held, services, facts_of(connection, ALICE), detail, author="carol", at=now, id=new_id)
    return one.id


def timeless(services: Services) -> list[tuple[object, ...]]:
    """Every evening, without how often it was written."""
    return [
        (day, row.zone, row.opens, row.closes, row.late_until, *row.told)
        for day, row in sorted(days_of(services).items())
    ]
