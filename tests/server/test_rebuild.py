"""The working tables made again from facts alone are those that grew day by day."""

from datetime import date, timedelta

from sqlalchemy import delete

from diary_app.core.facts import AnchorSet, Status, StatusSet, WindowChosen
from diary_app.core.staff_acts import ContactOutcome
from diary_app.core.times import local_date
from server import jobs
from server.access.acting import Acting
from server.console.calls.finding import Memory, found_now
from server.db import days, devices, participants, records
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.db.engine import reading
from server.db.participants import Participant
from server.intake import calling
from server.intake.evidence import Evidence
from server.intake.rebuild import rebuild
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import ANSWERS, DMD, ZONE, Handset, add, new_code, ready, record_fact

DAY = date(2026, 11, 23)
Working = tuple[Participant | None, list[Device], list[ExpectedDay]]


def three_weeks(services: Services, clock: SimulatedEnvironment) -> list[str]:
    """Alice: entries, gaps, an extra, a clone, a new phone, other facts. Bob: withdrawn. One more: never activated."""
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    add(services, "01-002")
    clock.advance(days=1)
    for number in range(12):
        if number % 4:
            alice.fill_in(DAY + timedelta(days=number))
        if number % 3 == 0:
            alice.sync()
        clock.advance(days=1)
        jobs.sweep_due(services, clock.now())
        jobs.extend_horizon(services, clock.now())
    some_trouble(alice, clock)
    record_fact(services, ALICE, WindowChosen(instrument=DMD, choice="early_evening"))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", actual=date(2026, 11, 30)))
    bob.sync()
    record_fact(services, BOB, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    return [ALICE, "01-002", BOB]


def some_trouble(alice: Handset, clock: SimulatedEnvironment) -> None:
    shown = alice.evening(DAY)
    window = {name: getattr(shown, name) - timedelta(days=40) for name in ("opens", "closes", "late_until")}
    alice.fill_in(DAY - timedelta(days=40), **window)
    alice.sync()
    clock.advance(seconds=1)
    alice.sync(pending=1)
    alice.sync(["?"])
    clock.advance(seconds=1)
    following = alice.successor()
    following.nonce = alice.sync(successor=following.as_successor()).nonce
    clock.advance(hours=1)
    following.sync()
    Handset(alice.services, "third").enrol(new_code(alice.services, ALICE))


def working(services: Services, participant: str) -> Working:
    """The rows without the two counters that only move on."""
    with reading(services.engine) as connection:
        row = participants.get(connection, participant)
        return (
            row and row._replace(change_no=0),
            devices.of(connection, [participant]),
            [day._replace(revision=0, change_no=0) for day in days.of(connection, participant)],
        )


def rebuilt(services: Services, clock: SimulatedEnvironment) -> int:
    with services.engine.begin() as connection:
        return rebuild(connection, services, clock.now())


def test_rebuilding_changes_nothing(services: Services, clock: SimulatedEnvironment) -> None:
    everybody = three_weeks(services, clock)
    before = {participant: working(services, participant) for participant in everybody}
    assert {day.state for _, _, graded in before.values() for day in graded} >= {
        "done", "unknown", "extra", "not_yet_due", "not_expected",
    }  # fmt: skip
    assert rebuilt(services, clock) == 3
    assert {participant: working(services, participant) for participant in everybody} == before


def test_rebuilding_works_from_nothing(services: Services, clock: SimulatedEnvironment) -> None:
    everybody = three_weeks(services, clock)
    before = {participant: working(services, participant) for participant in everybody}
    with services.engine.begin() as connection:
        for table in (days.TABLE, devices.TABLE, participants.TABLE):
            connection.execute(delete(table))
    rebuilt(services, clock)
    for participant in everybody:
        row, phones, graded = working(services, participant)
        assert (row, graded) == (before[participant][0], before[participant][2])
        assert [without_nonces(one) for one in phones] == [without_nonces(one) for one in before[participant][1]]


def test_entries_that_were_all_read_before_are_the_evidence_that_is_looked_for(
    services: Services, clock: SimulatedEnvironment
) -> None:
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    clock.advance(days=1)
    for phone in (alice, bob):
        for number, answer in enumerate((6, 99, 6)):  # nobody can answer 99
            phone.fill_in(DAY + timedelta(days=number), answers={**ANSWERS, "DMD01": answer})
            clock.advance(days=1)
        phone.sync()
    with reading(services.engine) as connection:
        stored = [row for one in (ALICE, BOB) for row in records.every_entry(connection, one)]
        alices = days.of(connection, ALICE)
        for rows in (alices, alices[:1], alices[1:2]):
            looked_for, given = Evidence(connection, rows), Evidence(connection, rows, stored=stored)
            assert [given.of(row) for row in rows] == [looked_for.of(row) for row in rows]
            assert [given.received_at(row, row.entry) for row in rows] == [row.received_at for row in rows]
        assert [len(looked_for.of(row).quarantined) for row in alices[1:2]] == [1]
    assert {row.participant for row in stored if row.code} == {ALICE, BOB}


def test_who_went_on_from_a_replaced_phone_is_no_successor_of_it(
    services: Services, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    clock.advance(seconds=1)
    Handset(services, "another").enrol(new_code(services, ALICE))
    clock.advance(seconds=1)
    alice.goes_on("in doubt")
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before


def test_a_contact_that_was_logged_survives_a_rebuild(services: Services, clock: SimulatedEnvironment) -> None:
    ready(services, ALICE)
    clock.advance(days=4)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    today = local_date(clock.now(), ZONE)
    who, key = Acting("root", is_operator=True), services.environment.new_id()
    services.writer.run(
        ALICE,
        lambda connection: calling.log_contact(
            connection, ALICE, ContactOutcome.WILL_FILL_IN, id=key, today=today, days=2, who=who, at=clock.now()
        ),
    )
    before = working(services, ALICE)
    with services.engine.begin() as connection:
        for table in (days.TABLE, participants.TABLE):
            connection.execute(delete(table))
    rebuilt(services, clock)
    assert working(services, ALICE)[0] == before[0]
    assert working(services, ALICE)[2] == before[2]
    with reading(services.engine) as connection:
        found = found_now(connection, services.study, ["copenhagen"], today, clock.now(), Memory())
    assert [(one.participant, one.back) for one in found.snoozed] == [(ALICE, today + timedelta(days=2))]
    assert found.now == ()


def without_nonces(device: Device) -> Device:
    return device._replace(nonce="", previous_nonce="", app_version="")


def test_after_rebuilding_a_phone_hears_everything_anew(services: Services, clock: SimulatedEnvironment) -> None:
    alice = ready(services, ALICE)
    rebuilt(services, clock)
    answer = alice.sync()
    assert len(answer.days) == len(alice.days)
    assert answer.flags == ()
