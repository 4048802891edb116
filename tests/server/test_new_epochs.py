"""Phones that know of a new epoch before each of their chains was heard in it, and messages of before it began."""

from copy import copy
from dataclasses import replace
from datetime import date

import pytest

from diary_app.core.errors import Code
from diary_app.core.wire import Directive
from server.db import devices
from server.db.devices import Device
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, add, ready

DAY = date(2026, 11, 23)


def row_of(phone: Handset) -> Device:
    with reading(phone.services.engine) as connection:
        row = devices.get(connection, phone.device)
    assert row is not None
    return row


def go_back(phone: Handset, to: Device) -> None:
    """The database knows of the phone what it knew then, and is another epoch, which the phone heard of elsewhere."""
    phone.services = replace(phone.services, epoch=phone.services.environment.new_id())
    as_it_was = to._replace(nonce="", previous_nonce="")
    phone.services.writer.run(phone.participant, lambda connection: devices.save(connection, as_it_was))
    phone.epoch = phone.services.epoch


def copied(phone: Handset) -> Handset:
    other = copy(phone)
    other.records, other.told = list(phone.records), dict(phone.told)
    return other


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    phone = ready(services, ALICE)
    clock.advance(days=1)
    return phone


@pytest.fixture
def forgotten(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone with a nonce of before, when the database has gone back behind its enrolment."""
    phone = Handset(replace(services, epoch=services.environment.new_id()))
    phone.nonce = f"{services.epoch[:8]}.{services.environment.new_id()}"
    clock.advance(minutes=5)
    return phone


def test_a_late_message_of_before_leaves_a_phone_without_doubt(alice: Handset, clock: SimulatedEnvironment) -> None:
    late, then = alice.request(), row_of(alice)
    clock.advance(minutes=1)
    alice.sync()
    go_back(alice, then)
    alice.exchange(late)
    answer = alice.sync()
    assert (answer.flags, answer.directive) == ((), Directive.NONE)


def test_a_phone_that_did_not_hear_that_it_was_enrolled_again_is_not_doubted(forgotten: Handset) -> None:
    copied(forgotten).enrol(add(forgotten.services, ALICE))
    answer = forgotten.sync()
    assert (answer.flags, answer.directive) == ((), Directive.NONE)


def test_a_late_message_of_before_a_phone_was_enrolled_again_is_no_contact(
    forgotten: Handset, clock: SimulatedEnvironment, services: Services
) -> None:
    late = forgotten.request(epoch=services.epoch)
    clock.advance(hours=1)
    forgotten.enrol(add(forgotten.services, ALICE))
    forgotten.exchange(late)
    assert row_of(forgotten).last_seen_at is None
    answer = forgotten.sync()
    assert (answer.flags, answer.directive) == ((), Directive.NONE)


@pytest.mark.parametrize("order", [(0, 1, 0), (0, 0, 1)], ids=["in turn", "once the phone has answered"])
def test_two_copies_that_both_know_of_the_epoch_are_found(
    alice: Handset, clock: SimulatedEnvironment, order: tuple[int, ...]
) -> None:
    go_back(alice, row_of(alice))
    phones = (alice, copied(alice))
    for which in order:
        clock.advance(minutes=1)
        answer = phones[which].sync()
    assert (answer.flags, answer.directive) == ((Code.NONCE_STALE,), Directive.NEW_DEVICE)


def test_a_phone_that_was_set_back_is_found_in_a_new_epoch(alice: Handset, clock: SimulatedEnvironment) -> None:
    alice.fill_in(DAY)
    alice.sync()
    late, then = alice.request(), row_of(alice)
    clock.advance(minutes=1)
    alice.sync()
    go_back(alice, then)
    alice.exchange(late)
    alice.records.pop()
    answer = alice.sync([])
    assert (answer.flags, answer.directive) == ((Code.DEVICE_DOUBTFUL,), Directive.NEW_DEVICE)


def test_a_phone_set_back_to_before_the_epoch_is_found_and_a_late_message_is_not(
    alice: Handset, clock: SimulatedEnvironment
) -> None:
    """It names the epoch of before, which nobody does who has heard of this one."""
    image, then = copied(alice), row_of(alice)
    late = alice.request()
    clock.advance(minutes=1)
    go_back(alice, then)
    alice.epoch = image.epoch
    for _ in range(2):
        clock.advance(minutes=1)
        assert alice.sync().flags == ()
    alice.exchange(late)
    assert not row_of(alice).doubtful
    image.services = alice.services
    clock.advance(minutes=1)
    answer = image.sync()
    assert (answer.flags, answer.directive) == ((Code.NONCE_STALE,), Directive.NEW_DEVICE)


def test_a_nonce_of_an_earlier_release_is_compared(alice: Handset, clock: SimulatedEnvironment) -> None:
    go_back(alice, row_of(alice))
    alice.exchange(alice.request())
    clock.advance(minutes=1)
    assert alice.sync(nonce=alice.services.environment.new_id()).flags == (Code.NONCE_STALE,)
