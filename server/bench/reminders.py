"""How fast reminders leave: from a due prompt to a recorded receipt, beside a plain loop that only talks SMTP."""

import smtplib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from diary_app.core.environment import Environment, SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import ContactField
from diary_app.core.grading import State
from diary_app.core.times import wall_to_utc
from server.bench.figures import Figure, beside
from server.bench.mail_sink import mail_sink
from server.db import contact_details, days, participants
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.writer import LAST
from server.intake import staff
from server.reminders.channel import Letter
from server.reminders.reminding import remind
from server.reminders.smtp import written
from server.reminders.texts import words
from server.services import Services, open_services
from server.settings import load_settings

_SENDER = "reminder@post.invalid"


@dataclass(frozen=True)
class Wish:
    """How many reminders, how often, and where the data is; an SQLite file of its own when not given."""

    reminders: int
    runs: int
    database_url: str | None = None


def measure(wish: Wish) -> list[Figure]:
    """Send to a loopback mail server in a process of its own. Raises `CommandRefused` for a database in use."""
    with TemporaryDirectory() as folder, mail_sink() as port:
        services = _services(Path(folder), port, wish.database_url)
        try:
            _refuse_used(services)
            first = _first_day(services)
            _people(services, wish.reminders, first - timedelta(days=2))
            pairs = [_run(services, wish.reminders, port, first + timedelta(days=run)) for run in range(wish.runs)]
        finally:
            services.close()
    figure = beside("reminders sent and recorded", "/s", [ours for ours, _ in pairs], [floor for _, floor in pairs])
    return [replace(figure, database=services.engine.dialect.name)]


def _first_day(services: Services) -> date:
    """An evening to come: what is over by the clock of the machine is sent to nobody."""
    return (services.environment.now() + timedelta(days=1)).date()


def _run(services: Services, count: int, port: int, day: date) -> tuple[float, float]:
    """Reminders a second of one evening, and those of the plain loop."""
    clock = services.environment
    services.writer.run(LAST, lambda connection: _evening(connection, services, day))
    now = wall_to_utc(day, services.study.prompts.usual, services.study.sites[0].zone, last=False)
    began = clock.monotonic()
    sent = remind(services, now)
    ours = clock.monotonic() - began
    assert sent == count, "every participant is reminded once"
    return count / ours, count / _plain_loop(clock, services, count, port, now)


def _plain_loop(clock: Environment, services: Services, count: int, port: int, at: datetime) -> float:
    """Seconds for the same bytes through one connection, with nothing looked up and nothing written down."""
    said = words(services.study, services.study.languages[0], services.settings)
    letters = [Letter(_address(number), "0" * 32, said.subject, said.text, said.sender, at) for number in range(count)]
    began = clock.monotonic()
    with smtplib.SMTP("127.0.0.1", port, "post.invalid") as connection:
        for letter in letters:
            connection.sendmail(_SENDER, [letter.address], written(letter, _SENDER))
    return clock.monotonic() - began


def _services(folder: Path, port: int, database_url: str | None) -> Services:
    settings = load_settings(
        var_folder=folder, database_url=database_url or f"sqlite:///{folder}/bench.sqlite",
        study="mesrix-more", study_file=None, licence_folder=None, public_url="https://dagbog.invalid",
        smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", smtp_user=None, smtp_sender=_SENDER, outbox=False,
    )  # fmt: skip
    return open_services(settings, SystemEnvironment())


def _refuse_used(services: Services) -> None:
    with reading(services.engine) as connection:
        if participants.ids(connection):
            raise CommandRefused(Code.NOT_ALLOWED, "This database holds participants.", "Name an empty one.")


def _people(services: Services, count: int, since: date) -> None:
    site = services.study.sites[0]

    def add(connection: Connection) -> None:
        at = datetime.combine(since, time(12), UTC)
        for number in range(count):
            subject = f"{number:03d}"
            participant = f"{site.number}-{subject}"
            staff.add_participant(connection, services, site=site.id, subject=subject, author="benchmark", at=at)
            contact_details.save(connection, participant, {ContactField.EMAIL: _address(number)})

    services.writer.run(LAST, add)


def _evening(connection: Connection, services: Services, day: date) -> None:
    """Everybody's diary is open and nobody has answered."""
    rule, zone = services.study.diary.window(None), services.study.sites[0].zone
    opens, closes, late_until = (
        wall_to_utc(day, wall, zone, last=False) for wall in (rule.opens, rule.closes, rule.late_until)
    )
    everybody = participants.ids(connection)
    days.add(connection, [
        ExpectedDay(
            participant=one, instrument=services.study.diary.instrument, diary_day=day, zone=zone, opens=opens,
            closes=closes, late_until=late_until, not_expected=None, state=State.OPEN.value, reason=None, revision=1,
            next_moment=late_until, entry=None, first_captured_at=None, received_at=None, change_no=0,
        )
        for one in everybody
    ])  # fmt: skip
    rows = participants.lock_free(connection, everybody)
    participants.save(connection, [row._replace(prompts_from=opens) for row in rows])


def _address(number: int) -> str:
    return f"participant{number}@post.invalid"
