"""SIGTERM while phones send: what was answered is stored, what was stored is recognised, and it ends well."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import httpx
import pytest
from sqlalchemy import text

from diary_app.core.environment import SystemEnvironment
from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.db.engine import make_engine, reading
from server.services import open_services
from server.settings import PREFIX, Settings
from tests.server.handset import Handset, ready

PHONES, RECORDS = 6, 5
PATIENCE = 30


@dataclass
class Serving:
    """A real server process on the database."""

    process: subprocess.Popen[bytes]
    url: str

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(settings: Settings) -> Serving:
    port = free_port()
    given = {"VAR_FOLDER": settings.var_folder, "DATABASE_URL": settings.database_url, "PORT": port}
    environment = os.environ | {f"{PREFIX}{name}": str(value) for name, value in given.items()}
    command = [Path(sys.executable).with_name("xerodiary"), "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    serving = Serving(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{serving.url}/healthz").status_code == 200:
                return serving
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


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
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()


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
        with httpx.Client(base_url=again.url) as client:
            for sender in senders:
                sender.hear(SyncAnswer.model_validate_json(sender.post(client).content))
    finally:
        assert again.end() == 0
    made = [record for handset in handsets for record in handset.records]
    assert stored(settings) == {record.id: record.text for record in made}
    assert sum(len(sender.receipted) for sender in senders) >= PHONES * RECORDS


def test_a_server_that_does_nothing_ends_at_once(serving: Serving) -> None:
    assert serving.end() == 0
