"""A rescue file goes through the same intake as a push: stored once, receipted later, and from known phones only."""

import hashlib
import json
from datetime import date

import pytest

from diary_app.core.errors import Code
from diary_app.core.rescue import RescueFile, RescueRefused, chain_of, read_rescue
from diary_app.core.sealing import to_base64, without_waiting
from diary_app.core.wire import Directive
from diary_app.sealing.native import NativeCipher
from server.db import contacts, site_facts
from server.db.engine import reading
from server.intake.known import COMMAND_LINE
from server.intake.rescue import TAKEN_IN, Rescued, rescue
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, add, ready, tampered
from tests.server.test_sealed_push import sealed

TOMORROW = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, far from any network."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def file_of(*handsets: Handset, study: str = "") -> bytes:
    """What their phones hold that the server has not confirmed."""
    chains = [
        chain_of(
            one.token_sha256, one.device, one.head,
            [sealed(r.text, study or one.services.sealing.public) for r in one.records if r.sequence > one.have],
        )
        for one in handsets
    ]  # fmt: skip
    return RescueFile(app_version="1", chains=tuple(chains)).to_bytes()


def contacts_of(handset: Handset) -> int:
    with reading(handset.services.engine) as connection:
        return len(contacts.of(connection, handset.device))


def take_in(services: Services, data: bytes, sites: tuple[str, ...] | None = None) -> tuple[Rescued, ...]:
    return rescue(services, data, services.environment.now(), sites)


def test_rescued_entry_counts_and_is_receipted_at_the_next_contact(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(TOMORROW)
    assert take_in(services, file_of(alice)) == (Rescued(ALICE, taken_in=1, known=0, set_aside=0, unreadable=0),)
    answer = alice.sync()
    assert [(one.id, one.hash, one.accepted) for one in answer.receipts] == [(entry.id, entry.hash, True)]
    assert (alice.state(TOMORROW), answer.directive) == ("done", Directive.NONE)


def test_a_message_that_a_rescue_file_overtook_raises_no_doubt(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    late = alice.request()
    clock.advance(hours=1)
    alice.fill_in(TOMORROW)
    take_in(services, file_of(alice))
    clock.advance(hours=1)
    answer = alice.exchange(late)
    assert (answer.directive, alice.sync().directive) == (Directive.NONE, Directive.NONE)


def test_a_first_message_that_a_rescue_file_overtook_raises_no_doubt(
    services: Services, clock: SimulatedEnvironment
) -> None:
    phone = Handset(services)
    phone.enrol(add(services, ALICE))
    late = phone.request()
    clock.advance(hours=1)
    phone.train()
    take_in(services, file_of(phone))
    assert phone.exchange(late).directive is Directive.NONE


def test_a_phone_that_was_set_back_behind_its_rescue_file_is_found(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.fill_in(TOMORROW)
    take_in(services, file_of(alice))
    clock.advance(hours=1)
    alice.records.pop()
    assert alice.sync().directive is Directive.NEW_DEVICE


def test_the_same_file_again_changes_nothing(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    data = file_of(alice)
    take_in(services, data)
    assert take_in(services, data) == (Rescued(ALICE, taken_in=0, known=1, set_aside=0, unreadable=0),)


def test_what_does_not_continue_the_chain_is_set_aside(alice: Handset, services: Services) -> None:
    alice.record("app_event")
    alice.sync()
    alice.records[-1] = tampered(alice.records[-1], what="another")
    alice.have -= 1
    assert take_in(services, file_of(alice))[0] == Rescued(ALICE, taken_in=0, known=0, set_aside=1, unreadable=0)


def test_a_file_sealed_to_another_study_is_kept_and_told(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    elsewhere = to_base64(without_waiting(NativeCipher().new_pair()).public)
    found = take_in(services, file_of(alice, study=elsewhere))
    assert found == (Rescued(ALICE, taken_in=0, known=0, set_aside=1, unreadable=1),)
    assert [one.accepted for one in alice.sync().receipts] == [True]


def test_two_chains_in_one_file_both_arrive(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    bob = ready(services, BOB, "bob")
    bob.record("app_event")
    assert [one.taken_in for one in take_in(services, file_of(alice, bob))] == [1, 1]


def test_a_file_that_somebody_else_wrote_is_refused(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    forged = Handset(services, "mallory")
    forged.device, forged.records, forged.have = alice.device, alice.records, alice.have
    for data in (file_of(forged), file_of(Handset(services, "unknown phone"))):
        with pytest.raises(RescueRefused) as refused:
            take_in(services, data)
        assert refused.value.code is Code.RESCUE_NOT_OURS
    assert alice.sync().have_through == alice.head


def test_a_file_from_another_site_is_refused_whole(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    with pytest.raises(RescueRefused):
        take_in(services, file_of(alice), ("odense",))
    assert take_in(services, file_of(alice), ("copenhagen",))[0].taken_in == 1


def test_the_trail_says_who_took_in_how_much_of_whom(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    data = file_of(alice)
    now = services.environment.now()
    rescue(services, data, now, author="carol")
    rescue(services, data, now)
    with reading(services.engine) as connection:
        noted = site_facts.of_kinds(connection, [TAKEN_IN])
        assert list(verify(connection).found) == []
    records = read_rescue(data).chains[0].records
    assert [(one.site, one.author, one.at) for one in noted] == [
        ("copenhagen", "carol", now), ("copenhagen", COMMAND_LINE, now),
    ]  # fmt: skip
    first, second = (json.loads(one.body) for one in noted)
    assert (first["participant"], first["device"], first["records"], first["taken_in"]) == (ALICE, alice.device, 1, 1)
    assert first["sha256"] == hashlib.sha256("\n".join(records).encode()).hexdigest()
    assert (second["taken_in"], second["known"]) == (0, 1)


def test_what_was_refused_is_not_noted(alice: Handset, services: Services) -> None:
    alice.fill_in(TOMORROW)
    with pytest.raises(RescueRefused):
        take_in(services, file_of(alice), sites=("odense",))
    with reading(services.engine) as connection:
        assert site_facts.of_kinds(connection, [TAKEN_IN]) == []


def test_a_request_that_a_file_overtook_raises_no_doubt(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.sync()
    clock.advance(minutes=5)
    late = alice.request()
    clock.advance(minutes=5)
    entry = alice.fill_in(TOMORROW)
    take_in(services, file_of(alice))
    before = contacts_of(alice)
    answer = alice.exchange(late)
    assert (answer.flags, answer.directive, contacts_of(alice)) == ((), Directive.NONE, before)
    clock.advance(minutes=15)
    answer = alice.sync()
    assert ([one.id for one in answer.receipts], answer.flags) == ([entry.id], ())
    assert (alice.state(TOMORROW), answer.directive) == ("done", Directive.NONE)


def test_a_request_from_before_the_first_record_of_a_chain_raises_no_doubt(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    """As of the new id that a phone takes when a forgotten PIN is given up."""
    following = alice.successor()
    following.nonce = alice.sync(successor=following.as_successor()).nonce
    late = following.request()
    clock.advance(minutes=5)
    following.fill_in(TOMORROW)
    take_in(services, file_of(following))
    assert following.exchange(late).flags == ()
    clock.advance(minutes=15)
    assert following.sync().directive is Directive.NONE


def test_a_phone_that_was_set_back_behind_its_file_is_in_doubt(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.sync()
    alice.fill_in(TOMORROW)
    take_in(services, file_of(alice))
    alice.records.pop()
    clock.advance(minutes=5)
    assert alice.sync().flags == (Code.DEVICE_DOUBTFUL,)
