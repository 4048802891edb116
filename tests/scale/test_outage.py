"""Everybody returns at once: what cannot wait is told when to come back, and in the end everything is stored."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import pytest
import uvicorn
from sqlalchemy import Engine

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import RequestRefused
from server.app import create_app
from server.bench.databases import Place
from server.bench.ingest import NotStored, crowd_that_holds, plain_request, require_stored
from server.bench.load import BROKEN
from server.bench.outage import BUSY, return_together
from server.db.writer import ThreadedWriter, Work, Writer
from server.settings import Settings

pytestmark = pytest.mark.long

T = TypeVar("T")
PHONES = 500
MOST_WAITING = 40


@pytest.fixture
def place(settings: Settings) -> Place:
    settings.var_folder.mkdir(exist_ok=True)
    return Place(settings.database_url, settings.var_folder, "either")


class HeldUp(ThreadedWriter):
    """Stores nothing before somebody was turned away: that more come than can wait is not left to who is faster."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, MOST_WAITING)
        self._too_many = threading.Event()
        super().submit("", lambda _: self._too_many.wait())

    def submit(self, participant: str, work: Work[T]) -> Future[T]:
        """See `Writer.submit`."""
        try:
            return super().submit(participant, work)
        except RequestRefused:
            self._too_many.set()
            raise

    def close(self) -> None:
        """See `Writer.close`."""
        self._too_many.set()
        super().close()


@contextmanager
def serving(settings: Settings, writer: Callable[[Engine], Writer]) -> Iterator[int]:
    """The real server with another writer; its port."""
    app = create_app(settings, SystemEnvironment(), clockwork=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    services = app.state.services
    app.state.services = replace(services, writer=writer(services.engine))
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        app.state.services.writer.close()
        server.should_exit = True
        thread.join()


def test_more_than_can_wait_is_refused_and_comes_back(place: Place, settings: Settings) -> None:
    phones = crowd_that_holds(place, PHONES, evenings=1)
    requests = [plain_request(phone) for phone in phones]
    with serving(settings, HeldUp) as port:
        met = asyncio.run(return_together(port, requests))
    require_stored(place, phones, met.answers)
    assert met.statuses[BUSY] > 0
    assert set(met.statuses) <= {200, BUSY, BROKEN}
    assert met.statuses[200] == PHONES
    assert met.without_a_moment == 0


def test_a_record_that_is_not_there_is_noticed(place: Place, settings: Settings) -> None:
    phones = crowd_that_holds(place, 2, evenings=1)
    requests = [plain_request(phone) for phone in phones]
    with serving(settings, ThreadedWriter) as port:
        met = asyncio.run(return_together(port, requests[:1]))
    with pytest.raises(NotStored, match="sent 2, confirmed 1, stored 1"):
        require_stored(place, phones, met.answers)
