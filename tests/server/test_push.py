"""What the server does with the records of a push: stored, recognised or set aside, and receipted after the commit."""

from datetime import date

import pytest

from diary_app.core.errors import Code
from diary_app.core.wire import Directive
from server.db import quarantine, records
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, moved, ready, tampered

TOMORROW = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def waiting(handset: Handset) -> list[str]:
    with reading(handset.services.engine) as connection:
        return [row.code for row in quarantine.unresolved(connection, [handset.participant])]


def stored(handset: Handset) -> list[str]:
    with reading(handset.services.engine) as connection:
        found = records.known(connection, handset.device, [], [one.sequence for one in handset.records])
    return [row.id for row in sorted(found, key=lambda row: row.sequence)]


def test_records_are_stored_in_order_and_receipted(alice: Handset) -> None:
    entry, opened = alice.fill_in(TOMORROW), alice.record("app_event", what="reminder_opened")
    answer = alice.sync()
    assert [(one.id, one.hash, one.accepted) for one in answer.receipts] == [
        (entry.id, entry.hash, True),
        (opened.id, opened.hash, True),
    ]
    assert answer.have_through == alice.head
    assert alice.state(TOMORROW) == "done"


def test_a_replay_gets_its_first_receipt(alice: Handset, clock: SimulatedEnvironment) -> None:
    entry = alice.fill_in(TOMORROW)
    first = alice.sync()
    clock.advance(minutes=5)
    again = alice.sync([entry.text])
    assert again.receipts == first.receipts


def test_why_evenings_were_missed_is_stored_and_grades_nothing(alice: Handset) -> None:
    alice.record("missed_reason", first_day="2026-11-21", last_day="2026-11-22", reason="in_hospital")
    assert alice.sync().receipts[0].accepted
    assert (alice.state(TOMORROW), waiting(alice)) == ("open", [])


def test_kinds_of_newer_apps_are_stored_too(alice: Handset) -> None:
    alice.record("voice_note", length=3)
    assert alice.sync().receipts[0].accepted


def test_same_id_with_other_bytes_is_set_aside(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW)
    alice.sync()
    other = tampered(entry, language="en")
    answer = alice.sync([other.text])
    assert [(one.hash, one.accepted, one.code) for one in answer.receipts] == [
        (other.hash, False, Code.RECORD_CONFLICT)
    ]
    assert answer.directive is Directive.NEW_DEVICE
    assert waiting(alice) == ["record_conflict"]


def test_another_record_in_the_same_place_is_a_fork(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW)
    alice.sync()
    fork = moved(entry, id=alice.services.environment.new_id())
    answer = alice.sync([fork.text])
    assert [one.code for one in answer.receipts] == [Code.CHAIN_FORK]
    assert answer.directive is Directive.NEW_DEVICE


def test_what_is_set_aside_is_kept_once(alice: Handset, clock: SimulatedEnvironment) -> None:
    first = alice.sync(["not a record"])
    clock.advance(minutes=1)
    again = alice.sync(["not a record"])
    assert waiting(alice) == ["record_malformed"]
    assert again.receipts == first.receipts
    assert (first.receipts[0].id, first.receipts[0].accepted) == ("", False)


def test_a_record_beyond_a_gap_is_kept_without_receipt(alice: Handset) -> None:
    alice.fill_in(TOMORROW)
    later = alice.record("app_event", what="opened")
    answer = alice.sync([later.text])
    assert answer.receipts == ()
    assert answer.have_through.sequence == 1
    assert waiting(alice) == ["chain_gap"]


def test_filling_the_gap_settles_what_was_set_aside(alice: Handset) -> None:
    alice.fill_in(TOMORROW)
    later = alice.record("app_event", what="opened")
    alice.sync([later.text])
    answer = alice.sync()
    assert [one.accepted for one in answer.receipts] == [True, True]
    assert waiting(alice) == []


def test_after_a_broken_chain_even_gaps_are_receipted(alice: Handset) -> None:
    alice.fill_in(TOMORROW)
    later = alice.record("app_event", what="opened")
    answer = alice.sync(["broken", later.text])
    assert [one.code for one in answer.receipts] == [Code.RECORD_MALFORMED, Code.CHAIN_GAP]


def test_a_record_of_another_device_is_set_aside(alice: Handset, services: Services) -> None:
    entry = moved(alice.fill_in(TOMORROW), device=services.environment.new_id())
    answer = alice.sync([entry.text])
    assert [one.code for one in answer.receipts] == [Code.CHAIN_FORK]
    assert answer.directive is Directive.NONE


def test_a_record_twice_in_one_push_is_stored_once(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW)
    answer = alice.sync([entry.text, entry.text])
    assert answer.receipts[0] == answer.receipts[1]
    assert stored(alice)[-1] == entry.id


def test_bytes_are_kept_as_they_came(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW, late_reason="forgot", page_ms={"DMD01": 1200})
    alice.sync()
    with reading(alice.services.engine) as connection:
        kept = records.accepted_entries(connection, ALICE)
    assert [row.text for row in kept] == [entry.text]


def test_a_refused_entry_is_on_the_chain_with_its_code(alice: Handset) -> None:
    entry = alice.fill_in(TOMORROW, answers={"DMD01": 11})
    answer = alice.sync()
    assert [(one.id, one.accepted, one.code) for one in answer.receipts] == [(entry.id, False, Code.ENTRY_INVALID)]
    assert answer.have_through == alice.head
