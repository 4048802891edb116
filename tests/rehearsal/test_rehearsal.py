"""What a new version would do to everybody in the study, told by the engine that runs, with nothing written."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from diary_app import VERSION
from diary_app.core.facts import AnchorSet
from diary_app.core.status import DisplayStatus
from server.db.devices import TABLE as DEVICE
from server.db.engine import reading
from server.intake import outlook
from server.intake.outlook import Span
from server.intake.sweep import extend
from server.rehearsal.comparing import Kind
from server.reminders.queueing import queue
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.rehearsal.staged import (
    DORA,
    EMIL,
    FRIDA,
    WEDNESDAY,
    evening,
    everything,
    next_text,
    rehearsed,
    stage,
    summed,
    touched,
)
from tests.server.handset import record_fact
from tests.server.visiting import fill_in_visit, with_grix

EARLIER = ('opens = "18:00"', 'opens = "17:00"')
SOONER = ('usual = "20:00"', 'usual = "19:30"')
LATER = timedelta(hours=1)


@pytest.fixture
def study(services: Services, clock: SimulatedEnvironment) -> Services:
    stage(services, clock)
    return services


def test_who_is_asked_at_another_hour_and_who_is_not(study: Services) -> None:
    found = rehearsed(study, EARLIER)
    assert touched(found) == {ALICE: {Kind.HOUR}, DORA: {Kind.HOUR}}
    summary = summed(found)
    assert (summary.people, summary.in_diary, summary.unchanged_in_diary) == (5, 3, 1)
    assert (summary.not_begun, summary.ended, summary.paused) == (1, 1, 1)
    tonight = evening(found[ALICE], WEDNESDAY)
    assert tonight.before is not None
    assert tonight.after is not None
    assert tonight.before.day.opens - tonight.after.day.opens == LATER


def test_nothing_of_interest_touches_nobody(study: Services) -> None:
    found = rehearsed(study, ('name = "Rigshospitalet"', 'name = "Rigshospitalet, 3. sal"'))
    assert touched(found) == {}
    assert all(side for one in found[ALICE].evenings for side in (one.before, one.after))


def test_an_evening_that_has_opened_keeps_its_hours(study: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=5, minutes=30)  # between both openings: it keeps what was promised
    assert [one.kinds for one in rehearsed(study, EARLIER, days=1)[ALICE].evenings] == [frozenset(), {Kind.HOUR}]
    clock.advance(hours=1)
    tonight, tomorrow = rehearsed(study, EARLIER, days=1)[ALICE].evenings
    assert (tonight.day, tonight.has_opened, tonight.kinds) == (WEDNESDAY, True, frozenset())
    assert (tomorrow.has_opened, tomorrow.kinds) == (False, {Kind.HOUR})


def test_it_says_what_then_happens(study: Services, tmp_path: Path, clock: SimulatedEnvironment) -> None:
    """The version goes live at that moment, and everybody's evenings and reminders are those of the rehearsal."""
    changes = (
        EARLIER,
        SOONER,
        ("longest_days = 400", "longest_days = 9"),
        ('id = "early_evening"', 'id = "afternoon"'),
    )
    found = rehearsed(study, *changes)
    file = tmp_path / "next.toml"
    file.write_text(next_text(study, *changes), encoding="utf-8")
    later = open_services(study.settings.model_copy(update={"study_file": file}), clock)
    span = Span(clock.now().date() - timedelta(days=1), clock.now().date() + timedelta(days=14))
    with reading(later.engine) as connection:
        for number, one in found.items():
            then = outlook.of_participant(connection, later.versions, number, span)
            assert [side.after for side in one.evenings if side.after] == [
                each for each in then if each.day.late_until > clock.now()
            ]
    later.close()
    assert found[ALICE].kinds == {Kind.HOUR, Kind.REMINDERS}  # her treatment says when the diary ends
    assert {Kind.FEWER, Kind.CHOICE, Kind.HOUR, Kind.LAST_DAY} <= found[BOB].kinds


def test_reminders_are_those_that_would_be_sent(study: Services) -> None:
    found = rehearsed(study, SOONER)
    assert touched(found) == {ALICE: {Kind.REMINDERS}, BOB: {Kind.REMINDERS}, DORA: {Kind.REMINDERS}}
    tonight = evening(found[DORA], WEDNESDAY)
    assert (tonight.reminded_before, tonight.reminded_after) == ((), ())  # she pauses until Tuesday
    assert evening(found[DORA], date(2026, 12, 2)).kinds == {Kind.REMINDERS}


