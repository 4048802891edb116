"""Corrections beside locks, signatures and accepted entries: nothing of a locked day, and a signed one shows it."""

from datetime import date

import pytest

from diary_app.core import correction_facts as told
from diary_app.core.errors import Code
from diary_app.core.staff_acts import LockingReason, Meaning
from server.access import rights
from server.access.roles import Role
from server.db.engine import reading
from server.export.reading import everybody
from server.intake import corrections, locking
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.signing import Wanted as Signing
from server.trail.signing import sign, signatures
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.console import staged
from tests.server import desk
from tests.server.handset import Handset, ready
from tests.server.test_corrections import (
    DAY,
    NEXT,
    ROLES,
    alice,
    approve,
    ask,
    corrected,
    monday,
    refusal,
    waive,
    wanted,
)
from tests.server.test_settling import beyond_a_gap

assert alice  # the fixture
WHY = LockingReason.DATA_REVIEWED


def lock(services: Services, day: date) -> None:
    locking.lock(services, ALICE, (day, day), WHY, by=desk.INES)


def changes(services: Services) -> list[tuple[str, date]]:
    with reading(services.engine) as connection:
        assert verify(connection).found == []
        (one,) = signatures(connection, ALICE)
    return [(change.kind, change.day) for change in one.changed]


@pytest.mark.parametrize("day", [DAY, NEXT])
def test_no_entry_of_or_to_a_locked_day_is_corrected(alice: Handset, services: Services, day: date) -> None:
    key = ask(services, wanted(alice, told.DayMove(day=NEXT)))
    waive(services, key)
    lock(services, day)
    assert refusal(services, corrections.request, wanted(alice, told.DayMove(day=NEXT))) is Code.DAY_LOCKED
    assert refusal(services, corrections.approve, key) is Code.DAY_LOCKED
    locking.unlock(services, ALICE, None, WHY, by=desk.INES)
    approve(services, key)
    assert desk.days_of(services)[NEXT].entry == monday(alice).id


def test_a_correction_supersedes_a_signature_of_either_day(alice: Handset, services: Services) -> None:
    staged.account(services, "nora", (Role.INVESTIGATOR, "copenhagen"))
    said = {"username": "nora", "password": staged.PASSWORD, "address": "192.0.2.1"}
    sign(services, Signing(ALICE, NEXT, NEXT, Meaning.REVIEWED), **said)
    corrected(services, wanted(alice))
    assert changes(services) == []
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    assert [kind for kind, day in changes(services) if day == NEXT][-1] == "correction_approved"


def test_an_accepted_entry_is_corrected_like_any_other(services: Services, clock: SimulatedEnvironment) -> None:
    with services.engine.begin() as connection:
        for right in ROLES:
            rights.give(connection, right, author="root", environment=clock)
    phone = ready(services, ALICE)
    clock.advance(days=1)
    entry = beyond_a_gap(phone)
    desk.settle(services, desk.ACCEPTED)
    clock.advance(days=1)
    corrected(services, wanted(phone, stated_on=DAY))
    with reading(services.engine) as connection:
        (person,) = everybody(connection, services.study, clock.now())
    (one,) = person.entries
    assert (one.version.id, one.given.body.answers["DMD01"], one.version.body.answers["DMD01"]) == (entry.id, 6, 2)
