"""SIGTERM while phones send: what was answered is stored, what was stored is recognised, and it ends well."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import httpx
import pytest
from sqlalchemy import text

from diary_app.core.environment import SystemEnvironment
from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.db.engine import make_engine, reading
from server.services import open_services
from server.settings import Settings
from tests.server.handset import Handset, ready
from tests.server.serving import PATIENCE, Serving, start

PHONES, RECORDS = 6, 5


@dataclass
class Sender:
    """A phone that makes records and sends them until the server is gone."""

    handset: Handset
    url: str
    receipted: set[str] = field(default_factory=set)
    began: Event = field(default_factory=Event)

    def send_on(self) -> None:
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            while True:
                for _ in range(RECORDS):
                    self.handset.record("app_event", what="opened")
                try:
                    answer = self.post(client)
                except httpx.TransportError:
                    return
                if answer.status_code != 200:
                    assert answer.status_code == 503
                    return
                self.hear(SyncAnswer.model_validate_json(answer.content))

    def post(self, client: httpx.Client) -> httpx.Response:
        body = self.handset.request().model_dump_json()
        return client.post(SYNC_PATH, content=body, headers={"Authorization": f"Bearer {self.handset.token}"})

    def hear(self, answer: SyncAnswer) -> None:
        self.receipted |= {receipt.id for receipt in answer.receipts if receipt.accepted}
        self.handset.have, self.handset.nonce = answer.have_through.sequence, answer.nonce
        self.began.set()


@pytest.fixture
def handsets(settings: Settings) -> list[Handset]:
    """Phones of the study, which nobody serves yet."""
    services = open_services(settings, SystemEnvironment())
    made = [ready(services, f"01-{number:03d}", f"phone {number}") for number in range(1, PHONES + 1)]
    services.close()
    return made


@pytest.fixture
def serving(settings: Settings, handsets: list[Handset]) -> Iterator[Serving]:
    made = start(settings)
    yield made
    made.kill()


def stored(settings: Settings) -> dict[str, str]:
    """Every record by its id."""
    engine = make_engine(settings.database_url)
    with reading(engine) as connection:
        found = {str(name): str(body) for name, body in connection.execute(text("SELECT id, text FROM record"))}
    engine.dispose()
    return found


def test_nothing_is_lost_or_doubled_and_it_ends_well(
    settings: Settings, handsets: list[Handset], serving: Serving
) -> None:
    senders = [Sender(handset, serving.url) for handset in handsets]
    with ThreadPoolExecutor(PHONES) as pool:
        sending = [pool.submit(sender.send_on) for sender in senders]
        for sender in senders:
            assert sender.began.wait(PATIENCE)
        assert serving.end() == 0
        for one in sending:
            one.result(PATIENCE)
    receipted = {name for sender in senders for name in sender.receipted}
    assert receipted <= set(stored(settings))

    again = start(settings)
    try:
        with httpx.Client(base_url=again.url, timeout=PATIENCE) as client:
            for sender in senders:
                sender.hear(SyncAnswer.model_validate_json(sender.post(client).content))
    finally:
        assert again.end() == 0
    made = [record for handset in handsets for record in handset.records]
    assert stored(settings) == {record.id: record.text for record in made}
    assert sum(len(sender.receipted) for sender in senders) >= PHONES * RECORDS


def test_one_that_does_nothing_ends_at_once_also_when_its_terminal_is_closed(serving: Serving) -> None:
    assert serving.end(signal.SIGHUP) == 0
