"""Answers that came after their day was locked are told whatever else the day has: of evenings, versions, visits."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel
from sqlalchemy import Connection, event, text

from diary_app.core.facts import Excused, ExcuseReason, Status, StatusRevoked, StatusSet, body_of
from diary_app.core.records import canonical
from diary_app.core.staff_acts import DaysLocked, LockingReason
from server.alerts.after_lock import after_lock
from server.db import days, participants, records, staff_facts
from server.db.alerts import Case
from server.db.days import ExpectedDay
from server.db.engine import is_sqlite, reading
from server.db.participants import Participant
from server.db.records import StoredRecord
from server.db.staff_facts import ParticipantFact
from server.intake import locking
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import INES
from tests.server.handset import Handset, ready, record_fact
from tests.server.test_locking import DAY, lock, sent_after_lock, unlock
from tests.server.test_rebuild import rebuilt, working
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix, plan

pytestmark = pytest.mark.usefixtures("staffed")
MORNING = datetime(2026, 11, 2, 6, tzinfo=UTC)
PEOPLE, EVENINGS, EXCUSED = 120, 80, 30
AS_LONG_AS_AN_ENTRY = 1500


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary; treatment 1 is planned for Friday 27 November at 10:00."""
    phone = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    clock.advance(days=1)
    phone.sync()
    return phone


def told(services: Services, *sites: str) -> list[Case]:
    with reading(services.engine) as connection:
        return after_lock(connection, services.study, sites or ("copenhagen", "odense"))


def counts(services: Services) -> list[int]:
    return [one.count for one in told(services)]


def test_a_later_version_of_an_evening_that_was_locked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    lock(services)
    assert told(services) == []
    alice.fill_in(DAY, revision=2, parent=first.id)
    clock.advance(hours=1)
    alice.sync()
    assert told(services) == [Case(ALICE, "copenhagen", clock.now(), 1)]
    unlock(services)
    assert told(services) == []


