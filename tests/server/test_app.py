"""What every answer has in common: strict headers, an id, stable error codes and no traceback."""

import asyncio
import threading
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server import jobs
from server.app import create_app
from server.background import Background
from server.db.engine import unavailable
from server.errors import STATUS
from server.reminders.patience import write_down
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment


@pytest.fixture
def database_url(migrated_sqlite: str) -> str:
    """What is tested here does not depend on the database."""
    return migrated_sqlite


@pytest.fixture
def faulty(app: FastAPI) -> FastAPI:
    """The app with a route that fails in a way that nobody foresaw."""

    @app.get("/api/v1/faulty")
    async def fail(how: str) -> None:
        raise {"key": KeyError("H05 = 7"), "lost": unavailable_error()}[how]

    return app


def unavailable_error() -> Exception:
    import sqlite3

    from sqlalchemy.exc import OperationalError

    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("INSERT", {"text": "answer"}, full)


@pytest.mark.parametrize(
    "path", ["/healthz", "/nowhere", "/api/openapi.json", "/console/nowhere", "/app/nowhere.js", "/"]
)
async def test_every_answer_is_strict(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


async def test_https_is_insisted_on_where_it_is_set(settings: Settings, clock: SimulatedEnvironment) -> None:
    app = create_app(settings.model_copy(update={"https_only": True}), clock, clockwork=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://diary.example") as client:
        answer = await client.get("/healthz")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_every_request_has_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/healthz", headers={"X-Request-Id": "mine"})).headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert "mine" not in ids


async def test_what_nobody_foresaw_is_answered_without_a_traceback(client: httpx.AsyncClient, faulty: FastAPI) -> None:
    answer = await client.get("/api/v1/faulty?how=key")
    assert answer.status_code == 500
    assert answer.json()["code"] == Code.SERVER_FAULT
    assert answer.headers["X-Request-Id"] in answer.json()["message"]
    assert answer.headers["Content-Security-Policy"]
    assert "H05" not in answer.text
    assert "Traceback" not in answer.text


async def test_a_full_disk_asks_to_come_back(client: httpx.AsyncClient, faulty: FastAPI) -> None:
    answer = await client.get("/api/v1/faulty?how=lost")
    assert (answer.status_code, answer.json()["code"]) == (503, Code.DATABASE_UNAVAILABLE)
    assert answer.headers["Retry-After"] == str(answer.json()["retry_after"])
    assert "INSERT" not in answer.text


async def test_a_missing_parameter_is_named_without_its_neighbours(client: httpx.AsyncClient, faulty: FastAPI) -> None:
    answer = await client.get("/api/v1/faulty?who=alice")
    assert (answer.status_code, answer.json()["code"]) == (400, Code.REQUEST_INVALID)
    assert "query.how" in answer.json()["message"]
    assert "alice" not in answer.text


async def test_an_unknown_address_has_a_stable_code(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v2/sync")
    assert (answer.status_code, answer.json()["code"]) == (404, Code.NOT_FOUND)


async def test_a_wrong_method_says_which_is_right(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/sync")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["code"] == Code.REQUEST_INVALID


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 404), ("none", 404)]
)
async def test_other_sites_cannot_send_forms_to_the_console(client: httpx.AsyncClient, site: str, status: int) -> None:
    answer = await client.post("/console/nowhere", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


async def test_the_interface_describes_itself(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/openapi.json")).json()
    assert {"/api/v1/enrol", "/api/v1/sync", "/healthz", "/readyz"} <= set(described["paths"])
    assert (await client.get("/docs")).status_code == 404


async def test_the_front_door_leads_to_the_diary(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/app/")


def test_refusals_never_look_like_a_log_in_prompt() -> None:
    assert 401 not in STATUS.values()


@pytest.mark.usefixtures("own_logging")
async def test_the_real_thing_starts_and_stops(settings: Settings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        assert services.writer.run("", lambda connection: connection.exec_driver_sql("SELECT 1").scalar()) == 1
    assert not services.writer.alive


@pytest.mark.usefixtures("own_logging")
async def test_a_server_that_ends_still_writes_down_what_has_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away when a job wants to, and back a moment later: a message must not leave once more."""
    waits, ends, written, real_wait = threading.Event(), threading.Event(), threading.Event(), Background.wait

    def work(_: Connection) -> None:
        if not waits.is_set():
            raise RequestRefused(Code.DATABASE_UNAVAILABLE, "It is away.", "Wait.")
        written.set()

    def wait(self: Background, seconds: float) -> None:
        waits.set()
        ends.wait(60)
        real_wait(self, seconds)

    def remind(services: Services, _now: datetime) -> int:
        write_down(services, work)
        return 0

    monkeypatch.setattr(Background, "wait", wait)
    monkeypatch.setattr(jobs, "remind", remind)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        assert await asyncio.to_thread(waits.wait, 60)
        ends.set()
    assert written.is_set()


def test_trouble_names_nothing_of_the_statement() -> None:
    from sqlalchemy.exc import OperationalError

    error = OperationalError("INSERT INTO record", {"text": "H05"}, RuntimeError("H05"))
    assert "H05" not in str(unavailable(error))
