"""Entries saved while a zone of their phone was set aside count by the windows that the phone showed."""

import pytest

from diary_app.core.errors import Code
from server.intake import settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import (
    ACCEPTED,
    INES,
    NO_ENTRY,
    REASON,
    days_of,
    settle,
    waiting,
)
from tests.server.handset import Handset, new_code
from tests.server.parting import AWAY, HOME, LATER, NEXT, agree, laid_out, shown

pytestmark = pytest.mark.usefixtures("staffed")


def test_an_entry_counts_by_the_window_that_its_phone_showed(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment
) -> None:
    """Nobody has decided: it would be too late by the server's own window."""
    _, away = copies
    clock.move_to(away.evening(NEXT).late_until)
    assert clock.now() > days_of(services)[NEXT].late_until
    entry = away.fill_in(NEXT, utc_offset_minutes=-300, zone=AWAY)
    (receipt,) = away.sync().receipts
    assert receipt.accepted
    assert (days_of(services)[NEXT].state, days_of(services)[NEXT].entry) == ("late", entry.id)


@pytest.mark.parametrize("wanted", [ACCEPTED, NO_ENTRY])
def test_an_entry_made_before_its_phone_heard_counts(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment, wanted: settling.Wanted
) -> None:
    home, away = copies
    early, late = home.evening(NEXT), away.evening(NEXT)
    clock.move_to(early.opens)
    home.fill_in(NEXT)
    clock.move_to(late.late_until)
    away.fill_in(NEXT)
    settle(services, wanted)
    assert [one.accepted for phone in copies for one in phone.sync().receipts] == [True, True]


@pytest.mark.parametrize("told", [ACCEPTED, NO_ENTRY])
def test_an_entry_made_before_its_phone_heard_of_another_decision_counts(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment, told: settling.Wanted
) -> None:
    """It had heard the first decision, which was taken back and made the other way before its entry came."""
    _, away = copies
    item = settle(services, told)
    away.sync([])
    clock.move_to(away.evening(NEXT).late_until if told is ACCEPTED else away.evening(NEXT).opens)
    entry = away.fill_in(NEXT)
    settling.reopen(services, item, REASON, by=INES)
    settle(services, NO_ENTRY if told is ACCEPTED else ACCEPTED)
    assert shown(away, NEXT)[0] != days_of(services)[NEXT].opens
    (receipt,) = away.sync().receipts
    assert receipt.accepted
    assert days_of(services)[NEXT].entry == entry.id


def test_a_phone_that_has_heard_is_held_to_the_decision(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment
) -> None:
    _, away = copies
    window = away.evening(NEXT)
    settle(services, NO_ENTRY)
    away.sync([])
    clock.move_to(window.late_until)
    away.fill_in(NEXT, opens=window.opens, closes=window.closes, late_until=window.late_until)
    (receipt,) = away.sync().receipts
    assert receipt.code is Code.TOO_LATE


def test_an_app_that_goes_by_the_first_decision_is_not_held_to_the_second(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment
) -> None:
    """As one of an earlier release does, which takes what is told of the second for another fact."""
    _, away = copies
    item = settle(services, ACCEPTED)
    away.sync([])
    windows = {day: away.evening(day) for day in (NEXT, LATER)}
    settling.reopen(services, item, REASON, by=INES)
    settle(services, NO_ENTRY)
    away.sync([])
    for day, window in windows.items():
        clock.move_to(window.late_until)
        entry = away.fill_in(day, opens=window.opens, closes=window.closes, late_until=window.late_until)
        (receipt,) = away.sync().receipts
        assert receipt.accepted
        assert days_of(services)[day].entry == entry.id


@pytest.mark.parametrize("settled", [True, False])
def test_a_phone_of_its_own_followed_no_zone_of_another(
    copies: tuple[Handset, Handset], services: Services, clock: SimulatedEnvironment, settled: bool
) -> None:
    """It was enrolled with a code before anybody had decided, and cannot have shown what only the copy confirmed."""
    _, away = copies
    window = away.evening(NEXT)
    second = Handset(services, "second")
    second.enrol(new_code(services, ALICE))
    if settled:
        settle(services, NO_ENTRY)
    clock.move_to(window.late_until)
    second.fill_in(NEXT, opens=window.opens, closes=window.closes, late_until=window.late_until)
    (receipt,) = second.sync().receipts
    assert receipt.code is Code.TOO_LATE


def test_an_entry_behind_the_zone_is_accepted_by_the_window_it_was_shown(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    home, away = alice, alice.copied()
    away.record("zone", zone=AWAY)
    clock.move_to(away.evening(NEXT).late_until)
    entry = away.fill_in(NEXT)
    home.record("app_event", what="opened")
    home.sync()
    away.sync()
    zone, later = waiting(services)
    assert (zone.kind, later.diary_day) == ("zone", NEXT)
    settle(services, ACCEPTED, item=later.id)
    assert days_of(services)[NEXT].entry == entry.id


def test_each_copy_is_judged_by_the_zone_that_it_knew(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    """The zone joined the chain that both had in common; the other copy had not heard of it and was at home."""
    home, away = alice, alice.copied()
    away.record("zone", zone=AWAY)
    away.sync()
    clock.move_to(home.evening(NEXT).opens)
    other = home.successor("home")
    other.fill_in(NEXT)
    other.nonce = home.sync([], successor=other.as_successor()).nonce
    assert laid_out(services, NEXT) == AWAY
    (receipt,) = other.sync().receipts
    assert receipt.accepted


def test_a_copy_that_goes_on_hears_what_came_from_the_id_in_common(alice: Handset, services: Services) -> None:
    """Neither copy is told what came from its own id, so whoever goes on under a new one is told all of it."""
    home, away = alice, alice.copied()
    away.record("zone", zone=AWAY)
    away.sync()
    home.sync([])
    assert home.evening(LATER).zone == HOME
    assert agree(services, home.goes_on("home"), days=(LATER,))