def test_a_newer_version_is_a_newer_cause_of_the_same_evening(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    lock(services)
    second = alice.fill_in(DAY, revision=2, parent=first.id)
    alice.sync()
    alice.fill_in(DAY, revision=3, parent=second.id)
    clock.advance(hours=1)
    alice.sync()
    assert told(services) == [Case(ALICE, "copenhagen", clock.now(), 1)]


def test_what_waits_behind_a_lock_is_the_same_after_a_rebuild(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    lock(services)
    alice.fill_in(DAY, revision=2, parent=first.id)
    alice.sync()
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert (working(services, ALICE), counts(services)) == (before, [1])


def test_answers_of_a_visit(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    fill_in_visit(alice)
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    clock.advance(hours=1)
    alice.sync()
    assert told(services) == [Case(ALICE, "copenhagen", clock.now(), 1)]
    assert (told(services, "copenhagen"), told(services, "odense")) == (told(services), [])
    locking.unlock(services, ALICE, None, LockingReason.LATE_DATA, by=INES)
    assert told(services) == []


def test_a_visit_and_an_evening_are_one_alert(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    fill_in_visit(alice)
    sent_after_lock(alice, clock)
    alice.sync()
    assert told(services) == [Case(ALICE, "copenhagen", clock.now(), 2)]


def test_answers_of_a_visit_on_a_day_that_is_not_locked(alice: Handset, services: Services) -> None:
    lock(services)
    unlock(services)
    lock(services, DAY - timedelta(days=9), DAY - timedelta(days=1))
    fill_in_visit(alice)
    alice.sync()
    assert told(services) == []


def test_what_was_made_after_a_withdrawal_is_told_once_that_is_revoked(alice: Handset, services: Services) -> None:
    wish = StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish")
    withdrawn = record_fact(services, ALICE, wish)
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    fill_in_visit(alice)
    alice.fill_in(DAY)
    alice.sync()
    assert told(services) == []
    record_fact(services, ALICE, StatusRevoked(revokes=withdrawn.id, reason="entered_in_error"))
    assert counts(services) == [2]


def test_what_came_before_a_withdrawal_of_an_earlier_hour_was_told_is_told_no_longer(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    locking.lock(services, ALICE, None, LockingReason.FINAL_CUT, by=INES)
    fill_in_visit(alice)
    alice.fill_in(DAY)
    alice.sync()
    assert counts(services) == [2]
    clock.advance(minutes=1)
    record_fact(services, ALICE, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, reason="own_wish"))
    assert told(services) == []


def test_it_is_found_by_indexes_of_what_is_open_however_much_is_stored(services: Services) -> None:
    """A long study whose days are all locked, and one answer of each kind that came afterwards."""
    services.writer.run("", _a_locked_study)
    with services.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    with reading(services.engine) as connection, Plans(connection) as plans:
        found = after_lock(connection, services.study, ("copenhagen",))
        steps = plans()
    assert [(one.participant, one.count) for one in found] == [("01-900", 1), ("01-901", 1)]
    assert any("expected_day_after_lock" in step for step in steps), steps
    assert any("facts_of_locks" in step for step in steps), steps
    whole = ("SCAN expected_day", "SCAN record", "Seq Scan on expected_day", "Seq Scan on record")
    assert [step for step in steps if any(one in step for one in whole) and "after_lock" not in step] == []


def _a_locked_study(connection: Connection) -> None:
    """Everybody has filled in each evening and one visit; then all was locked."""
    people = [f"01-{900 + number}" for number in range(PEOPLE)]
    for who in people:
        participants.add(connection, Participant(who, "copenhagen", "mesrix-more", 900, 1, "", MORNING))
        for number in range(1, EXCUSED + 1):
            excused = Excused(instrument="DMD", diary_day=MORNING.date(), reason=ExcuseReason.HOSPITALISED)
            staff_facts.add(connection, _fact(who, number, excused))
        locked = DaysLocked(by_role="investigator", by_site="copenhagen", reason=LockingReason.FINAL_CUT)
        staff_facts.add(connection, _fact(who, EVENINGS + 5, locked))
    evenings = [MORNING.date() + timedelta(days=number) for number in range(EVENINGS)]
    days.add(connection, [_evening(who, day, late=None) for who in people[1:] for day in evenings])
    days.add(connection, [_evening(people[0], evenings[0], late=MORNING)])
    rows = [_entry(who, number, "DMD", day) for who in people for number, day in enumerate(evenings, start=1)]
    visits = [_entry(who, EVENINGS + 1, "GRIX", evenings[0]) for who in people]
    records.add(connection, [*rows, *visits, _entry(people[1], EVENINGS + 6, "GRIX", evenings[9])])


def _fact(who: str, change: int, detail: BaseModel) -> ParticipantFact:
    body = body_of(detail)
    return ParticipantFact(
        f"{who} {change}", who, change, body["kind"], MORNING, "ines", canonical(body), "", "", change
    )


def _evening(who: str, day: date, late: datetime | None) -> ExpectedDay:
    window = ("Europe/Copenhagen", MORNING, MORNING, MORNING, None)
    return ExpectedDay(who, "DMD", day, *window, "done", None, 1, None, None, None, None, 3, late)


def _entry(who: str, change: int, instrument: str, day: date) -> StoredRecord:
    return StoredRecord(
        id=f"{who} {change}", participant=who, device=f"phone of {who}", sequence=change, kind="entry", previous="",
        hash=f"{change}", text=" " * AS_LONG_AS_AN_ENTRY, received_at=MORNING, change_no=change, captured_at=MORNING,
        instrument=instrument, diary_day=day,
    )  # fmt: skip


class Plans:
    """How the database answers every question asked meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked: list[tuple[str, object]] = []

    def __enter__(self) -> Callable[[], list[str]]:
        event.listen(self._connection, "before_cursor_execute", self._heard)
        return self._read

    def __exit__(self, *_: object) -> None:
        event.remove(self._connection, "before_cursor_execute", self._heard)

    def _heard(self, connection: Connection, cursor: object, statement: str, values: object, *_: object) -> None:
        if not statement.startswith("EXPLAIN"):
            self._asked.append((statement, values))

    def _read(self) -> list[str]:
        explain = "EXPLAIN QUERY PLAN" if is_sqlite(self._connection) else "EXPLAIN"
        asked = [(f"{explain} {statement}", values) for statement, values in self._asked]
        return [str(row[-1]) for one in asked for row in self._connection.exec_driver_sql(*one)]
