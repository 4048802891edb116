"""A study that nobody takes part in, on a server of its own, lived through in moments with the real program."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection

from diary_app.core.facts import ContactField
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import CURRENT, ENROL_PATH, SYNC_PATH, EnrolAnswer, EnrolRequest, SyncAnswer
from server import jobs
from server.access import rights
from server.access.proving import Person
from server.access.rights import Right
from server.access.roles import Role
from server.app import create_app
from server.db import days
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.writer import LAST
from server.intake import staff
from server.intake.evidence import diary_day
from server.intake.reaching import change_contact
from server.reminders.reminding import remind
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import APP_VERSION, LightPhone

#: A Monday in the forenoon, far from any change of clocks.
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
STUDY, SUBJECT, NOBODYS = "mesrix-more", "001", "nobody@scratch.invalid"
SENDER = "diary@scratch.invalid"
ANSWERS: Mapping[str, int] = {"DMD01": 6, "DMD02": 5, "DMD03": 4, "DMD04": 3, "DMD05": 2, "DMD06": 1}
COORDINATOR = Person("scratch-coordinator", "coordinator", "Coordinator of the scratch study")
INVESTIGATOR = Person("scratch-investigator", "investigator", "Investigator of the scratch study")


@dataclass
class Scratch:
    """The server with its world, and the one phone that speaks to it over HTTP."""

    services: Services
    world: SimulatedEnvironment
    client: httpx.AsyncClient
    phone: LightPhone
    folder: Path

    @property
    def site(self) -> str:
        """Where everybody belongs."""
        return self.services.study.sites[0].id

    async def enrol(self) -> httpx.Response:
        """Somebody is added, gets a code, and their phone uses it."""
        services, now = self.services, self.world.now()
        added = services.writer.run(
            LAST,
            lambda it: staff.add_participant(
                it, services, site=self.site, subject=SUBJECT, author=COORDINATOR.account, at=now
            ),
        )
        code = services.writer.run(
            added, lambda it: staff.issue_code(it, services, added, author=COORDINATOR.account, at=now)
        )
        self.phone = LightPhone(
            added, self.world.new_id(), _token(self.world), services.study.version, services.study.sha256
        )
        request = EnrolRequest(
            protocol=CURRENT.number, code=code, device=self.phone.device, device_clock=now, app_version=APP_VERSION,
            token_sha256=sha256(self.phone.token.encode()).hexdigest(),
        )  # fmt: skip
        answer = await self.client.post(ENROL_PATH, content=request.model_dump_json())
        if answer.is_success:
            heard = EnrolAnswer.model_validate_json(answer.content)
            self.phone.cursor, self.phone.nonce, self.phone.epoch = heard.cursor, heard.nonce, heard.epoch
        return answer

    async def sync(self) -> SyncAnswer:
        """The phone sends what it holds and hears what is new."""
        answer = await self.send(self.phone.request(self.world.now()))
        self.phone.hear(answer)
        return answer

    async def send(self, request: bytes) -> SyncAnswer:
        """Once, as these bytes. Raises `httpx.HTTPStatusError`."""
        headers = {"Authorization": f"Bearer {self.phone.token}"}
        answer = await self.client.post(SYNC_PATH, content=request, headers=headers)
        return SyncAnswer.model_validate_json(answer.raise_for_status().content)

    def evening(self, number: int) -> DiaryDay:
        """The diary day of that number, from 0."""
        with reading(self.services.engine) as connection:
            laid_out = [shown for row in days.of(connection, self.phone.participant) if (shown := diary_day(row))]
        return laid_out[number]

    def row(self, day: date) -> ExpectedDay:
        """What the server makes of it."""
        with reading(self.services.engine) as connection:
            return next(row for row in days.of(connection, self.phone.participant) if row.diary_day == day)

    def let_pass(self, until: datetime, *, every: timedelta = timedelta(hours=1)) -> None:
        """Time passes, with the jobs running."""
        while self.world.now() < until:
            self.world.move_to(min(until, self.world.now() + every))
            now = self.world.now()
            jobs.extend_horizon(self.services, now)
            jobs.sweep_due(self.services, now)
            remind(self.services, now)

    def act(self, what: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Staff do something about the participant now. Raises `RequestRefused`."""
        participant, at = self.phone.participant, self.world.now()
        return self.services.writer.run(
            participant, lambda it: what(it, self.services, participant, *given, at=at, **named)
        )

    def reachable_by_mail(self) -> None:
        """The participant has an address."""
        self.act(change_contact, {ContactField.EMAIL: NOBODYS}, author=COORDINATOR.account)


@asynccontextmanager
async def scratch(database_url: str, folder: Path, mail_port: int) -> AsyncIterator[Scratch]:
    """The whole server on that empty database. Raises `XerodiaryError`."""
    world = SimulatedEnvironment(START, seed=1)
    settings = Settings(
        database_url=database_url, var_folder=folder / "var", study=STUDY, study_file=None, licence_folder=None,
        public_url="https://scratch.invalid", smtp_host="127.0.0.1", smtp_port=mail_port, smtp_security="none",
        smtp_user=None, smtp_sender=SENDER, sms_url=None, outbox=False, database_owner_url=None, secret=None,
        sealing_key_file=None, push_key_file=None, push_hosts="", backup_folder=None,
    )  # fmt: skip
    app = create_app(settings, world, clockwork=False)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        services.writer.run(LAST, lambda connection: _give_rights(connection, services))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://scratch.invalid") as client:
            yield Scratch(services, world, client, LightPhone("", "", "", ""), folder)


def _give_rights(connection: Connection, services: Services) -> None:
    site = services.study.sites[0].id
    for person, role in ((COORDINATOR, Role.COORDINATOR), (INVESTIGATOR, Role.INVESTIGATOR)):
        rights.give(connection, Right(person.account, role, site), author="scratch", environment=services.environment)


def _token(world: SimulatedEnvironment) -> str:
    return urlsafe_b64encode(world.random_bytes(32)).decode().rstrip("=")
