"""Participants who are reminded, and time that passes with the jobs running."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from diary_app.core.facts import ContactField, RemindersChosen
from server import jobs
from server.db import reminders
from server.db.engine import reading
from server.db.reminders import Reminder
from server.intake.reaching import change_contact
from server.reminders.claiming import Claimed, claim
from server.reminders.ledger import Step
from server.reminders.queueing import queue
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import CAROL, Handset, ready, record_fact

#: The clock of the tests stands on the evening before, a Sunday.
DAY = date(2026, 11, 23)
EVENING = range(16, 22)
ALICES, BOBS = "alice@example.org", "bob@example.org"
NUMBER = "+4512345678"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reach(services: Services, participant: str, **given: str) -> None:
    now = services.environment.now()
    fields = {ContactField(name): text for name, text in given.items()}
    services.writer.run(
        participant,
        lambda connection: change_contact(connection, services, participant, fields, author=CAROL, at=now),
    )


def reminded(services: Services, participant: str = ALICE, seed: str = "alice", **given: str) -> Handset:
    """A participant whose diary begins tomorrow and who has an address."""
    handset = ready(services, participant, seed)
    reach(services, participant, **(given or {"email": ALICES}))
    return handset


def choose(services: Services, participant: str = ALICE, **wanted: Any) -> None:
    record_fact(services, participant, RemindersChosen(**wanted))


def live(services: Services, clock: SimulatedEnvironment, until: str, *, minutes: float = 5) -> None:
    """Let time pass with reminders looked at every few minutes, outside the evening every hour, the rest hourly."""
    end = utc(until)
    while clock.now() < end:
        step = timedelta(minutes=minutes if clock.now().hour in EVENING else max(minutes, 60))
        clock.move_to(min(end, clock.now() + step))
        if clock.now().minute == 0 or clock.now() == end:
            work(services, clock)
        else:
            jobs.remind(services, clock.now())


def sleep_until(services: Services, clock: SimulatedEnvironment, until: str) -> None:
    """The server is down until then; then the jobs run once."""
    clock.move_to(utc(until))
    work(services, clock)


def work(services: Services, clock: SimulatedEnvironment) -> None:
    jobs.sweep_due(services, clock.now())
    jobs.extend_horizon(services, clock.now())
    jobs.remind(services, clock.now())


def rows(services: Services) -> list[Reminder]:
    with reading(services.engine) as connection:
        found = connection.execute(select(reminders.TABLE).order_by(*reminders.TABLE.primary_key)).mappings()
        names = Reminder.__dataclass_fields__
        return [Reminder(**{name: row[name] for name in names}) for row in found]


def states(services: Services, day: date = DAY) -> list[str]:
    return [row.state for row in rows(services) if row.diary_day == day]


def steps(services: Services, day: date = DAY, number: int = 1) -> list[tuple[str, str]]:
    """The events of one reminder with their codes."""
    with reading(services.engine) as connection:
        told = reminders.events(connection, participant=None, first=day, last=day)
    return [(event.kind, event.code) for event in told if event.number == number]


def sent_at(services: Services, day: date = DAY) -> list[datetime]:
    with reading(services.engine) as connection:
        told = reminders.events(connection, participant=None, first=day, last=day)
    return [event.at for event in told if event.kind == Step.SENT]


def take(services: Services, clock: SimulatedEnvironment) -> list[Claimed]:
    """Queue and claim what is due, as a process does that goes no further."""
    now = clock.now()
    services.writer.run("", lambda connection: queue(connection, services, now))
    return services.writer.run("", lambda connection: claim(connection, now))[1]
