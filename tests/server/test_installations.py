"""Installations: one goes on under a new id, is replaced, withdrawn, lost, unknown, or too old for the server."""

from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState, DeviceStateSet, Status, StatusSet
from diary_app.core.wire import Directive
from server.db import devices, quarantine
from server.db.devices import Device
from server.db.engine import reading
from server.intake import staff
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import CAROL, DMD, Handset, new_code, ready, record_fact

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def device(handset: Handset) -> Device:
    with reading(handset.services.engine) as connection:
        row = devices.get(connection, handset.device)
    assert row is not None
    return row


def lose(services: Services) -> None:
    now = services.environment.now()
    services.writer.run(
        ALICE,
        lambda connection: staff.report_lost(connection, services, ALICE, reason="stolen", author=CAROL, at=now),
    )


def test_a_successor_goes_on_where_the_first_stopped(alice: Handset) -> None:
    alice.sync(nonce="f" * 32)
    following = alice.successor()
    answer = alice.sync(successor=following.as_successor())
    assert (answer.device_state, answer.directive) == (DeviceState.ACTIVE, Directive.NONE)
    following.nonce = answer.nonce
    following.fill_in(DAY)
    answer = following.sync()
    assert (answer.receipts[0].accepted, answer.flags) == (True, ())
    assert (device(alice).state, device(following).state) == (DeviceState.REPLACED, DeviceState.ACTIVE)


def test_a_successor_named_twice_is_one(alice: Handset) -> None:
    following = alice.successor()
    alice.exchange(alice.request(successor=following.as_successor()))
    answer = alice.sync(successor=following.as_successor())
    assert answer.device_state is DeviceState.ACTIVE
    following.nonce = answer.nonce
    assert following.sync().flags == ()


def test_a_second_successor_comes_in_doubt(alice: Handset) -> None:
    first, second = alice.successor("one"), alice.successor("two")
    alice.sync(successor=first.as_successor())
    answer = alice.sync(successor=second.as_successor())
    assert answer.device_state is DeviceState.REPLACED
    assert (device(first).state, device(second).state) == (DeviceState.ACTIVE, DeviceState.REPLACED)
    assert (device(first).doubtful, device(second).doubtful) == (0, 1)


def test_a_successor_cannot_take_somebodys_id(alice: Handset) -> None:
    with pytest.raises(RequestRefused, match="taken"):
        alice.sync(successor=alice.as_successor())


def test_a_replaced_phone_may_still_send(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(DAY)
    Handset(services, "second").enrol(new_code(services, ALICE))
    answer = alice.sync()
    assert (answer.device_state, answer.receipts[0].id) == (DeviceState.REPLACED, entry.id)
    assert (answer.facts, answer.days, answer.study_text) == ((), (), None)


def test_days_before_a_replacement_need_proof_from_the_first_phone(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    second = Handset(services, "second")
    second.enrol(new_code(services, ALICE))
    second.sync()
    assert (second.state(DAY), second.reasons[DMD, DAY]) == ("unknown", "device_lost")
    alice.sync()
    second.sync()
    assert second.state(DAY) == "missed"


def test_after_withdrawal_a_phone_sends_and_hears_nothing(alice: Handset, services: Services) -> None:
    before = alice.fill_in(DAY)
    withdrawn = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=DAY, effective_at=services.environment.now() + timedelta(minutes=1),
        reason="own_wish",
    )  # fmt: skip
    record_fact(services, ALICE, withdrawn)
    assert isinstance(services.environment, SimulatedEnvironment)
    services.environment.advance(minutes=2)
    after = alice.fill_in(DAY, revision=2, parent=before.id)
    answer = alice.sync()
    assert answer.device_state is DeviceState.WITHDRAWN
    assert [(one.id, one.code) for one in answer.receipts] == [(before.id, None), (after.id, Code.AFTER_WITHDRAWAL)]
    assert (answer.facts, answer.days) == ((), ())


def test_a_lost_phone_is_locked_and_its_records_set_aside(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(DAY)
    lose(services)
    answer = alice.sync()
    assert (answer.device_state, answer.directive) == (DeviceState.LOST, Directive.LOCK)
    assert [(one.id, one.code) for one in answer.receipts] == [(entry.id, Code.DEVICE_LOST)]
    assert (answer.facts, answer.days, answer.study_text) == ((), (), None)
    with reading(services.engine) as connection:
        assert [row.code for row in quarantine.unresolved(connection, [ALICE])] == ["device_lost"]


def test_a_phone_that_is_found_again_goes_on(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    alice.fill_in(DAY)
    lose(services)
    alice.sync()
    found = DeviceStateSet(device=alice.device, state=DeviceState.ACTIVE, reason="found")
    record_fact(services, ALICE, found)
    answer = alice.sync()
    assert (answer.device_state, answer.receipts[0].accepted) == (DeviceState.ACTIVE, True)
    assert alice.state(DAY) == "done"


def test_an_unknown_phone_and_a_wrong_token_sound_alike(alice: Handset, services: Services) -> None:
    stranger, thief = Handset(services, "stranger"), Handset(services)
    thief.token = "guessed"
    heard: list[RequestRefused] = []
    for one in (stranger, thief):
        with pytest.raises(RequestRefused) as refused:
            one.sync()
        heard.append(refused.value)
    assert {(one.code, one.message, one.remedy) for one in heard} == {
        (Code.DEVICE_UNKNOWN, heard[0].message, heard[0].remedy)
    }


def test_an_app_that_is_too_old_is_emptied_and_told(alice: Handset) -> None:
    entry = alice.fill_in(DAY)
    answer = alice.sync(protocol=0, study_sha256="")
    assert (answer.receipts[0].id, answer.receipts[0].accepted) == (entry.id, True)
    assert (answer.directive, answer.facts, answer.days) == (Directive.UPDATE_APP, (), ())
    assert answer.study_text is None  # it may be of a form that this app cannot read
    assert answer.sealing_key
