"""What a phone hears: everything after its cursor, in order, in pages, and nothing that is no business of its own."""

from datetime import date, timedelta

import pytest

from diary_app.core.facts import AnchorSet, Randomised, StatusSet, WindowChosen
from diary_app.core.wire import DayChange, FactChange
from server.db import participants
from server.db.engine import reading
from server.intake.pull import Pulled, pull
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import NO_ENTRY, settle
from tests.server.handset import DMD, Handset, new_code, ready, record_fact

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def page(services: Services, cursor: int, size: int, device: str = "") -> Pulled:
    with reading(services.engine) as connection:
        row = participants.get(connection, ALICE)
        assert row is not None
        return pull(connection, row, device, cursor, size)


def changes(pulled: Pulled) -> list[FactChange | DayChange]:
    return sorted([*pulled.facts, *pulled.days], key=lambda change: change.change_no)


@pytest.mark.parametrize("size", [1, 3, 7, 500])
def test_pages_together_are_everything_in_order(alice: Handset, services: Services, size: int) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2026, 12, 1)))
    cursor, heard, more = 0, list[FactChange | DayChange](), True
    while more:
        pulled = page(services, cursor, size)
        heard += changes(pulled)
        cursor, more = pulled.cursor, pulled.more
    assert heard == changes(page(services, 0, 10_000))
    assert [one.change_no for one in heard] == sorted({one.change_no for one in heard})


def test_after_the_last_page_there_is_nothing(alice: Handset, services: Services) -> None:
    cursor = page(services, 0, 10_000).cursor
    again = page(services, cursor, 10)
    assert (changes(again), again.cursor, again.more) == ([], cursor, False)


def test_a_day_that_changed_again_is_heard_once_in_its_last_state(alice: Handset, clock: SimulatedEnvironment) -> None:
    for _ in range(3):
        clock.advance(days=1)
        alice.sync()
    alice.cursor = 0
    answer = alice.sync()
    named = [(one.instrument, one.diary_day) for one in answer.days]
    assert len(named) == len(set(named))
    assert {one.diary_day: one.state for one in answer.days}[DAY] == "missed"


def test_a_phone_does_not_hear_its_own_records_again(alice: Handset, services: Services) -> None:
    heard_by_itself = {one.id for one in page(services, 0, 500, alice.device).facts}
    heard_by_others = {one.id for one in page(services, 0, 500, "another").facts}
    assert heard_by_others - heard_by_itself == {alice.records[0].id}


def test_only_what_shapes_the_schedule_is_told(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    record_fact(services, ALICE, Randomised(day=DAY))
    record_fact(services, ALICE, WindowChosen(instrument=DMD, choice="late_evening"))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", not_given=DAY, reason="adverse_event"))
    record_fact(services, ALICE, StatusSet(status="treatment_stopped", effective=DAY, reason="adverse_event"))
    Handset(services, "second").enrol(new_code(services, ALICE))
    facts = page(services, 0, 500).facts
    assert {one.body["kind"] for one in facts} == {
        "participant_added", "phone_activated", "training", "choice", "anchor", "status",
    }  # fmt: skip
    assert not any("adverse_event" in str(one.body) for one in facts)


def test_the_cursor_never_goes_back(alice: Handset, clock: SimulatedEnvironment) -> None:
    cursors = []
    for hours in (1, 20, 10, 30):
        clock.advance(hours=hours)
        cursors.append(alice.sync().cursor)
    assert cursors == sorted(cursors)


def test_days_come_with_the_receipt_of_their_entry(alice: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    entry = alice.fill_in(DAY)
    clock.advance(minutes=10)
    (told,) = [one for one in alice.sync().days if one.diary_day == DAY]
    assert (told.state, told.entry, told.received_at) == ("done", entry.id, clock.now())
    assert told.received_at - alice.evening(DAY).opens > timedelta(hours=1)


@pytest.mark.usefixtures("staffed")
@pytest.mark.parametrize("size", [1, 2, 5])
def test_what_has_one_number_comes_on_one_page(alice: Handset, services: Services, size: int) -> None:
    """A zone that was left and joined its chain after all is told twice: as it was made, and as the last word on it."""
    alice.record("app_event", what="lost on the way")
    alice.sync([alice.record("zone", zone="America/New_York").text])
    settle(services, NO_ENTRY)
    alice.sync()
    cursor, heard, more = 0, list[FactChange | DayChange](), True
    while more:
        pulled = page(services, cursor, size)
        heard += changes(pulled)
        cursor, more = pulled.cursor, pulled.more
    assert heard == changes(page(services, 0, 10_000))
    twice = [one.change_no for one in heard if isinstance(one, FactChange) and one.body["kind"] == "zone"]
    assert (len(twice), len(set(twice))) == (2, 1)
