"""Up and ready are two questions."""

import httpx
import pytest
from fastapi import FastAPI

from server import jobs
from server.db.engine import is_sqlite
from server.services import Services
from server.simulate.environment import SimulatedEnvironment


@pytest.fixture
def swept(app: FastAPI, clock: SimulatedEnvironment) -> Services:
    """The app's services, just after a sweep."""
    services: Services = app.state.services
    jobs.sweep_due(services, clock.now())
    return services


async def test_a_fit_server_is_ready(client: httpx.AsyncClient, swept: Services) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"writer": True, "database": True, "guards": True, "sweep": True}


async def test_before_the_first_sweep_it_is_not_ready(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["sweep"]) == (503, False)


async def test_a_sweep_that_stopped_is_noticed(
    client: httpx.AsyncClient, swept: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(minutes=5)
    assert (await client.get("/readyz")).json()["sweep"] is False


async def test_a_missing_guard_is_noticed(client: httpx.AsyncClient, swept: Services) -> None:
    with swept.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER record_no_update" + ("" if is_sqlite(connection) else " ON record"))
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["guards"]) == (503, False)


async def test_a_writer_that_stopped_is_noticed(client: httpx.AsyncClient, swept: Services) -> None:
    swept.writer.close()
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["writer"]) == (503, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lost_database_leaves_the_process_up(client: httpx.AsyncClient, swept: Services) -> None:
    swept.engine.dispose()
    assert swept.engine.url.database
    for file in (swept.settings.var_folder.parent).glob("xerodiary.sqlite*"):
        file.unlink()
    (swept.settings.var_folder.parent / "xerodiary.sqlite").mkdir()
    assert (await client.get("/readyz")).json()["database"] is False
    assert (await client.get("/healthz")).json() == {"status": "up"}
