"""What a locked phone sends: opened before anything else, kept when it cannot be, never taken for something else."""

from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.sealing import as_text, from_base64, seal_to_study, without_waiting
from diary_app.sealing.native import NativeCipher
from server.db import quarantine
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready, tampered

TOMORROW = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def sealed(text: str, study: str) -> str:
    return as_text(without_waiting(seal_to_study(NativeCipher(), from_base64(study), bytes(12), text)))


def waiting(handset: Handset) -> list[str]:
    with reading(handset.services.engine) as connection:
        return [row.code for row in quarantine.unresolved(connection, [handset.participant])]


def test_phones_hear_the_sealing_key(alice: Handset, services: Services) -> None:
    assert alice.sync().sealing_key == services.sealing.public
    assert len(from_base64(services.sealing.public)) == 65


def test_sealed_entry_is_stored_as_it_was_written(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(TOMORROW)
    answer = alice.sync([sealed(entry.text, services.sealing.public)])
    assert [(one.id, one.hash, one.accepted) for one in answer.receipts] == [(entry.id, entry.hash, True)]
    assert alice.sync([entry.text]).receipts == answer.receipts
    assert (answer.have_through, alice.state(TOMORROW)) == (alice.head, "done")


def test_sealed_conflict_is_found_by_what_is_inside(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(TOMORROW)
    alice.sync()
    other = tampered(entry, note="another")
    answer = alice.sync([sealed(other.text, services.sealing.public)])
    assert [one.code for one in answer.receipts] == [Code.RECORD_CONFLICT]


@pytest.mark.parametrize("broken", ["xe1:", "xe1:%%%", "xe1:WERFMQ", "xe1:" + "A" * 400])
def test_what_cannot_be_opened_is_kept_without_a_receipt(alice: Handset, broken: str) -> None:
    alice.fill_in(TOMORROW)
    answer = alice.sync([broken])
    assert (answer.receipts, waiting(alice)) == ((), [Code.ENVELOPE_UNREADABLE])
    assert answer.have_through.sequence == 1
    alice.sync([broken])
    assert waiting(alice) == [Code.ENVELOPE_UNREADABLE]


def test_record_sealed_to_another_study_comes_later_as_it_was_written(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW)
    elsewhere = without_waiting(NativeCipher().new_pair())
    foreign = as_text(without_waiting(seal_to_study(NativeCipher(), elsewhere.public, bytes(12), entry.text)))
    assert alice.sync([foreign]).receipts == ()
    assert [one.accepted for one in alice.sync([entry.text]).receipts] == [True]
    assert alice.state(TOMORROW) == "done"


def test_an_unreadable_envelope_leaves_no_doubt_once_the_chain_is_whole(
    alice: Handset, clock: SimulatedEnvironment
) -> None:
    alice.record("app_event", what="reminder_opened")
    alice.sync(["xe1:AAAA"])
    clock.move_to(alice.evening(TOMORROW).late_until + timedelta(minutes=5))
    alice.sync()
    assert alice.state(TOMORROW) == "missed"


def test_what_follows_an_unreadable_envelope_waits_for_it(alice: Handset, services: Services) -> None:
    first, second = alice.record("app_event"), alice.fill_in(TOMORROW)
    answer = alice.sync(["xe1:AAAA", sealed(second.text, services.sealing.public)])
    assert (answer.receipts, answer.have_through.sequence) == ((), 1)
    assert len(alice.sync([first.text, second.text]).receipts) == 2
    assert waiting(alice) == [Code.ENVELOPE_UNREADABLE]
