"""What the call list keeps of everybody, against the whole list made from nothing, after whatever may happen."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from diary_app.core.anchors import anchors
from diary_app.core.compliance import GradedDay, rank, reasons_to_call
from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, Voided, WaiverReason
from diary_app.core.errors import RequestRefused
from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import ContactMade, ContactOutcome
from diary_app.core.times import local_date
from server import jobs
from server.access.acting import Acting
from server.console.calls import lookout
from server.console.calls.finding import CallList, Memory, found_now
from server.console.calls.standing import LOOKED_AT
from server.console.course import course, dates_coming
from server.console.heatmap import state_at
from server.db import days, parts, state
from server.db.engine import reading
from server.db.overview import participants_at
from server.intake import calling, corrections, staff
from server.intake.corrections import Wanted
from server.intake.known import facts_of
from server.intake.rebuild import rebuild
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.server.handset import DMD, ZONE, Handset, add, ready, record_fact

ROOT = Acting("root", is_operator=True)
SITES = ("copenhagen", "odense")
DAY_ONE = date(2026, 11, 23)
Told = list[tuple[Any, ...]]


@pytest.fixture
def elsewhere(services: Services, settings: Settings, clock: SimulatedEnvironment) -> Iterator[Services]:
    """Another process on the same database."""
    other = open_services(settings, clock)
    yield other
    other.close()


def from_nothing(connection: Connection, services: Services, sites: tuple[str, ...], today: date) -> tuple[Told, Told]:
    """The rule asked about every evening of everybody, one participant after the other."""
    now, found = services.environment.now(), []
    for person in participants_at(connection, sites):
        facts = facts_of(connection, person.id)
        graded = [
            GradedDay(day.diary_day, state_at(day, now), late_until=day.late_until)
            for day in days.of(connection, person.id)
            if day.instrument == DMD and today - LOOKED_AT <= day.diary_day <= today
        ]
        coming = dates_coming(services.study, anchors(services.study, facts))
        reasons = reasons_to_call(graded, now, [day for day, _ in coming], today)
        if not reasons or course(services.study, facts, now).has_ended:
            continue
        soon = next((one for one in coming if today <= one[0] <= today + timedelta(days=7)), None)
        contacts = [fact.detail for fact in facts if isinstance(fact.detail, ContactMade)]
        rest = contacts[-1].snooze_until if contacts else None
        found.append((person.id, reasons, soon, rest if rest and rest > today else None))
    found.sort(key=lambda one: tuple(-number for number in rank(one[1])))
    away = sorted((one for one in found if one[3]), key=lambda one: (one[3] or today, one[0]))
    return [one for one in found if one[3] is None], away


def as_told(found: CallList) -> tuple[Told, Told]:
    def told(some: Any) -> Told:
        return [
            (one.participant, one.reasons, one.coming and (one.coming.day, one.coming.name), one.back) for one in some
        ]

    return told(found.now), told(found.snoozed)


def same(services: Services, memory: Memory, sites: tuple[str, ...] = SITES, ahead: int = 0) -> tuple[Told, Told]:
    """What is kept and what is made from nothing, in one snapshot; they are the same. `ahead`: of the date here."""
    now = services.environment.now()
    today = local_date(now, ZONE) + timedelta(days=ahead)
    with reading(services.engine) as connection:
        kept = as_told(found_now(connection, services.study, sites, today, now, memory))
        assert kept == from_nothing(connection, services, sites, today)
    return kept


class Ward:
    """Five phones and everything that may happen to them, drawn with dice."""

    def __init__(self, services: Services, elsewhere: Services, clock: SimulatedEnvironment, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same ward each time
        self.places, self.clock = (services, elsewhere), clock
        self.phones = [ready(services, f"{site}-00{n}", f"{site} {n}") for site in ("01", "02") for n in (1, 2, 3)]
        self.added = 3
        self.statuses: list[tuple[str, str]] = []
        self.acts: tuple[Callable[[], object], ...] = (
            self.time, self.time, self.time, self.sweep, self.sweep, self.phone, self.phone, self.phone, self.excuse,
            self.contact, self.anchor, self.status, self.revoke, self.void, self.rebuild, self.newcomer, self.copy,
            self.horizon,
        )  # fmt: skip

    @property
    def place(self) -> Services:
        return self.dice.choice(self.places)

    @property
    def today(self) -> date:
        return local_date(self.clock.now(), ZONE)

    @property
    def somebody(self) -> Handset:
        return self.dice.choice(self.phones)

    def happens(self) -> str:
        act = self.dice.choice(self.acts)
        with suppress(RequestRefused):
            act()
        return act.__name__

    def time(self) -> None:
        self.clock.advance(minutes=self.dice.choice((7, 60, 301, 700, 1440, 1500)))

    def sweep(self) -> None:
        jobs.sweep_due(self.place, self.clock.now())

    def horizon(self) -> None:
        jobs.extend_horizon(self.place, self.clock.now())

    def phone(self) -> None:
        phone = self.somebody
        phone.services = self.place
        if self.dice.random() < 0.5:
            with suppress(StopIteration):
                phone.fill_in(self.today)
        if self.dice.random() < 0.7:
            phone.sync()

    def excuse(self) -> None:
        day = self.today - timedelta(days=self.dice.randrange(1, 6))
        record_fact(
            self.place, self.somebody.participant,
            Excused(instrument=DMD, diary_day=day, reason=ExcuseReason.TOO_ILL),
        )  # fmt: skip

    def contact(self) -> None:
        who, rest = self.somebody.participant, self.dice.choice((None, 0, 1, 3))
        key = self.place.environment.new_id()
        self.place.writer.run(
            who,
            lambda connection: calling.log_contact(
                connection, who, ContactOutcome.NO_ANSWER, id=key, today=self.today, days=rest, who=ROOT,
                at=self.clock.now(),
            ),
        )  # fmt: skip

    def anchor(self) -> None:
        day, name = self.today + timedelta(days=self.dice.randrange(-3, 12)), self.dice.choice("12")
        when = {"actual": day} if day <= self.today else {"planned": day}
        record_fact(self.place, self.somebody.participant, AnchorSet(anchor=f"treatment_{name}", **when))

    def status(self) -> None:
        who, effective = self.somebody.participant, self.today + timedelta(days=self.dice.randrange(-1, 3))
        kind = self.dice.choice((Status.DIARY_STOPPED, Status.TREATMENT_STOPPED, Status.CONSENT_WITHDRAWN))
        instant = self.clock.now() + timedelta(minutes=self.dice.choice((30, 400)))
        later = {"effective": local_date(instant, ZONE), "effective_at": instant}
        when = later if kind is Status.CONSENT_WITHDRAWN else {"effective": effective}
        fact = record_fact(self.place, who, StatusSet(status=kind, reason="own_wish", **when))
        self.statuses.append((who, fact.id))

    def revoke(self) -> None:
        if self.statuses:
            who, fact = self.statuses.pop()
            record_fact(self.place, who, StatusRevoked(revokes=fact, reason="recorded_in_error"))

    def void(self) -> None:
        phone, now = self.somebody, self.clock.now()
        entry = next((one.id for one in phone.records if one.kind == "entry"), None)
        if entry is None:
            return
        asked = Wanted(entry, Voided(), CorrectionSource.CALL, now.date(), CorrectionReason.ENTERED_IN_ERROR)
        with self.place.engine.begin() as connection:
            key = corrections.request(connection, self.places[0], phone.participant, asked, who=ROOT, at=now).id
            corrections.waive(
                connection, self.places[0], phone.participant, key, WaiverReason.NO_PHONE, who=ROOT, at=now
            )
            corrections.approve(connection, self.places[0], phone.participant, key, who=ROOT, at=now)

    def rebuild(self) -> None:
        with self.place.engine.begin() as connection:
            rebuild(connection, self.places[0], self.clock.now())

    def newcomer(self) -> None:
        self.added += 1
        add(self.place, f"0{self.dice.choice('12')}-{self.added:03d}")

    def copy(self) -> None:
        with self.place.engine.begin() as connection:
            state.set_value(connection, state.EPOCH, self.place.environment.new_id())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_kept_is_what_is_made_from_nothing(
    services: Services, elsewhere: Services, clock: SimulatedEnvironment, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SIZE", 2)  # so that six people are parts that grow and are cut
    monkeypatch.setattr(lookout, "_FEW", 1 if seed == 2 else 2_000)
    ward, memory, ever = Ward(services, elsewhere, clock, seed), Memory(), 0
    for _ in range(70):
        act = ward.happens()
        sites, ahead = ward.dice.choice((SITES, SITES[:1], SITES[1:])), ward.dice.choice((0, 0, 0, -1))
        for reader in ward.places:
            ever += len(same(reader, memory, sites, ahead)[0])
            assert len(memory.lookout.part_of) <= ward.added * 2, act
    assert ever > 50


def test_a_snapshot_of_before_is_never_taken_for_now(services: Services, clock: SimulatedEnvironment) -> None:
    phone, memory = ready(services, "01-001"), Memory()
    clock.advance(days=5)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())
    today = local_date(clock.now(), ZONE)
    with reading(services.engine) as before:
        assert parts.sums(before, [parts.FIRST])
        phone.sync()
        record_fact(services, "01-001", StatusSet(status=Status.DIARY_STOPPED, effective=DAY_ONE, reason="own_wish"))
        assert same(services, memory) == ([], [])
        found = as_told(found_now(before, services.study, SITES, today, clock.now(), memory))
        assert found == from_nothing(before, services, SITES, today)
        assert len(found[0]) == 1
    assert same(services, memory) == ([], [])


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
    assert same(services, memory) == ([], [])
    services.close()
