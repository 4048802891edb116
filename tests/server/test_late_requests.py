"""Requests that time out and arrive all the same, twice or behind later ones: no sign of a second phone."""

from datetime import date

import pytest

from diary_app.core.wire import Directive
from server.db import contacts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def contacts_of(handset: Handset) -> int:
    with reading(handset.services.engine) as connection:
        return len(contacts.of(connection, handset.device))


@pytest.mark.parametrize("fills_in", [False, True])
def test_a_request_that_was_overtaken_raises_no_doubt(
    alice: Handset, clock: SimulatedEnvironment, fills_in: bool
) -> None:
    late = alice.request()
    clock.advance(minutes=1)
    if fills_in:
        alice.fill_in(DAY)
    alice.sync()
    alice.exchange(late)
    clock.advance(minutes=15)
    answer = alice.sync()
    assert (answer.flags, answer.directive) == ((), Directive.NONE)


def test_a_request_that_came_twice_leaves_the_first_answer_valid(alice: Handset, clock: SimulatedEnvironment) -> None:
    alice.fill_in(DAY)
    sent = alice.request()
    first = alice.exchange(sent)
    assert alice.exchange(sent).receipts == first.receipts
    alice.nonce = first.nonce
    clock.advance(minutes=15)
    assert alice.sync().directive is Directive.NONE


def test_what_an_overtaken_request_brings_is_stored_and_proves_nothing(
    alice: Handset, clock: SimulatedEnvironment
) -> None:
    entry = alice.fill_in(DAY)
    late = alice.request()
    clock.advance(minutes=1)
    alice.sync([], pending=1)
    before = contacts_of(alice)
    (receipt,) = alice.exchange(late).receipts
    assert (receipt.id, receipt.accepted, contacts_of(alice)) == (entry.id, True, before)


def test_a_late_introduction_leaves_the_new_id_its_own_conversation(
    alice: Handset, clock: SimulatedEnvironment
) -> None:
    alice.sync(nonce="f" * 32)
    following = alice.successor()
    late = alice.request(successor=following.as_successor())
    following.nonce = alice.exchange(late).nonce
    clock.advance(minutes=1)
    following.sync()
    alice.exchange(late)
    clock.advance(minutes=15)
    assert following.sync().directive is Directive.NONE
