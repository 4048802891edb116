"""What a sync proves, doubts and answers: complete contacts, clocks, nonces, epochs, and what is set aside."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import AnchorSet
from diary_app.core.wire import Directive
from server import jobs
from server.db import contacts, devices
from server.db.contacts import Contact
from server.db.devices import Device
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import DMD, Handset, ready, record_fact

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


def last_contact(handset: Handset) -> Contact:
    with reading(handset.services.engine) as connection:
        return contacts.of(connection, handset.device)[-1]


# ---- complete contact ---------------------------------------------------------------------------------------


def test_a_day_is_missed_once_a_complete_contact_proves_it(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    alice.sync()
    assert alice.state(DAY) == "missed"
    assert last_contact(alice).complete == 1


def test_a_contact_before_the_deadline_proves_nothing(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=15)
    alice.sync()
    assert alice.state(DAY) == "open"
    assert device(alice).complete_until == clock.now()


@pytest.mark.parametrize("pending", [1, 7])
def test_what_is_still_pending_may_be_the_entry(alice: Handset, clock: SimulatedEnvironment, pending: int) -> None:
    clock.advance(days=1)
    alice.sync(pending=pending)
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("unknown", "held_unsent")


def test_a_head_beyond_what_was_sent_is_not_complete(alice: Handset, clock: SimulatedEnvironment) -> None:
    alice.fill_in(DAY)
    clock.advance(days=1)
    alice.sync([])
    assert alice.state(DAY) == "unknown"
    assert last_contact(alice).complete == 0


def test_a_phone_whose_clock_is_behind_proves_less(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    alice.clock_error = -timedelta(days=2)
    answer = alice.sync()
    assert answer.flags == (Code.CLOCK_OFF,)
    assert alice.state(DAY) == "unknown"
    assert device(alice).clock_offset_ms == timedelta(days=2) // timedelta(milliseconds=1)


def test_a_clock_two_days_ahead_is_flagged_and_kept(alice: Handset) -> None:
    alice.clock_error = timedelta(days=2)
    entry = alice.fill_in(DAY)
    answer = alice.sync()
    assert answer.flags == (Code.CLOCK_OFF,)
    assert [(one.id, one.code) for one in answer.receipts] == [(entry.id, Code.TOO_LATE)]
    assert last_contact(alice).flags == "clock_off"


def test_an_entry_that_comes_after_all_makes_the_day_done(alice: Handset, clock: SimulatedEnvironment) -> None:
    entry = alice.fill_in(DAY)
    clock.advance(days=2)
    alice.sync([])
    assert alice.state(DAY) == "unknown"
    alice.sync([entry.text])
    assert alice.state(DAY) == "done"


def test_a_save_after_the_deadline_keeps_its_day_unknown(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=17, minutes=1)
    alice.fill_in(DAY)
    answer = alice.sync()
    assert [(one.accepted, one.code) for one in answer.receipts] == [(False, Code.TOO_LATE)]
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("unknown", "quarantined")


def test_a_late_entry_is_late(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=12)
    alice.fill_in(DAY, late_reason="forgot")
    alice.sync()
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("late", "forgot")


def test_an_entry_nobody_expected_is_extra(alice: Handset) -> None:
    long_ago = date(2026, 11, 1)
    window = alice.evening(DAY)
    shown = {name: getattr(window, name) - timedelta(days=22) for name in ("opens", "closes", "late_until")}
    entry = alice.record("entry", **alice.entry(long_ago, **shown))
    answer = alice.sync()
    assert (answer.receipts[0].id, answer.receipts[0].accepted) == (entry.id, True)
    assert Code.EXTRA_DAY in answer.flags
    assert alice.state(long_ago) == "extra"


def test_practice_counts_for_nothing(alice: Handset) -> None:
    alice.fill_in(DAY, practice=1)
    assert alice.sync().receipts[0].accepted
    assert alice.state(DAY) in ("open", "not_yet_due")


def test_an_unknown_instrument_version_is_kept_and_said(alice: Handset, clock: SimulatedEnvironment) -> None:
    alice.fill_in(DAY, instrument_version="9.9")
    assert [one.code for one in alice.sync().receipts] == [Code.INSTRUMENT_UNKNOWN]
    clock.advance(days=1)
    alice.sync()
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("unknown", "quarantined")


def test_an_unknown_study_version_is_kept_and_said(alice: Handset) -> None:
    alice.fill_in(DAY, study_version="99")
    assert [one.code for one in alice.sync().receipts] == [Code.STUDY_VERSION_UNKNOWN]


def test_another_participants_entry_is_kept_and_said(alice: Handset) -> None:
    alice.fill_in(DAY, participant="02-001")
    assert [one.code for one in alice.sync().receipts] == [Code.WRONG_PARTICIPANT]


# ---- nonce, rollback, epoch ---------------------------------------------------------------------------------


def test_a_lost_answer_does_no_harm(alice: Handset) -> None:
    alice.fill_in(DAY)
    first = alice.exchange(alice.request())
    again = alice.sync()
    assert again.receipts == first.receipts
    assert (again.directive, again.flags) == (Directive.NONE, ())


def test_a_stale_nonce_means_two_phones_with_one_identity(alice: Handset) -> None:
    clone = Handset(alice.services)
    clone.__dict__.update({**alice.__dict__, "records": list(alice.records), "told": dict(alice.told)})
    alice.sync()
    alice.sync()
    clone.fill_in(DAY)
    answer = clone.sync()
    assert (answer.flags, answer.directive) == ((Code.NONCE_STALE,), Directive.NEW_DEVICE)
    assert answer.receipts[0].accepted, "what it brings is stored all the same"
    assert device(alice).doubtful


def test_a_phone_in_doubt_proves_nothing(alice: Handset, clock: SimulatedEnvironment) -> None:
    alice.sync(nonce="f" * 32)
    clock.advance(days=1)
    alice.sync()
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("unknown", "device_doubtful")


def test_a_phone_that_was_set_back_is_told_to_begin_anew(alice: Handset) -> None:
    alice.fill_in(DAY)
    alice.sync()
    alice.records.pop()
    answer = alice.sync([])
    assert (answer.flags, answer.directive) == ((Code.DEVICE_DOUBTFUL,), Directive.NEW_DEVICE)


def test_another_head_in_the_same_place_is_doubted(alice: Handset) -> None:
    head = alice.head.model_copy(update={"hash": "a" * 64})
    assert alice.sync([], head=head).directive is Directive.NEW_DEVICE


def test_in_another_epoch_no_nonce_is_judged(alice: Handset, services: Services) -> None:
    alice.services = replace(services, epoch=services.environment.new_id())
    answer = alice.sync(nonce="f" * 32)
    assert (answer.epoch, answer.flags, answer.directive) == (alice.services.epoch, (), Directive.NONE)


def test_what_was_confirmed_in_another_epoch_proves_nothing(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    proven = device(alice).complete_until
    clock.advance(hours=1)
    alice.services = replace(services, epoch=services.environment.new_id())
    alice.sync()
    assert (last_contact(alice).complete, device(alice).complete_until) == (0, proven)
    alice.sync()
    assert (last_contact(alice).complete, device(alice).complete_until) == (1, clock.now())


def test_a_restored_server_is_filled_up_again(alice: Handset, services: Services) -> None:
    alice.fill_in(DAY)
    before = alice.request()  # what the restored backup never saw
    restored = replace(services, epoch=services.environment.new_id())
    alice.services = restored
    alice.record("app_event", what="opened")
    lost = alice.exchange(alice.request([alice.records[-1].text]))
    assert (lost.epoch, lost.have_through.sequence, lost.receipts) == (restored.epoch, 1, ())
    alice.epoch, alice.have, alice.cursor = lost.epoch, lost.have_through.sequence, 0
    answer = alice.sync()
    assert [one.accepted for one in answer.receipts] == [True, True]
    assert (answer.have_through, answer.directive) == (alice.head, Directive.NONE)
    assert before.records[0] == alice.records[1].text


def test_a_new_epoch_is_pulled_from_zero(alice: Handset, services: Services) -> None:
    alice.services = replace(services, epoch=services.environment.new_id())
    answer = alice.sync()
    assert "participant_added" in {fact.body["kind"] for fact in answer.facts}
    assert answer.study_text == services.study.text


# ---- quarantine ---------------------------------------------------------------------------------------------


def test_what_cannot_be_read_keeps_every_closed_day_unknown(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    alice.sync(["?"])
    alice.sync()
    assert (alice.state(DAY), alice.reasons[DMD, DAY]) == ("unknown", "quarantined")


def test_a_full_quarantine_stops_the_phone_and_loses_nothing(
    alice: Handset, services: Services, set_limit: Callable[[int], Services]
) -> None:
    alice.services = set_limit(10)
    alice.sync([f"broken {number}" for number in range(10)])
    with pytest.raises(RequestRefused) as refused:
        alice.sync(["one too many"])
    assert (refused.value.code, refused.value.retry_after) == (Code.QUARANTINE_FULL, 3600)
    alice.sync(["broken 3"])


@pytest.fixture
def set_limit(services: Services) -> Callable[[int], Services]:
    """The services with another limit of records set aside per phone."""
    return lambda limit: replace(services, settings=services.settings.model_copy(update={"quarantine_limit": limit}))


def test_a_window_that_nobody_gave_the_phone_does_not_make_an_entry_punctual(
    services: Services, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, "01-001")
    day = clock.now().date() + timedelta(days=1)
    shown = alice.evening(day)
    clock.move_to(shown.closes + timedelta(hours=2))
    alice.fill_in(day, opens=shown.opens, closes=shown.closes + timedelta(hours=5), late_until=shown.late_until)
    alice.sync()
    assert alice.state(day) == "late"


def test_an_entry_saved_months_before_its_day_was_planned_does_not_fill_it(
    services: Services, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    today = clock.now().date()
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=today - timedelta(days=110)))
    alice.sync()
    unplanned, now = today + timedelta(days=60), clock.now()
    alice.fill_in(unplanned, opens=now, closes=now + timedelta(hours=1), late_until=now + timedelta(hours=1))
    alice.sync()
    assert alice.state(unplanned) == "extra"
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=today))
    clock.advance(days=58)
    jobs.extend_horizon(services, clock.now())
    alice.sync()
    assert alice.state(unplanned) == "not_yet_due"
