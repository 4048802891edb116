"""What names no day is in doubt only of the evenings at which it can have been made."""

from datetime import date, timedelta
from typing import Any

import pytest

from diary_app.core.errors import Code
from diary_app.core.times import format_utc
from server import jobs
from server.intake import settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import INES, NO_ENTRY, REASON, assigned, settle, states
from tests.server.handset import Handset, new_code, ready
from tests.server.test_rebuild import rebuilt, working
from tests.server.test_settling import came_aside

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
DAYS = [DAY + timedelta(days=number) for number in range(5)]
UNKNOWN, MISSED, SILENT = ("unknown", "quarantined"), ("missed", None), ("unknown", "silent")


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """The first evening of her diary is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def pass_days(services: Services, clock: SimulatedEnvironment, number: int) -> None:
    clock.advance(days=number)
    jobs.extend_horizon(services, clock.now())
    jobs.sweep_due(services, clock.now())


def found(services: Services, number: int) -> list[tuple[str, str | None]]:
    graded = states(services)
    return [graded[day] for day in DAYS[:number]]


def test_what_comes_from_a_phone_that_held_nothing_was_made_since(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    alice.sync()
    pass_days(services, clock, 2)
    came_aside(alice)
    assert found(services, 4) == [MISSED, MISSED, UNKNOWN, UNKNOWN]
    before = working(services, ALICE)
    rebuilt(services, clock)
    assert working(services, ALICE) == before
    settle(services, NO_ENTRY)
    assert found(services, 4) == [MISSED, MISSED, SILENT, SILENT]


def test_a_contact_proves_no_more_than_the_clock_of_its_phone_says(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 3)
    alice.clock_error = -timedelta(days=2)
    alice.sync()
    clock.advance(hours=1)
    came_aside(alice)
    assert found(services, 3) == [MISSED, UNKNOWN, UNKNOWN]


def test_a_contact_that_held_something_back_tells_nothing(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    alice.sync(pending=1)
    clock.advance(hours=1)
    came_aside(alice)
    assert found(services, 2) == [UNKNOWN, UNKNOWN]


def test_a_contact_afterwards_tells_nothing_of_what_came_before_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    came_aside(alice)
    clock.advance(hours=1)
    alice.sync()
    assert found(services, 2) == [UNKNOWN, UNKNOWN]


def test_what_a_second_phone_sends_is_not_of_evenings_that_had_closed_before_it_was_there(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    second = Handset(services, "second")
    second.enrol(new_code(services, ALICE))
    pass_days(services, clock, 2)
    came_aside(second)
    assert found(services, 4) == [("unknown", "device_lost")] * 2 + [UNKNOWN] * 2


def test_an_entry_without_a_day_is_of_an_evening_that_was_open_when_it_says_it_was_made(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    entry = alice.fill_in(DAYS[2], diary_day="the third")
    pass_days(services, clock, 3)
    came_aside(alice, entry.text)
    assert found(services, 5) == [SILENT, UNKNOWN, UNKNOWN, UNKNOWN, SILENT]


def test_what_a_phone_with_a_senseless_clock_says_of_an_entry_is_passed_over(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    entry = alice.fill_in(DAY, diary_day="today", captured_at="1970-01-01T00:00:00.000Z")
    pass_days(services, clock, 2)
    came_aside(alice, entry.text)
    assert found(services, 2) == [UNKNOWN, UNKNOWN]


@pytest.fixture
def missed(alice: Handset, services: Services, clock: SimulatedEnvironment) -> dict[str, Any]:
    """Her first evening is missed, as her phone said that it held nothing. An entry made then that says no day."""
    entry = alice.entry(DAY, diary_day="today", captured_at=format_utc(clock.now()))
    clock.move_to(alice.evening(DAY).late_until + timedelta(minutes=1))
    jobs.sweep_due(services, clock.now())
    alice.sync()
    assert states(services)[DAY] == MISSED
    clock.advance(minutes=1)
    alice.record("app_event", what="lost on the way")
    return entry


def test_an_evening_that_was_missed_is_in_doubt_at_once(
    missed: dict[str, Any], alice: Handset, services: Services
) -> None:
    alice.sync([alice.record("entry", **missed).text])
    assert states(services)[DAY] == UNKNOWN


def test_so_it_is_by_what_came_in_a_request_that_could_not_be_answered(
    missed: dict[str, Any], alice: Handset, services: Services
) -> None:
    came_aside(alice, alice.record("entry", **missed).text)
    assert states(services)[DAY] == UNKNOWN


def test_each_decision_grades_the_evening_at_once(missed: dict[str, Any], alice: Handset, services: Services) -> None:
    came_aside(alice, alice.record("entry", **missed).text)
    item = settle(services, NO_ENTRY)
    assert states(services)[DAY] == MISSED
    settling.reopen(services, item, REASON, by=INES)
    assert states(services)[DAY] == UNKNOWN
    settle(services, assigned(DAYS[1]))
    assert states(services)[DAY] == MISSED


def test_text_that_puts_its_phone_in_doubt_leaves_earlier_evenings_to_that_doubt(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    pass_days(services, clock, 2)
    alice.sync()
    pass_days(services, clock, 1)
    assert alice.sync(["{no record"]).receipts[0].code is Code.RECORD_MALFORMED
    assert found(services, 3) == [("unknown", "device_doubtful")] * 2 + [UNKNOWN]
