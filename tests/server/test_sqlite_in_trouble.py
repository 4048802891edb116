"""A file that cannot be written or that somebody else holds: phones come back later, and nothing is lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event

from diary_app.core.errors import Code
from diary_app.core.wire import SYNC_PATH, ErrorAnswer
from server.db import records
from server.db.engine import reading, sqlite_file
from server.services import Services
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

#: Nobody waits ten seconds for the one who holds the file.
IMPATIENT = "PRAGMA busy_timeout = 50"


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    return migrated_sqlite


@pytest.fixture
def services(app: FastAPI) -> Services:
    services: Services = app.state.services
    return services


@contextmanager
def every_connection(services: Services, about: str, does: Callable[..., Any]) -> Iterator[None]:
    """All connections are new ones that meet this; none of the old ones is left, before or after."""
    services.engine.dispose()
    event.listen(services.engine, about, does)
    yield
    event.remove(services.engine, about, does)
    services.engine.dispose()


@contextmanager
def read_only(services: Services) -> Iterator[None]:
    """As it is where the file or its folder cannot be written; permissions do not stop root."""

    def connect(_dialect: object, _record: object, _words: object, options: dict[str, Any]) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{sqlite_file(services.engine)}?mode=ro", uri=True, **options)

    with every_connection(services, "do_connect", connect):
        yield


@contextmanager
def held_by_another(services: Services) -> Iterator[None]:
    """Another program has begun to write and does not end."""

    def be_impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(IMPATIENT)

    file = sqlite_file(services.engine)
    assert file is not None
    with (
        every_connection(services, "connect", be_impatient),
        closing(sqlite3.connect(file, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        yield


async def post(client: httpx.AsyncClient, phone: Handset) -> httpx.Response:
    body = phone.request().model_dump_json()
    return await client.post(SYNC_PATH, content=body, headers={"Authorization": f"Bearer {phone.token}"})


@pytest.mark.parametrize("in_trouble", [read_only, held_by_another])
async def test_a_phone_comes_back_and_what_it_sent_is_there_once(
    client: httpx.AsyncClient, services: Services, in_trouble: Callable[[Services], AbstractContextManager[None]]
) -> None:
    alice = ready(services, ALICE)
    entry = alice.record("app_event", what="opened")
    with in_trouble(services):
        refused = await post(client, alice)
        assert refused.status_code == 503
        assert ErrorAnswer.model_validate_json(refused.content).code is Code.DATABASE_UNAVAILABLE
        assert int(refused.headers["retry-after"]) > 0
        assert (await client.get("/healthz")).status_code == 200
    answers = [await post(client, alice) for _ in range(2)]
    assert [answer.json()["receipts"][0]["id"] for answer in answers] == [entry.id] * 2
    with reading(services.engine) as connection:
        assert [row.id for row in records.of_participant(connection, ALICE)] == [one.id for one in alice.records]
