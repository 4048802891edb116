"""A signature says who, when and what, after the password; it holds until something of its own days changes."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from diary_app.core.errors import Code
from diary_app.core.facts import Excused, ExcuseReason
from diary_app.core.staff_acts import LockingReason, Meaning, Signed
from server.access import staff
from server.access.roles import Role
from server.access.throttle import FREE_FOR_PAIR
from server.db.engine import reading
from server.db.tables import METADATA
from server.intake import locking
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.flaws import Flaw
from server.trail.signing import Signable, Signature, Wanted, digest, sign, signatures
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.desk import ACCEPTED, INES, refused, settle
from tests.server.handset import DMD, Handset, ready, record_fact
from tests.server.test_settling import beyond_a_gap
from tests.trail.conftest import Forge
from tests.trail.test_verify import flaws

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
NEXT, THIRD = DAY + timedelta(days=1), DAY + timedelta(days=2)
WHY = LockingReason.DATA_REVIEWED


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's first two evenings, and Ines and Carol who look after her."""
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Holm")
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    alice = ready(services, ALICE)
    for day in (DAY, NEXT):
        clock.advance(days=1)
        alice.fill_in(day)
        alice.sync()
    return alice


def signed(services: Services, first: date = DAY, last: date = DAY, **who: str) -> Signed:
    said = {"username": "ines", "password": staged.PASSWORD, "address": "192.0.2.1", **who}
    detail: Signed = sign(services, Wanted(ALICE, first, last, Meaning.REVIEWED), **said).detail
    return detail


def standing(services: Services, participant: str = ALICE) -> list[Signature]:
    with reading(services.engine) as connection:
        return signatures(connection, participant)


def changes(services: Services) -> list[tuple[str, date]]:
    (one,) = standing(services)
    return [(change.kind, change.day) for change in one.changed]


def test_a_signature_shows_name_time_and_meaning(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    signed(services, DAY, NEXT)
    (one,) = standing(services)
    assert (one.said.name, one.author == one.said.account, one.said.by_role, one.said.meaning) == (
        "Ines Holm", True, "investigator", "reviewed",
    )  # fmt: skip
    assert (one.fact.at, one.said.count, one.valid) == (clock.now(), 2, True)


def test_it_covers_the_hashes_of_its_days(alice: Handset, services: Services) -> None:
    entry = alice.records[1]
    covered = [Signable(entry.id, entry.hash, "entry", DAY, 0)]
    assert signed(services).sha256 == digest(covered)


def test_a_new_entry_outside_its_days_does_not_supersede_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    signed(services, DAY, NEXT)
    clock.advance(days=1)
    alice.fill_in(THIRD)
    alice.sync()
    assert changes(services) == []


def test_another_version_inside_supersedes_it(alice: Handset, services: Services) -> None:
    signed(services, DAY, NEXT)
    alice.fill_in(NEXT, revision=2, parent=alice.records[-1].id)
    alice.sync()
    assert changes(services) == [("entry", NEXT)]
    assert not standing(services)[0].valid


def test_a_fact_about_one_of_its_days_supersedes_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    signed(services, DAY, NEXT)
    record_fact(services, ALICE, Excused(instrument=DMD, diary_day=DAY, reason=ExcuseReason.TOO_ILL))
    assert changes(services) == [("excused", DAY)]


def test_what_is_accepted_inside_supersedes_it(alice: Handset, services: Services) -> None:
    signed(services, DAY, NEXT)
    beyond_a_gap(alice, NEXT)
    assert changes(services) == []
    settle(services, ACCEPTED)
    assert changes(services) == [("quarantine_settled", NEXT)]


def test_locking_and_another_signature_change_nothing(alice: Handset, services: Services) -> None:
    signed(services)
    locking.lock(services, ALICE, (DAY, NEXT), WHY, by=INES)
    signed(services)
    assert [one.valid for one in standing(services)] == [True, True]


def test_what_comes_after_a_lock_supersedes_only_once_unlocked(alice: Handset, services: Services) -> None:
    signed(services, DAY, NEXT)
    locking.lock(services, ALICE, None, WHY, by=INES)
    alice.fill_in(NEXT, revision=2, parent=alice.records[-1].id)
    alice.sync()
    assert changes(services) == []
    locking.unlock(services, ALICE, None, WHY, by=INES)
    assert changes(services) == [("entry", NEXT)]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({"password": "wrong horse battery"}, Code.NOT_ALLOWED),
        ({"username": "nobody"}, Code.NOT_ALLOWED),
        ({"username": "carol"}, Code.NOT_ALLOWED),
    ],
)
def test_who_may_not_or_cannot_prove_it_signs_nothing(
    alice: Handset, services: Services, who: dict[str, str], code: Code
) -> None:
    assert refused(lambda: signed(services, **who)) is code
    assert standing(services) == []


def test_a_closed_account_signs_nothing(alice: Handset, services: Services) -> None:
    with services.engine.begin() as connection:
        account = staff.account_named(connection, "ines")
        staff.disable(connection, services.environment, account.id, author="root")
    assert refused(lambda: signed(services)) is Code.NOT_ALLOWED


def test_guessing_is_slowed_down_and_the_right_one_waits_too(alice: Handset, services: Services) -> None:
    for _ in range(FREE_FOR_PAIR):
        assert refused(lambda: signed(services, password="wrong horse battery")) is Code.NOT_ALLOWED
    assert refused(lambda: signed(services)) is Code.TOO_MANY_TRIES
    assert standing(services) == []


@pytest.mark.parametrize(("first", "last"), [(NEXT, DAY), (DAY, date(2030, 1, 1))])
def test_days_are_named_in_order_and_have_come(alice: Handset, services: Services, first: date, last: date) -> None:
    assert refused(lambda: signed(services, first, last)) is Code.FACT_INVALID


def test_a_signature_is_of_somebody_who_is_there(alice: Handset, services: Services) -> None:
    wanted = Wanted("01-999", DAY, DAY, Meaning.REVIEWED)
    said: dict[str, Any] = {"username": "ines", "password": staged.PASSWORD, "address": ""}
    assert refused(lambda: sign(services, wanted, **said)) is Code.NOT_FOUND
    ready(services, BOB, "bob")
    assert refused(lambda: sign(services, Wanted(BOB, DAY, DAY, Meaning.REVIEWED), **said)) is Code.NOT_ALLOWED


def test_whoever_changes_what_was_signed_is_found(alice: Handset, services: Services, forge: Forge) -> None:
    signed(services, DAY, NEXT)
    alice.fill_in(NEXT, revision=2, parent=alice.records[-1].id)
    alice.sync()
    assert flaws(services) == []
    record = METADATA.tables["record"]
    forge(update(record).where(record.c.id == alice.records[1].id).values(diary_day=THIRD))
    assert ("participant", ALICE, Flaw.SIGNATURE_DIFFERS) in [(one, of, flaw) for one, of, _, flaw in flaws(services)]


@given(order=st.permutations([Signable(str(n), f"{n:064x}", "entry", DAY, n) for n in range(5)]))
def test_the_order_of_what_is_signed_does_not_matter(order: list[Signable]) -> None:
    assert digest(order) == digest(sorted(order))
    assert digest(order) != digest(order[1:])
