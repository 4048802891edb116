"""A real server in process and real phones around it; the network between them does what a test asks for."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from diary_app.core.environment import Environment
from diary_app.core.facts import Status, StatusSet
from diary_app.core.records import Record, RecordKind
from diary_app.core.sealing import Cipher
from diary_app.core.windows import expand
from diary_app.storage.diary import Diary
from diary_app.storage.entry_form import NewEntry
from diary_app.sync.engine import SyncEngine
from diary_app.sync.http_transport import HttpTransport
from diary_app.sync.outcome import SyncOutcome
from diary_app.sync.transport import Answer, ServerUnreachable
from server.app import create_app
from server.backup import making, restoring
from server.db.engine import make_engine, reading, sqlite_file
from server.intake import staff
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

URL = "https://diary.example"
ANSWERS = {f"DMD0{number}": 3 for number in range(1, 7)}


class Fate(StrEnum):
    """What happens to one request on its way."""

    ARRIVES = "arrives"
    LOST = "lost"
    UNANSWERED = "unanswered"  # the server took it, the phone never hears
    TWICE = "twice"
    LATE = "late"  # the phone gives up; it arrives just before the next one


class Server:
    """The server's program on a database of its own; stopped and started, backed up, lost and restored."""

    def __init__(self, folder: Path, environment: SimulatedEnvironment, **settings: Any) -> None:
        self.environment = environment
        usual = {"database_url": f"sqlite:///{folder / 'server.sqlite'}", "enrol_tries_per_hour": 1000}
        self._settings = Settings(var_folder=folder / "var", **(usual | settings))
        self._running = AsyncExitStack()
        self.services: Services
        self.transport: HttpTransport

    async def start(self) -> None:
        """Open the database and answer requests."""
        app = create_app(self._settings, self.environment, clockwork=False)
        await self._running.enter_async_context(app.router.lifespan_context(app))
        self.services = app.state.services
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)
        self.transport = HttpTransport(await self._running.enter_async_context(client))

    async def stop(self) -> None:
        """Close everything."""
        await self._running.aclose()
        self._running = AsyncExitStack()

    async def restart(self) -> None:
        """As after a power cut."""
        await self.stop()
        await self.start()

    async def back_up(self, to: Path) -> None:
        """Make a backup while the server serves."""
        making.make(self.services, to.parent, self.environment.now()).file.rename(to)

    async def restore(self, backup: Path) -> None:
        """The database is lost, and the backup takes its place."""
        await self.stop()
        lose(self._settings.database_url)
        restoring.restore(backup, self._settings, self.environment)
        await self.start()

    def add(self, site: str, subject: str) -> str:
        """A participant of the trial."""
        now = self.environment.now()
        return self.services.writer.run(
            "",
            lambda connection: staff.add_participant(
                connection, self.services, site=site, subject=subject, author="carol", at=now
            ),
        )

    def code(self, participant: str) -> str:
        """A one-time code on paper."""
        now = self.environment.now()
        return self.services.writer.run(
            participant,
            lambda connection: staff.issue_code(connection, self.services, participant, author="carol", at=now),
        )

    def withdraw(self, participant: str) -> None:
        """Consent is withdrawn, now."""
        now = self.environment.now()
        detail = StatusSet(
            status=Status.CONSENT_WITHDRAWN, effective=now.date(), effective_at=now, reason="participant_request"
        )
        self.services.writer.run(
            participant,
            lambda connection: staff.append_fact(
                connection, self.services, participant, detail, author="carol", at=now
            ),
        )

    def report_lost(self, participant: str) -> None:
        """The participant's phone is gone."""
        now = self.environment.now()
        self.services.writer.run(
            participant,
            lambda connection: staff.report_lost(
                connection, self.services, participant, reason="stolen", author="carol", at=now
            ),
        )

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What is in the database."""
        with reading(self.services.engine) as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def texts(self, participant: str) -> list[str]:
        """Every record that joined a chain, verbatim."""
        query = f"SELECT text FROM record WHERE participant = '{participant}' ORDER BY device, sequence"  # noqa: S608
        return [str(row[0]) for row in self.rows(query)]


def lose(database_url: str) -> None:
    """Nothing is left of the database."""
    engine = make_engine(database_url)
    if file := sqlite_file(engine):
        for part in file.parent.glob(f"{file.name}*"):
            part.unlink()
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


class Network:
    """Between one phone and the server: each request takes the next fate of `plan`; without one it arrives."""

    def __init__(self, server: Server, plan: Iterable[Fate] = ()) -> None:
        self._server = server
        self._delayed: list[tuple[str, bytes, str | None]] = []
        self.plan = list(plan)
        self.meanwhile: list[Callable[[], object]] = []
        self.garble: Callable[[str], str] | None = None
        self.retouch: Callable[[bytes], bytes] | None = None
        self.sent: Counter[str] = Counter()
        self.answers: list[bytes] = []

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """See `Transport.post`."""
        fate = self.plan.pop(0) if self.plan else Fate.ARRIVES
        self.sent.update(json.loads(body).get("records", []))
        if self.garble:
            body = garbled(body, self.garble)
        if self.meanwhile:
            self.meanwhile.pop()()
        while self._delayed:
            await self._server.transport.post(*self._delayed.pop())
        if fate is Fate.LATE:
            self._delayed.append((path, body, token))
        if fate in (Fate.LATE, Fate.LOST):
            raise ServerUnreachable(fate)
        if fate is Fate.TWICE:
            await self._server.transport.post(path, body, token)
        answer = await self._server.transport.post(path, body, token)
        self.answers.append(answer.body)
        if fate is Fate.UNANSWERED:
            raise ServerUnreachable(fate)
        return replace(answer, body=self.retouch(answer.body)) if self.retouch else answer


def garbled(body: bytes, garble: Callable[[str], str]) -> bytes:
    """The request with other records."""
    request = json.loads(body)
    return json.dumps({**request, "records": [garble(text) for text in request.get("records", [])]}).encode()


class Phone:
    """A participant's phone: a real file, a real engine."""

    def __init__(
        self, file: Path, server: Server, environment: Environment | None = None, cipher: Cipher | None = None
    ) -> None:
        self._environment = environment or server.environment
        self.file = file
        self.network = Network(server)
        self.diary = Diary.open(str(file), self._environment, cipher=cipher)
        self.engine = SyncEngine(self.diary, self.network, self._environment)

    async def enrol(self, code: str) -> None:
        """Type the code, finish the practice."""
        await self.engine.enrol(code, URL)
        self.diary.append(RecordKind.TRAINING, {})

    async def sync(self, *plan: Fate) -> SyncOutcome:
        """One sync under those circumstances."""
        self.network.plan = list(plan)
        return await self.engine.sync()

    def save(self, day: date, value: int = 3, parent: str = "") -> Record:
        """Fill in that evening, whether or not its window is open."""
        return self.diary.save_entry(self.evening(day, value, parent))

    def evening(self, day: date, value: int = 3, parent: str = "") -> NewEntry:
        """That evening filled in."""
        until = self._environment.now().date() + timedelta(days=30)
        window = next(one for one in expand(self.diary.study(), self.diary.facts(), until) if one.day == day)
        return NewEntry(
            instrument="DMD",
            instrument_version="1.0",
            wording_sha256="0" * 64,
            language="da",
            diary_day=day,
            zone=window.zone,
            opens=window.opens,
            closes=window.closes,
            late_until=window.late_until,
            answers={**ANSWERS, "DMD01": value},
            parent=parent,
        )

    def texts(self) -> list[str]:
        """Every record made here, by chain."""
        chains = sorted(chain.device for chain in self.diary.conversation.chains())
        return [one.text for device in chains for one in self.diary.conversation.records_after(device, 0, 10_000)]

    def close(self) -> None:
        """Switch it off."""
        self.diary.close()


@asynccontextmanager
async def running(folder: Path, environment: SimulatedEnvironment, **settings: Any) -> AsyncIterator[Server]:
    """A server for one test."""
    server = Server(folder, environment, **settings)
    await server.start()
    yield server
    await server.stop()
