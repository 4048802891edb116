"""A server whose clock was ahead for a while reminds again as soon as the clock is right."""

from datetime import date, timedelta
from typing import Any

import pytest

from server import jobs
from server.reminders import queueing, reminding
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import ALICES, live, reminded, sent_at, states, steps, utc
from tests.reminders.post_office import PostOffice

FOURTH = date(2026, 11, 26)


def look_ahead(services: Services, clock: SimulatedEnvironment, ahead: timedelta) -> None:
    """The clock is ahead for one look."""
    clock.set_clock(ahead)
    jobs.extend_horizon(services, clock.now())
    jobs.remind(services, clock.now())
    clock.set_clock(timedelta())


def test_after_days_ahead_every_evening_is_reminded_of_as_ever(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:00")
    look_ahead(services, clock, timedelta(days=3, hours=1, minutes=5))
    assert states(services, FOURTH) == ["sent"]
    live(services, clock, "2026-11-26 12:00")
    for day in range(23, 26):
        assert states(services, date(2026, 11, day)) == ["sent"] * 3
    assert len(post_office.raw) == 10
    live(services, clock, "2026-11-26 22:00")
    assert states(services, FOURTH) == ["sent"] * 3


@pytest.mark.parametrize("ahead", [9, 20])
def test_after_a_night_ahead_tonight_is_not_forgotten(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, ahead: int
) -> None:
    """Its prompts were dropped as too late, and the next look was put off until tomorrow."""
    reminded(services)
    live(services, clock, "2026-11-23 13:00")
    look_ahead(services, clock, timedelta(hours=ahead))
    assert states(services) == ["dropped"] * 3
    live(services, clock, "2026-11-23 22:00")
    assert sent_at(services) == [utc("2026-11-23 19:00"), utc("2026-11-23 20:15"), utc("2026-11-23 21:15")]
    assert post_office.receivers == [ALICES] * 3


def test_what_was_dropped_with_reason_is_dropped_for_good(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:00")
    clock.move_to(utc("2026-11-23 21:31"))
    jobs.remind(services, clock.now())
    assert steps(services, number=3) == [("dropped", "expired")]
    live(services, clock, "2026-11-24 08:00")
    assert steps(services, number=3) == [("dropped", "expired")]
    assert post_office.raw == []


def test_everybody_is_looked_at_anew_once_and_not_for_ever(
    services: Services, clock: SimulatedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded(services)
    look_ahead(services, clock, timedelta(days=3))
    looks: list[int] = []

    def queue(*asked: Any) -> int:
        assert len(looks) < 5
        looks.append(queueing.queue(*asked))
        return looks[-1]

    monkeypatch.setattr(reminding, "_FEW", 0)
    monkeypatch.setattr(reminding, "queue", queue)
    jobs.remind(services, clock.now())
    assert looks == [1, 0]
