"""What the overview asks of the database, asked of both; and that real phones and staff give what it shows."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from diary_app.core.grading import UNDECIDED, State
from diary_app.core.times import local_date
from server.console import reckoning
from server.console.heatmap import Overview
from server.console.signs import sign_of
from server.console.strips import signs_by_day
from server.db.engine import reading
from server.db.gaps import evenings_of, unpacked_windows, windows_of, with_state
from server.db.overview import diary_spans, participants_at, unused_codes
from server.intake.sweep import sweep
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.console.conftest import MORNING, TODAY
from tests.server.handset import DMD, add, ready

SITES = ("copenhagen", "odense")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"migrated_{request.param}")
    return url


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment) -> Any:
    services = open_services(settings, clock)
    yield services
    services.close()


def read(services: Services, *sites: str, length: int = 28) -> Overview:
    now = services.environment.now()
    today = local_date(now, staged.ZONE)
    with reading(services.engine) as connection:
        return reckoning.read(connection, services.study, sites or SITES, today, length, now).overview


def states(found: Overview, number: str) -> list[State]:
    cells = next(line for line in found.lines if line.participant.id == number).cells
    return [cell.state for cell in cells if cell.state is not State.NOT_EXPECTED]


def test_evenings_of_a_real_phone_are_on_the_map(services: Services, clock: SimulatedEnvironment) -> None:
    alice = ready(services, ALICE)
    add(services, BOB)
    clock.move_to(MORNING + timedelta(days=1, hours=12))
    alice.fill_in(TODAY + timedelta(days=1))
    alice.sync()
    clock.advance(days=2)
    services.writer.run("", lambda connection: sweep(connection, clock.now()))
    found = read(services)
    assert states(found, ALICE) == [State.DONE, State.UNKNOWN, State.OPEN]
    assert [person.id for person in found.never_activated] == [BOB]
    assert [line.participant.id for line in found.not_heard_from] == [ALICE]


def test_what_waits_for_staff_is_told_from_silence_by_every_query(services: Services) -> None:
    then = TODAY - timedelta(days=3)
    reasons = {"01-001": "quarantined", "01-002": "after_lock", "01-003": "silent", "01-004": None}
    for number, reason in reasons.items():
        staged.participant(services, number, {then: (State.UNKNOWN, reason)})
    with reading(services.engine) as connection:
        windows = dict(windows_of(connection, [*reasons], DMD, then))
        texts = dict(evenings_of(connection, [*reasons], DMD, then, TODAY, MORNING))
        asked = partial(with_state, connection, SITES, DMD, State.UNKNOWN, then)
        assert asked(undecided=True) == {"01-001", "01-002"}
        assert asked() == {"01-003", "01-004"}
    told = {who: (one.state, one.reason) for who in reasons for one in unpacked_windows(windows[who])}
    assert told == {who: (State.UNKNOWN, reason if reason in UNDECIDED else None) for who, reason in reasons.items()}
    assert {who: signs_by_day(texts[who])[then.isoformat()] for who in reasons} == {
        who: sign_of(State.UNKNOWN, reason) for who, reason in reasons.items()
    }


def test_a_site_is_read_without_the_other(services: Services) -> None:
    staged.crowd(services, "01", 3)
    staged.crowd(services, "02", 3)
    found = read(services, "odense")
    assert {line.participant.site for line in found.lines} == {"odense"}


def test_the_number_of_queries_does_not_grow_with_participants(services: Services) -> None:
    asked: list[str] = []
    event.listen(services.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    counts = []
    for site in ("01", "02"):
        staged.crowd(services, site, 5)
        asked.clear()
        read(services)
        counts.append(len([statement for statement in asked if statement.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 6


def test_somebody_who_has_not_practised_has_no_days(services: Services) -> None:
    staged.participant(services, ALICE, {})
    found = read(services)
    assert states(found, ALICE) == []
    assert found.lines[0].course.span is None


def test_a_diary_of_long_ago_is_left_out(services: Services) -> None:
    staged.participant(services, ALICE, {TODAY - timedelta(days=90): (State.DONE, None)})
    found = read(services)
    assert (found.lines, found.over) == ((), 1)


def test_spans_and_codes_of_nobody_are_empty(services: Services) -> None:
    with reading(services.engine) as connection:
        assert participants_at(connection, []) == []
        assert diary_spans(connection, [], "DMD") == {}
        assert unused_codes(connection, []) == {}
