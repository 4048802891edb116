"""On the days on which clocks change the real queue sends exactly what the plan lists, for every window choice."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection

from diary_app.core.facts import WindowChosen
from diary_app.core.prompts import Prompt, prompts
from diary_app.core.study_versions import expand_through
from diary_app.core.wishes import wishes
from server.db.engine import reading
from server.intake.known import facts_of, pauses_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import choose, live, reminded, rows, work
from tests.reminders.post_office import PostOffice
from tests.server.handset import DMD, record_fact

CHANGES = [date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31), date(2028, 3, 26), date(2028, 10, 29)]
WINDOWS = ("evening", "early_evening", "late_evening")


@pytest.fixture(params=CHANGES, ids=str)
def changing(request: pytest.FixtureRequest) -> date:
    """The diary day whose night or morning has another length."""
    found: date = request.param
    return found


@pytest.fixture
def clock(changing: date) -> SimulatedEnvironment:
    """Two days before, at noon."""
    return SimulatedEnvironment(datetime.combine(changing - timedelta(days=2), time(12), UTC))


def cast(services: Services) -> list[str]:
    """Two for each window: the study's time, and half past six."""
    found = []
    for number, window in enumerate((*WINDOWS, *WINDOWS), 1):
        participant = f"01-{number:03d}"
        reminded(services, participant, participant, email=f"p{number}@example.org")
        record_fact(services, participant, WindowChosen(instrument=DMD, choice=window))
        if number > len(WINDOWS):
            choose(services, participant, usual="18:30")
        found.append(participant)
    return found


def planned(connection: Connection, services: Services, participant: str, days: Iterable[date]) -> list[Prompt]:
    """By the plan alone, as the preview shows it."""
    facts, rule = facts_of(connection, participant), services.study.prompts
    laid = [day for day in expand_through(services.versions, facts, max(days)) if day.day in days]
    found = prompts(rule, laid, usual=wishes(facts).usual_within(rule), pauses=pauses_of(connection, participant))
    return list(found)


def test_every_prompt_of_the_plan_is_found_in_the_queue(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, changing: date
) -> None:
    days = [changing - timedelta(days=1), changing]
    everybody = cast(services)
    work(services, clock)
    live(services, clock, f"{changing + timedelta(days=1)} 02:00")
    with reading(services.engine) as connection:
        plan = {
            (participant, prompt.day, prompt.number): (prompt.at, prompt.dropped)
            for participant in everybody
            for prompt in planned(connection, services, participant, days)
        }
    told = {
        (row.participant, row.diary_day, row.number): (row.sent_at or row.due_at, "" if row.sent_at else "dropped")
        for row in rows(services)
    }
    assert told == {key: (at, "dropped" if why else "") for key, (at, why) in plan.items()}
    assert len(told) == len(everybody) * len(days) * 3
    assert (
        sum(1 for _, state in told.values() if not state) == len(post_office.raw) >= 2 * len(everybody) * len(days) - 4
    )