def test_a_reminder_that_was_sent_is_not_sent_once_more(study: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(hours=8, minutes=10)  # 20:10 in Copenhagen
    with study.engine.begin() as connection:
        extend(connection, study, clock.now())
        queue(connection, study, clock.now())
    later = ('usual = "20:00"', 'usual = "20:30"')
    tonight = evening(rehearsed(study, later)[ALICE], WEDNESDAY)
    assert [f"{at:%H:%M}" for at in tonight.reminded_before] == ["20:15", "21:15"]
    assert [f"{at:%H:%M}" for at in tonight.reminded_after] == ["20:45", "21:15"]


def test_who_gets_no_reminders_sees_no_change_in_them(services: Services, clock: SimulatedEnvironment) -> None:
    stage(services, clock)
    with services.engine.begin() as connection:
        queue(connection, services, clock.now())
    assert EMIL not in touched(rehearsed(services, SOONER))
    assert FRIDA not in touched(rehearsed(services, SOONER))


def test_who_reads_a_language_that_goes_is_told_of(study: Services) -> None:
    found = rehearsed(study, ('languages = ["da", "en"]', 'languages = ["en"]'))
    assert touched(found) == {number: {Kind.LANGUAGE} for number in (ALICE, BOB, DORA)}


def test_statuses_pauses_and_older_apps_are_told(study: Services) -> None:
    with study.engine.begin() as connection:
        connection.execute(update(DEVICE).where(DEVICE.c.participant == BOB).values(app_version="0.0.9"))
    found = rehearsed(study)
    assert found[EMIL].status is DisplayStatus.CONSENT_WITHDRAWN
    assert found[FRIDA].status is DisplayStatus.NEVER_ACTIVATED
    assert found[DORA].paused_until == date(2026, 12, 1)
    assert dict(summed(found).older_apps) == {"0.0.9": 1}
    assert VERSION != "0.0.9"


def test_clocks_that_change_and_a_journey_are_laid_out_as_ever(services: Services, clock: SimulatedEnvironment) -> None:
    alice = stage(services, clock)
    alice.record("zone", zone="America/New_York")
    alice.sync()
    clock.advance(days=119)  # Wednesday 24 March 2027; clocks change in Europe on the 28th, in New York they have
    found = rehearsed(services, EARLIER, days=7)
    assert {one.after.day.zone for one in found[ALICE].evenings if one.after} == {"America/New_York"}
    dora = [one for one in found[DORA].evenings if one.after]
    hours = {one.day: f"{one.after.day.opens:%H}" for one in dora if one.after}
    assert (hours[date(2027, 3, 27)], hours[date(2027, 3, 28)]) == ("16", "15")


def test_nothing_is_written(study: Services) -> None:
    before = everything(study.engine)
    rehearsed(study, EARLIER, SOONER, days=120)
    assert everything(study.engine) == before
    assert sum(map(len, before.values())) > 20


# ---- visits -------------------------------------------------------------------------------------------------


def test_a_visit_moves_for_whom_it_is_ahead(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    services = open_services(with_grix(settings, tmp_path), clock)
    alice = stage(services, clock)
    longer = ("days_before = 14\n", "days_before = 20\n")
    found = rehearsed(services, longer)
    assert touched(found) == {ALICE: {Kind.VISITS}}
    (visit,) = [one for one in found[ALICE].visits if one.changes]
    assert (visit.visit, visit.instrument) == ("m0", "GRIX")
    opens = [side.window.opens for side in (visit.before, visit.after) if side and side.window]
    assert opens[0] - opens[1] == timedelta(days=6)
    alice.sync()
    fill_in_visit(alice)
    alice.sync()
    assert touched(rehearsed(services, longer)) == {}  # nobody is asked again what is filled in
    record_fact(services, BOB, AnchorSet(anchor="treatment_1", planned=date(2026, 12, 3)))
    assert touched(rehearsed(services, longer)) == {BOB: {Kind.VISITS}}
    services.close()


def test_a_questionnaire_that_comes_into_use_is_told(
    settings: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    with_licences = with_grix(settings, tmp_path).model_copy(update={"study_file": None})
    services = open_services(with_licences, clock)
    stage(services, clock)
    found = rehearsed(services, ("slot = 2\n", "slot = 2\nactive = true\n"))
    assert touched(found) == {ALICE: {Kind.VISITS}}
    services.close()
