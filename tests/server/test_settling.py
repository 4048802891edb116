"""What was set aside is looked at and settled: no entry, of one day, or accepted; by whom, once, and taken back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Status, StatusSet
from diary_app.core.records import Record
from server import jobs
from server.alerts.open_alerts import Kind, open_alerts
from server.db import devices, quarantine, staff_facts
from server.db.engine import reading
from server.export.reading import everybody
from server.intake import arrivals, settling
from server.intake.salvage import salvage
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.desk import (
    ACCEPTED,
    CAROL,
    INES,
    MALLORY,
    NO_ENTRY,
    REASON,
    assigned,
    days_of,
    everything,
    refused,
    settle,
    states,
    waiting,
)
from tests.server.handset import DMD, Handset, moved, ready, record_fact, tampered
from tests.server.test_rebuild import rebuilt, working

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
UNKNOWN, MISSED = ("unknown", "quarantined"), ("missed", None)
SCRAP = "{no record"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, which is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def came_aside(phone: Handset, text: str = SCRAP, code: Code = Code.REQUEST_INVALID) -> None:
    """The phone sent it in a request that could not be answered."""
    services, now = phone.services, phone.services.environment.now()
    found = arrivals.read([text], services.sealing.open)

    def keep(connection: Any) -> bool:
        activation = devices.activation(connection, phone.device)
        assert activation is not None
        return salvage(connection, services, activation, found, code, now)

    assert services.writer.run(phone.participant, keep)


def beyond_a_gap(phone: Handset, day: date = DAY, **changes: Any) -> Record:
    """An entry that came without the record before it."""
    phone.record("app_event", what="lost on the way")
    entry = phone.fill_in(day, **changes)
    phone.sync([entry.text])
    return entry


def two_days_later(phone: Handset, clock: SimulatedEnvironment, *, calls: bool = True) -> None:
    """Two evenings have closed; the phone has shown that it holds nothing unless it has not called."""
    clock.advance(days=2)
    jobs.extend_horizon(phone.services, clock.now())
    jobs.sweep_due(phone.services, clock.now())
    if calls:
        phone.sync()


def counts(services: Services) -> list[tuple[str, str]]:
    """Entry and state of Alice's days that have one."""
    return [(row.entry, row.state) for row in days_of(services).values() if row.entry]


