"""What the server says of itself, to whom, and that it names nobody."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from server import jobs
from server.backup import nightly
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

TOKEN = "watch-me-0123456789"
Labels = dict[str, str]


def asking(app: FastAPI, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(host, 40000))
    return httpx.AsyncClient(transport=transport, base_url="http://diary.example")


@pytest.fixture
async def here(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Asks on the machine itself."""
    async with asking(app, "127.0.0.1") as client:
        yield client


@pytest.fixture
def alice(app: FastAPI) -> Handset:
    return ready(app.state.services, ALICE)


async def samples(client: httpx.AsyncClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


async def post_sync(client: httpx.AsyncClient, handset: Handset) -> None:
    request = handset.request()
    answer = await client.post(
        "/api/v1/sync", content=request.model_dump_json(), headers={"Authorization": f"Bearer {handset.token}"}
    )
    assert answer.status_code == 200


# ---- who may ask --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/metrics", "/house"])
async def test_without_a_token_only_the_machine_itself_may_ask(app: FastAPI, path: str) -> None:
    for host, status in (("127.0.0.1", 200), ("::1", 200), ("192.0.2.1", 403), ("not an address", 403)):
        async with asking(app, host) as client:
            assert (await client.get(path)).status_code == status, host


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_proxy_on_the_machine_is_not_the_machine(here: httpx.AsyncClient, header: str) -> None:
    assert (await here.get("/metrics", headers={header: "127.0.0.1"})).status_code == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_with_a_token_only_the_token_counts(app: FastAPI, here: httpx.AsyncClient) -> None:
    settings: Settings = app.state.services.settings
    app.state.services.settings = Settings.model_validate({**settings.model_dump(), "metrics_token": TOKEN})
    assert (await here.get("/metrics")).status_code == 403
    async with asking(app, "192.0.2.1") as client:
        for stated, status in ((f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 403), ("Bearer ", 403), (TOKEN, 403)):
            assert (await client.get("/metrics", headers={"Authorization": stated})).status_code == status


# ---- what is said -------------------------------------------------------------------------------------------


async def test_requests_are_counted_by_route_and_never_by_address(here: httpx.AsyncClient) -> None:
    await here.get("/healthz")
    await here.get("/healthz")
    for nowhere in ("/01-001", "/alice@example.org"):
        await here.get(nowhere)
    await here.request("PROPFIND", "/healthz")
    found = await samples(here)
    name = "xerodiary_requests_total"
    assert found[name, (("method", "GET"), ("route", "/healthz"), ("status", "200"))] == 2
    assert found[name, (("method", "GET"), ("route", "none"), ("status", "404"))] == 2
    assert found[name, (("method", "OTHER"), ("route", "/healthz"), ("status", "405"))] == 1


async def test_syncs_records_and_commits_are_counted(here: httpx.AsyncClient, alice: Handset) -> None:
    before = await samples(here)
    alice.record("app_event", what="opened")
    alice.record("app_event", what="closed")
    await post_sync(here, alice)
    after = await samples(here)
    grown = {key: value - before.get(key, 0) for key, value in after.items()}
    assert grown["xerodiary_records_total", (("outcome", "accepted"),)] == 2
    assert grown["xerodiary_sync_seconds_count", ()] == 1
    assert grown["xerodiary_works_total", ()] == grown["xerodiary_commits_total", ()] == 1
    assert after["xerodiary_writer_waiting", ()] == 0


async def test_phones_are_counted_by_state_and_the_silent_ones_too(
    here: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    found = await samples(here)
    assert (found["xerodiary_phones", (("state", "active"),)], found["xerodiary_phones_silent", ()]) == (1, 0)
    clock.advance(days=2, seconds=1)
    assert (await samples(here))["xerodiary_phones_silent", ()] == 1
    alice.sync()
    assert (await samples(here))["xerodiary_phones_silent", ()] == 0


async def test_what_waits_in_quarantine_is_counted(here: httpx.AsyncClient, alice: Handset) -> None:
    alice.sync(["?"])
    assert (await samples(here))["xerodiary_quarantined", ()] == 1


async def test_a_sweep_that_is_behind_shows(
    app: FastAPI, here: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    services: Services = app.state.services
    jobs.sweep_due(services, clock.now())
    assert (await samples(here))["xerodiary_sweep_lag_seconds", ()] == 0
    clock.advance(days=2)
    behind = await samples(here)
    assert behind["xerodiary_sweep_lag_seconds", ()] > 86400
    assert behind["xerodiary_swept_seconds_ago", ()] == 2 * 86400
    jobs.sweep_due(services, clock.now())
    assert (await samples(here))["xerodiary_sweep_lag_seconds", ()] == 0


async def test_nobody_is_named(here: httpx.AsyncClient, alice: Handset) -> None:
    await post_sync(here, alice)
    text = (await here.get("/metrics")).text
    assert not [word for word in (ALICE, alice.device, alice.token, "127.0.0.1", "192.0.2") if word in text]


# ---- reminders ----------------------------------------------------------------------------------------------


async def test_how_long_nobody_was_reminded_is_told(
    app: FastAPI, here: httpx.AsyncClient, alice: Handset, clock: SimulatedEnvironment
) -> None:
    jobs.remind(app.state.services, clock.now())
    clock.advance(hours=1)
    answer, found = (await here.get("/house")).json(), await samples(here)
    assert (answer["reminded_seconds_ago"], answer["reminders_unsent"]) == (3600, 0)
    assert (found["xerodiary_reminded_seconds_ago", ()], found["xerodiary_reminders_unsent", ()]) == (3600, 0)


# ---- backups ------------------------------------------------------------------------------------------------


async def test_the_age_of_the_backup_is_told(
    app: FastAPI, here: httpx.AsyncClient, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services: Services = app.state.services
    services.settings.backup_folder = tmp_path / "backups"
    assert (await here.get("/house")).json() == {
        "swept_seconds_ago": None, "backup_seconds_ago": None, "backup_failed": False, "backup_late": True,
        "facts_fell": [], "trail_flaws": 0, "reminded_seconds_ago": None, "reminders_unsent": 0,
    }  # fmt: skip
    nightly.back_up(services, clock.now())
    jobs.sweep_due(services, clock.now())
    clock.advance(hours=1)
    answer = (await here.get("/house")).json()
    assert (answer["backup_seconds_ago"], answer["backup_late"], answer["swept_seconds_ago"]) == (3600, False, 3600)
    assert (await samples(here))["xerodiary_backup_age_seconds", ()] == 3600


async def test_a_backup_that_failed_is_told(
    app: FastAPI, here: httpx.AsyncClient, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("no folder")
    app.state.services.settings.backup_folder = tmp_path / "backups"
    nightly.back_up(app.state.services, clock.now())
    assert (await here.get("/house")).json()["backup_failed"] is True
    assert (await samples(here))["xerodiary_backup_failed", ()] == 1
