"""What pages keep of everybody, against the same made from nothing, after whatever may happen."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from diary_app.core.anchors import anchors
from diary_app.core.compliance import GradedDay, rank, reasons_to_call
from diary_app.core.facts import Status, StatusSet
from diary_app.core.grading import State
from diary_app.core.staff_acts import ContactMade
from diary_app.core.times import local_date
from server import jobs
from server.console import heatmap, reckoning
from server.console.calls import lookout
from server.console.calls.finding import CallList, Memory, found_now
from server.console.calls.standing import LOOKED_AT
from server.console.course import course, dates_coming
from server.console.heatmap import state_at
from server.console.marks import of_sites
from server.db import days, parts, state
from server.db.engine import reading
from server.db.overview import days_at, participants_at
from server.intake import staff
from server.intake.known import facts_of
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.server.handset import DMD, ZONE, ready, record_fact
from tests.server.happenings import Ward

SITES = ("copenhagen", "odense")
DAY_ONE = date(2026, 11, 23)
Told = list[tuple[Any, ...]]


@pytest.fixture
def elsewhere(services: Services, settings: Settings, clock: SimulatedEnvironment) -> Iterator[Services]:
    """Another process on the same database."""
    other = open_services(settings, clock)
    yield other
    other.close()


def from_nothing(
    connection: Connection, services: Services, sites: tuple[str, ...], today: date
) -> tuple[Told, Told, list[str]]:
    """The rule asked about every evening of everybody, one participant after the other."""
    now, found, waits = services.environment.now(), [], []
    for person in participants_at(connection, sites):
        facts = facts_of(connection, person.id)
        graded = [
            GradedDay(day.diary_day, state_at(day, now), day.reason, day.late_until)
            for day in days.of(connection, person.id)
            if day.instrument == DMD and today - LOOKED_AT <= day.diary_day <= today
        ]
        coming = dates_coming(services.study, anchors(services.study, facts))
        reasons = reasons_to_call(graded, now, [day for day, _ in coming], today)
        if not reasons or course(services.study, facts, now).has_ended:
            if any(day.state is State.UNKNOWN and day.reason == "quarantined" for day in graded):
                waits.append(person.id)
            continue
        soon = next((one for one in coming if today <= one[0] <= today + timedelta(days=7)), None)
        contacts = [fact.detail for fact in facts if isinstance(fact.detail, ContactMade)]
        rest = contacts[-1].snooze_until if contacts else None
        found.append((person.id, reasons, soon, rest if rest and rest > today else None))
    found.sort(key=lambda one: tuple(-number for number in rank(one[1])))
    away = sorted((one for one in found if one[3]), key=lambda one: (one[3] or today, one[0]))
    return [one for one in found if one[3] is None], away, sorted(waits)


def as_told(found: CallList) -> tuple[Told, Told, list[str]]:
    def told(some: Any) -> Told:
        return [
            (one.participant, one.reasons, one.coming and (one.coming.day, one.coming.name), one.back) for one in some
        ]

    return told(found.now), told(found.snoozed), list(found.undecided)


def same(
    services: Services, memory: Memory, sites: tuple[str, ...] = SITES, ahead: int = 0
) -> tuple[Told, Told, list[str]]:
    """What is kept and what is made from nothing, in one snapshot; they are the same. `ahead`: of the date here."""
    now = services.environment.now()
    today = local_date(now, ZONE) + timedelta(days=ahead)
    with reading(services.engine) as connection:
        found = found_now(connection, services.study, sites, today, now, memory)
        assert found.mark == of_sites(connection, sites, now)
        kept = as_told(found)
        assert kept == from_nothing(connection, services, sites, today)
    return kept


def same_overview(services: Services, sites: tuple[str, ...], ahead: int, length: int) -> None:
    """What the overview keeps of everybody is what their days and facts give."""
    now, study = services.environment.now(), services.study
    today = local_date(now, ZONE) + timedelta(days=ahead)
    since = today - timedelta(days=heatmap.days_needed(length) - 1)
    with reading(services.engine) as connection:
        people = participants_at(connection, sites)
        found = days_at(connection, sites, DMD, since, today)
        known = reckoning.courses(connection, study, people, heatmap.without_days(people, found), now)
        wanted = heatmap.overview(people, found, today, length, now, known)
        assert reckoning.read(connection, study, sites, today, length, now).overview == wanted


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_kept_is_what_is_made_from_nothing(
    services: Services, elsewhere: Services, clock: SimulatedEnvironment, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SIZE", 2)  # so that six people are parts that grow and are cut
    monkeypatch.setattr(lookout, "_FEW", 1 if seed == 2 else 2_000)
    monkeypatch.setattr(reckoning, "AT_MOST", 8 if seed == 3 else 1_000)
    ward, memory, ever = Ward(services, elsewhere, clock, seed), Memory(), 0
    waited = 0
    for _ in range(50):
        act = ward.happens()
        sites, ahead = ward.dice.choice((SITES, SITES[:1], SITES[1:])), ward.dice.choice((0, 0, 0, -1))
        for reader in ward.places:
            called, _, undecided = same(reader, memory, sites, ahead)
            ever, waited = ever + len(called), waited + len(undecided)
            same_overview(reader, sites, ahead, ward.dice.choice((15, 28)))
            assert len(memory.lookout.part_of) <= ward.added * 2, act
            assert len(reckoning.memory_of(reader.engine).kept) <= reckoning.AT_MOST
    assert ever > 20
    assert waited or seed == 3, "somebody ever waited for staff, by chance not in the third"


def test_a_snapshot_of_before_is_never_taken_for_now(services: Services, clock: SimulatedEnvironment) -> None:
    phone, memory = ready(services, "01-001"), Memory()
    clock.advance(days=5)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    today = local_date(clock.now(), ZONE)
    with reading(services.engine) as before:
        assert parts.sums(before, parts.ranges([parts.FIRST]))
        phone.sync()
        record_fact(services, "01-001", StatusSet(status=Status.DIARY_STOPPED, effective=DAY_ONE, reason="own_wish"))
        assert same(services, memory) == ([], [], [])
        found = as_told(found_now(before, services.study, SITES, today, clock.now(), memory))
        assert found == from_nothing(before, services, SITES, today)
        assert len(found[0]) == 1
    assert same(services, memory) == ([], [], [])


def test_whoever_was_not_looked_at_as_the_database_failed_is_looked_at_afterwards(
    services: Services, clock: SimulatedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(services, "01-001")
    clock.advance(days=5)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    memory, today = Memory(), local_date(clock.now(), ZONE)

    def fail(*_: object) -> None:
        raise OSError("the connection is gone")

    with monkeypatch.context() as broken, reading(services.engine) as connection:
        broken.setattr(lookout, "_look", fail)
        with pytest.raises(OSError, match="gone"):
            found_now(connection, services.study, SITES, today, clock.now(), memory)
    assert len(same(services, memory)[0]) == 1


def test_another_copy_of_the_data_is_read_anew(services: Services, clock: SimulatedEnvironment) -> None:
    ready(services, "01-001")
    clock.advance(days=5)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    memory = Memory()
    assert len(same(services, memory)[0]) == 1
    same_overview(services, SITES, 0, 28)
    with services.engine.begin() as connection:  # as after a restore: the numbers are the same, the evenings are not
        state.set_value(connection, state.EPOCH, services.environment.new_id())
        connection.execute(update(days.TABLE).where(days.TABLE.c.state == "unknown").values(state="done"))
    assert same(services, memory) == ([], [], [])
    same_overview(services, SITES, 0, 28)


def test_commits_may_come_in_another_order_than_they_began(
    migrated_postgresql: str, settings: Settings, clock: SimulatedEnvironment
) -> None:
    services = open_services(settings.model_copy(update={"database_url": migrated_postgresql}), clock)
    alice, bob, memory = ready(services, "01-001"), ready(services, "02-001", "bob"), Memory()
    clock.advance(days=5)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    assert len(same(services, memory)[0]) == 2
    stopped = StatusSet(status=Status.DIARY_STOPPED, effective=DAY_ONE, reason="own_wish")
    with services.engine.begin() as late:
        staff.append_fact(late, services, alice.participant, stopped, author="carol", at=clock.now())
        record_fact(services, bob.participant, stopped)
        bob.sync()
        assert [one[0] for one in same(services, memory)[0]] == [alice.participant]
    assert same(services, memory) == ([], [], [])
    services.close()
