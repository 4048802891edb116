"""The running server reminds by itself."""

from datetime import timedelta

from server import jobs
from server.reminders.reminding import remind
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import ALICES, live, reminded, utc
from tests.reminders.post_office import PostOffice


def test_the_clockwork_reminds_within_a_minute(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    often = [job for job in jobs.scheduler(services).get_jobs() if job.trigger.interval <= timedelta(minutes=1)]
    for job in often:
        job.func()
    assert post_office.receivers == [ALICES]
    assert remind(services, clock.now()) == 0
