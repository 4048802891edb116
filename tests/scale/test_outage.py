"""Everybody returns at once: what cannot wait is told when to come back, and in the end everything is stored."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import uvicorn

from diary_app.core.environment import SystemEnvironment
from server.app import create_app
from server.bench.databases import Place
from server.bench.ingest import NotStored, crowd_that_holds, plain_request, require_stored
from server.bench.load import BROKEN
from server.bench.outage import BUSY, return_together
from server.db.writer import ThreadedWriter
from server.settings import Settings

PHONES = 500
MOST_WAITING = 40


@pytest.fixture
def place(settings: Settings) -> Place:
    settings.var_folder.mkdir(exist_ok=True)
    return Place(settings.database_url, settings.var_folder, "either")


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """The real server with a short queue; its port."""
    app = create_app(settings, SystemEnvironment(), clockwork=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    services = app.state.services
    app.state.services = replace(services, writer=ThreadedWriter(services.engine, MOST_WAITING))
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        app.state.services.writer.close()
        server.should_exit = True
        thread.join()


def test_more_than_can_wait_is_refused_and_comes_back(place: Place, settings: Settings) -> None:
    phones = crowd_that_holds(place, PHONES, evenings=1)
    requests = [plain_request(phone) for phone in phones]
    with serving(settings) as port:
        met = asyncio.run(return_together(port, requests))
    require_stored(place, phones, met.answers)
    assert met.statuses[BUSY] > 0
    assert set(met.statuses) <= {200, BUSY, BROKEN}
    assert met.statuses[200] == PHONES
    assert met.without_a_moment == 0


def test_a_record_that_is_not_there_is_noticed(place: Place, settings: Settings) -> None:
    phones = crowd_that_holds(place, 2, evenings=1)
    requests = [plain_request(phone) for phone in phones]
    with serving(settings) as port:
        met = asyncio.run(return_together(port, requests[:1]))
    with pytest.raises(NotStored, match="sent 2, confirmed 1, stored 1"):
        require_stored(place, phones, met.answers)