def exported(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        (alice,) = everybody(connection, services.study, services.environment.now())
        return [entry.version.id for entry in alice.entries]


# ---- what it is ---------------------------------------------------------------------------------------------


def test_what_is_no_entry_raises_no_doubt_any_more(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    two_days_later(alice, clock)
    came_aside(alice)
    assert (states(services)[DAY], states(services)[NEXT]) == (UNKNOWN, UNKNOWN)
    settle(services, NO_ENTRY, CAROL)
    assert (states(services)[DAY], states(services)[NEXT]) == (MISSED, MISSED)
    assert waiting(services) == []
    alice.sync()
    assert alice.state(DAY) == "missed"


def test_what_is_assigned_raises_doubt_about_that_day_only(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    two_days_later(alice, clock)
    came_aside(alice)
    assert (states(services)[DAY], states(services)[NEXT]) == (UNKNOWN, UNKNOWN)
    settle(services, assigned(NEXT), CAROL)
    assert (states(services)[DAY], states(services)[NEXT]) == (MISSED, UNKNOWN)
    assert waiting(services) == []


def test_an_accepted_entry_counts_for_its_day(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    entry = beyond_a_gap(alice)
    received = clock.now()
    two_days_later(alice, clock, calls=False)
    assert states(services)[DAY] == UNKNOWN
    settle(services, ACCEPTED)
    row = days_of(services)[DAY]
    assert (row.state, row.entry, row.received_at) == ("done", entry.id, received)
    assert exported(services) == [entry.id]
    alice.sync([])
    assert alice.state(DAY) == "done"


def test_an_accepted_entry_that_joins_its_chain_later_counts_once(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = beyond_a_gap(alice)
    settle(services, ACCEPTED)
    alice.sync()
    assert alice.have == entry.sequence
    assert (counts(services), exported(services)) == ([(entry.id, "done")], [entry.id])
    (one,) = everything(services)
    assert (one.joined, one.outcome) == (True, "accepted")


def test_the_same_entry_from_another_phone_of_hers_counts_once(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = beyond_a_gap(alice)
    settle(services, ACCEPTED)
    following = alice.successor()
    following.nonce = alice.sync([], successor=following.as_successor()).nonce
    following.sync([entry.text])
    assert refused(lambda: settle(services, ACCEPTED)) is Code.FACT_INVALID
    settle(services, NO_ENTRY)
    assert (counts(services), exported(services)) == ([(entry.id, "done")], [entry.id])


def test_an_accepted_later_version_replaces_the_first(alice: Handset, services: Services) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    later = beyond_a_gap(alice, revision=2, parent=first.id)
    settle(services, ACCEPTED)
    assert counts(services) == [(later.id, "done")]


def test_an_accepted_second_root_is_left_to_the_rules_of_merging(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    clock.advance(minutes=5)
    beyond_a_gap(alice)
    settle(services, ACCEPTED)
    assert counts(services) == [(first.id, "done")]


# ---- what can never be accepted -------------------------------------------------------------------------------


def test_an_entry_saved_too_late_is_never_accepted(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    late = alice.evening(DAY)
    clock.move_to(late.late_until + timedelta(milliseconds=1))
    alice.fill_in(DAY)
    alice.sync()
    beyond_a_gap(alice)
    assert states(services)[DAY] == UNKNOWN
    for one in waiting(services):
        assert refused(lambda item=one.id: settle(services, ACCEPTED, item=item)) is Code.TOO_LATE  # type: ignore[misc]
    clock.advance(hours=1)
    alice.sync()
    assert [(one.code, one.on_chain) for one in waiting(services)] == [("too_late", True)] * 2
    for one in waiting(services):
        settle(services, NO_ENTRY, CAROL, one.id)
    assert states(services)[DAY] == MISSED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"practice": 1}, Code.FACT_INVALID),
        ({"participant": BOB}, Code.WRONG_PARTICIPANT),
        ({"answers": {"DMD01": 99}}, Code.ENTRY_INVALID),
        ({"study_version": "99"}, Code.STUDY_VERSION_UNKNOWN),
        ({"captured_at": "2026-11-23T12:00:00.000Z"}, Code.TOO_EARLY),
    ],
)
def test_what_the_gate_refuses_is_never_accepted(
    alice: Handset, services: Services, changes: dict[str, Any], code: Code
) -> None:
    beyond_a_gap(alice, **changes)
    assert refused(lambda: settle(services, ACCEPTED)) is code
    assert counts(services) == []


def test_an_entry_of_a_day_that_nobody_expected_is_not_accepted(alice: Handset, services: Services) -> None:
    shown = alice.evening(DAY)
    window = {name: getattr(shown, name) - timedelta(days=40) for name in ("opens", "closes", "late_until")}
    beyond_a_gap(alice, DAY - timedelta(days=40), **window)
    assert refused(lambda: settle(services, ACCEPTED)) is Code.EXTRA_DAY


def test_text_that_cannot_be_read_is_not_accepted(alice: Handset, services: Services) -> None:
    came_aside(alice)
    assert refused(lambda: settle(services, ACCEPTED)) is Code.FACT_INVALID


def test_another_version_under_an_id_that_is_taken_is_not_accepted(alice: Handset, services: Services) -> None:
    entry = alice.fill_in(DAY)
    alice.sync()
    alice.sync([tampered(entry, language="en").text])
    assert refused(lambda: settle(services, ACCEPTED)) is Code.RECORD_CONFLICT
    assert counts(services) == [(entry.id, "done")]


def test_two_that_claim_one_id_are_not_both_accepted(alice: Handset, services: Services) -> None:
    entry = beyond_a_gap(alice)
    alice.sync([tampered(entry, language="en").text])
    first, second = waiting(services)
    settle(services, ACCEPTED, item=first.id)
    assert refused(lambda: settle(services, ACCEPTED, item=second.id)) is Code.FACT_INVALID


def test_an_entry_made_on_somebody_elses_phone_is_not_accepted(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    bob = ready(services, BOB, "bob")
    entry = moved(alice.fill_in(DAY), device=bob.device)
    alice.sync([entry.text])
    assert refused(lambda: settle(services, ACCEPTED)) is Code.WRONG_PARTICIPANT


def test_what_was_made_after_withdrawal_is_neither_accepted_nor_shown(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    beyond_a_gap(alice)
    (one,) = waiting(services)
    settling.look_inside(services, one.id, by=INES)
    withdrawn = StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish")
    record_fact(services, ALICE, withdrawn)
    assert refused(lambda: settle(services, ACCEPTED)) is Code.AFTER_WITHDRAWAL
    assert refused(lambda: settling.look_inside(services, one.id, by=INES)) is Code.AFTER_WITHDRAWAL


def test_what_names_somebody_who_has_withdrawn_is_not_shown(alice: Handset, services: Services) -> None:
    ready(services, BOB, "bob")
    beyond_a_gap(alice, participant=BOB)
    (one,) = waiting(services)
    settling.look_inside(services, one.id, by=INES)
    record_fact(services, BOB, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    assert refused(lambda: settling.look_inside(services, one.id, by=INES)) is Code.AFTER_WITHDRAWAL


def test_what_was_made_on_the_phone_of_somebody_who_has_withdrawn_is_not_shown(
    alice: Handset, services: Services
) -> None:
    bob = ready(services, BOB, "bob")
    alice.sync([moved(alice.fill_in(DAY), device=bob.device).text])
    (one,) = waiting(services)
    settling.look_inside(services, one.id, by=INES)
    record_fact(services, BOB, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    assert refused(lambda: settling.look_inside(services, one.id, by=INES)) is Code.AFTER_WITHDRAWAL


def test_a_withdrawal_takes_back_what_was_accepted(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    beyond_a_gap(alice)
    settle(services, ACCEPTED)
    record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    assert (counts(services), exported(services)) == ([], [])


# ---- who, once, and back again --------------------------------------------------------------------------------


def test_only_the_investigator_of_the_site_accepts(alice: Handset, services: Services) -> None:
    beyond_a_gap(alice)
    for nobody in (CAROL, MALLORY):
        assert refused(lambda by=nobody: settle(services, ACCEPTED, by)) is Code.NOT_ALLOWED  # type: ignore[misc]
    assert refused(lambda: settle(services, NO_ENTRY, MALLORY)) is Code.NOT_ALLOWED
    item = settle(services, ACCEPTED, INES)
    assert refused(lambda: settling.reopen(services, item, REASON, by=CAROL)) is Code.NOT_ALLOWED


def test_only_the_investigator_looks_inside_and_the_trail_says_so(alice: Handset, services: Services) -> None:
    entry = beyond_a_gap(alice)
    (one,) = waiting(services)
    assert refused(lambda: settling.look_inside(services, one.id, by=CAROL)) is Code.NOT_ALLOWED
    inside = settling.look_inside(services, one.id, by=INES)
    assert (inside.data, inside.body) == (entry.text.encode(), entry.body)
    with reading(services.engine) as connection:
        (seen,) = staff_facts.of_kinds(connection, [ALICE], ["quarantine_seen"])
    assert (seen.author, '"by_role":"investigator"' in seen.body, one.id in seen.body) == ("ines", True, True)


def test_nothing_is_settled_twice(alice: Handset, services: Services) -> None:
    came_aside(alice)
    item = settle(services, NO_ENTRY)
    assert refused(lambda: settle(services, assigned(DAY), item=item)) is Code.ALREADY_EXISTS


def test_of_two_at_once_one_is_told(alice: Handset, services: Services) -> None:
    came_aside(alice)
    (one,) = waiting(services)

    def attempt(_: int) -> str:
        try:
            settle(services, NO_ENTRY, item=one.id)
        except RequestRefused as refusal:
            return refusal.code
        return "settled"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["already_exists", "settled"]


def test_a_settlement_taken_back_leaves_everything_as_before(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    beyond_a_gap(alice)
    two_days_later(alice, clock, calls=False)
    before = states(services)
    for wanted in (ACCEPTED, NO_ENTRY, assigned(DAY)):
        item = settle(services, wanted)
        settling.reopen(services, item, REASON, by=INES)
        assert (states(services), len(waiting(services))) == (before, 1)
    assert refused(lambda: settling.reopen(services, item, REASON, by=INES)) is Code.FACT_INVALID


def test_what_is_not_there_is_not_settled(alice: Handset, services: Services) -> None:
    assert refused(lambda: settle(services, NO_ENTRY, item="no such thing")) is Code.NOT_FOUND
    entry = alice.fill_in(DAY)
    alice.sync()
    assert refused(lambda: settle(services, NO_ENTRY, item=entry.id)) is Code.NOT_FOUND


@pytest.mark.parametrize(
    "wanted",
    [
        assigned(date(2020, 1, 1)),
        assigned(DAY, "OHIP-99"),
        assigned(None),
        assigned(DAY, None),
        replace(NO_ENTRY, diary_day=DAY),
        replace(ACCEPTED, instrument=DMD),
    ],
)
def test_a_day_is_named_by_an_assignment_and_is_one_of_the_diary(
    alice: Handset, services: Services, wanted: settling.Wanted
) -> None:
    came_aside(alice)
    assert refused(lambda: settle(services, wanted)) is Code.FACT_INVALID


def test_an_entry_is_never_moved_to_another_day(alice: Handset, services: Services) -> None:
    beyond_a_gap(alice)
    assert refused(lambda: settle(services, assigned(NEXT))) is Code.FACT_INVALID


def test_nobody_records_a_settlement_as_a_plain_fact(alice: Handset, services: Services) -> None:
    detail = settling.QuarantineSeen(by_role="investigator", by_site="copenhagen", item="x", sha256="0" * 64)
    assert refused(lambda: record_fact(services, ALICE, detail)) is Code.FACT_INVALID


# ---- what follows ---------------------------------------------------------------------------------------------


def test_only_what_waits_is_counted(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    came_aside(alice, "{one")
    came_aside(alice, "{two")
    clock.advance(minutes=1)
    settle(services, NO_ENTRY, item=waiting(services)[0].id)
    with reading(services.engine) as connection:
        (alert,) = open_alerts(connection, services.study, ["copenhagen"], clock.now())
        assert (alert.kind, alert.count) == (Kind.SET_ASIDE, 1)
        assert quarantine.count_unresolved(connection, alice.device) == 1
        assert quarantine.count_all_unresolved(connection) == 1


def test_a_rebuild_knows_every_settlement(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    beyond_a_gap(alice)
    for text in ("{one", "{two", "{three"):
        came_aside(alice, text)
    two_days_later(alice, clock, calls=False)
    entry, one, two, three = (aside.id for aside in sorted(waiting(services), key=lambda one: one.code))
    settle(services, ACCEPTED, item=entry)
    settle(services, NO_ENTRY, item=one)
    settle(services, assigned(NEXT), item=two)
    settle(services, NO_ENTRY, item=three)
    settling.reopen(services, three, REASON, by=INES)
    before = working(services, ALICE), everything(services)
    rebuilt(services, clock)
    assert (working(services, ALICE), everything(services)) == before


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["no_entry", "day", "next", "reopen"])), max_size=8))
def test_only_what_holds_at_the_end_matters(
    services: Services, clock: SimulatedEnvironment, steps: list[tuple[int, str]]
) -> None:
    """Whatever was settled and taken back in between, in whichever order; and a rebuild says the same."""
    items = three_scraps(services, clock)
    wanted = {"no_entry": NO_ENTRY, "day": assigned(DAY), "next": assigned(NEXT)}
    held: dict[str, str] = {}
    for number, step in steps:
        item = items[number]
        if step == "reopen" and held.pop(item, None):
            settling.reopen(services, item, REASON, by=INES)
        elif step != "reopen" and item not in held:
            settle(services, wanted[step], item=item)
            held[item] = step
    doubts = {held.get(item, "any") for item in items}
    found = states(services)
    assert found[DAY] == (UNKNOWN if doubts & {"day", "any"} else MISSED)
    assert found[NEXT] == (UNKNOWN if doubts & {"next", "any"} else MISSED)
    rebuilt(services, clock)
    assert states(services) == found
    for item in held:
        settling.reopen(services, item, REASON, by=INES)


def three_scraps(services: Services, clock: SimulatedEnvironment) -> list[str]:
    """Set aside after two evenings have closed; the same ones again in the same database."""
    if not everything(services):
        alice = ready(services, ALICE)
        clock.advance(days=1)
        two_days_later(alice, clock)
        for text in ("{one", "{two", "{three"):
            came_aside(alice, text)
    return sorted(one.id for one in everything(services))
