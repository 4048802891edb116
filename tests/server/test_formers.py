"""Installations that a restored database forgot, vouched for by one that was enrolled since."""

from datetime import date

import pytest

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.wire import Former
from server import jobs
from server.db import devices, quarantine
from server.db.devices import Activation, Device
from server.db.engine import reading
from server.intake import staff
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import CAROL, Handset, new_code, ready
from tests.server.test_rebuild import rebuilt, working

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, as it was enrolled after the restore."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def before(alice: Handset, seed: str = "before") -> Handset:
    """The same phone under the id that it had in the part that was forgotten, with an evening."""
    made = alice.successor(seed)
    made.nonce = "of the epoch before"
    made.fill_in(DAY)
    return made


def as_former(handset: Handset, predecessor: str | None = None) -> Former:
    return Former(device=handset.device, token_sha256=handset.token_sha256, predecessor=predecessor)


def row(handset: Handset) -> tuple[Activation, Device]:
    with reading(handset.services.engine) as connection:
        activation, device = devices.activation(connection, handset.device), devices.get(connection, handset.device)
    assert activation is not None
    assert device is not None
    return activation, device


def report_lost(services: Services) -> None:
    now = services.environment.now()
    services.writer.run(
        ALICE, lambda connection: staff.report_lost(connection, services, ALICE, reason="stolen", author=CAROL, at=now)
    )


def test_it_may_send_from_then_on_and_hears_nothing(alice: Handset) -> None:
    former = before(alice)
    with pytest.raises(RequestRefused) as refused:
        former.sync()
    assert refused.value.code is Code.DEVICE_UNKNOWN
    answer = alice.sync(former=as_former(former))
    assert answer.device_state is DeviceState.ACTIVE
    heard = former.sync()
    assert (heard.device_state, heard.flags, heard.facts) == (DeviceState.REPLACED, (), ())
    assert heard.receipts[0].accepted
    alice.sync()
    assert alice.state(DAY) == "done"


def test_it_is_vouched_for_by_the_code_of_the_phone_and_followed_nobody(alice: Handset) -> None:
    former, second = before(alice), before(alice, "second")
    alice.sync(former=as_former(former))
    alice.sync(former=as_former(second, former.device))
    assert [row(one)[0].code_hash for one in (former, second)] == [row(alice)[0].code_hash] * 2
    assert [row(one)[0].predecessor for one in (former, second)] == [None, former.device]
    following = alice.goes_on("alice again")
    third = before(alice, "third")
    following.sync(former=as_former(third))
    assert row(third)[0].code_hash == row(alice)[0].code_hash


def test_said_twice_it_is_one(alice: Handset) -> None:
    former = before(alice)
    alice.sync(former=as_former(former))
    former.sync()
    known = row(former)
    alice.sync(former=as_former(former))
    assert row(former) == known
    assert former.sync().flags == ()


def test_what_is_known_stays_whose_it_is(alice: Handset, services: Services) -> None:
    bob = ready(services, BOB, "bob")
    known = row(bob)
    stranger = Handset(services, "mallory")
    answer = alice.sync(former=Former(device=bob.device, token_sha256=stranger.token_sha256))
    assert (answer.device_state, row(bob)) == (DeviceState.ACTIVE, known)
    assert alice.sync(former=as_former(alice)).device_state is DeviceState.ACTIVE
    assert row(alice)[1].state == DeviceState.ACTIVE


def test_it_follows_nobody_elses_phone(alice: Handset, services: Services) -> None:
    bob = ready(services, BOB, "bob")
    former = before(alice)
    alice.sync(former=as_former(former, bob.device))
    assert row(former)[0].predecessor is None


def test_a_phone_reported_lost_vouches_for_nobody(alice: Handset, services: Services) -> None:
    report_lost(services)
    former = before(alice)
    alice.sync(former=as_former(former))
    with pytest.raises(RequestRefused):
        former.sync()


def test_what_went_on_from_a_phone_reported_lost_waits_for_staff(alice: Handset, services: Services) -> None:
    report_lost(services)
    found = Handset(services, "found")
    found.enrol(new_code(services, ALICE))
    former = before(alice)
    found.sync(former=as_former(former, alice.device))
    assert former.sync().receipts[0].code is Code.DEVICE_LOST
    with reading(services.engine) as connection:
        assert quarantine.count_unresolved(connection, former.device) == 1


def test_a_replaced_phone_vouches_too(alice: Handset, services: Services) -> None:
    Handset(services, "other").enrol(new_code(services, ALICE))
    former = before(alice)
    alice.sync(former=as_former(former))
    assert former.sync().receipts[0].accepted


def test_a_rebuild_makes_the_same_of_it(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    former = before(alice)
    alice.sync(former=as_former(former))
    clock.advance(seconds=1)
    former.sync()
    clock.advance(days=2)
    alice.sync()
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    stood = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == stood
