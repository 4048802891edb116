"""Phones that send through a proxy while servers are stopped and killed: nothing is lost, nothing is there twice."""

import asyncio
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from diary_app.core.environment import SystemEnvironment
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.access.roles import Role
from server.bench.databases import POSTGRESQL, SQLITE, Place, empty_place, server_for
from server.bench.ingest import crowd_of, fill_in
from server.db import accounts
from server.services import open_services
from server.settings import Settings
from server.simulate.light_phone import LightPhone
from tests.console import staged
from tests.deploy.behind import Behind, behind, settings_of
from tests.scale.ward import faults, held

PHONES, EVENINGS, AT_ONCE = 300, 4, 24
READERS = ("anna", "bodil", "cecilie", "dorte")
OK, BUSY = 200, 503
WAIT_SECONDS = 60
LOOK_IN = 40
#: nginx asks a server that did not answer again after ten seconds.
LEFT_OUT_SECONDS = 12
SYNCED = re.compile(r'xerodiary_requests_total\{method="POST",route="/api/v1/sync",status="200"\} ([0-9.]+)')
#: Whether the next one is ended as an operator does it, or as a power cut.
ENDINGS = ("stop", "kill", "stop")
chance = random.Random(3)  # noqa: S311 - seeded on purpose

Check = Callable[[Behind], str]


def under_load(program: str, folder: Path, web_folder: Path) -> Iterator[tuple[Check, Behind]]:
    """Each check with what it needs: one server on SQLite, then two on one PostgreSQL."""
    with empty_place(SQLITE, folder) as place:
        phones, evenings = crowd(place)
        with behind(program, folder, settings_of(place.folder, web_folder, place.url)) as one:

            def restarts_under_load_lose_nothing(_one: Behind) -> str:
                return lived_through(one, place, phones, evenings)

            yield restarts_under_load_lose_nothing, one
    second = folder / "two"
    second.mkdir()
    with server_for(POSTGRESQL, second) as server, empty_place(server, second) as place:
        phones, evenings = crowd(place)
        settings = settings_of(place.folder, web_folder, place.url)
        zone = readers(settings)
        hour, backups = datetime.now(ZoneInfo(zone)).hour, second / "backups"
        more = {"outbox": "true", "overview_hour": str(hour), "backup_folder": str(backups), "backup_hour": str(hour)}
        with behind(program, second, settings, servers=2, **more) as both:

            def two_servers_share_the_phones(_both: Behind) -> str:
                return lived_through(both, place, phones, evenings) + f"; {shares(both, phones)}"

            def their_jobs_run_once(_both: Behind) -> str:
                return jobs_done(settings, backups)

            yield two_servers_share_the_phones, both
            yield their_jobs_run_once, both


def crowd(place: Place) -> tuple[list[LightPhone], list[DiaryDay]]:
    """Phones in step with the server, and evenings behind them."""
    return crowd_of(place, PHONES, EVENINGS)


def readers(settings: Settings) -> str:
    """Those who get the morning's overview of one site; the zone of that site."""
    services = open_services(settings, SystemEnvironment())
    try:
        for name in READERS:
            account = staged.account(services, name, (Role.COORDINATOR, "copenhagen"))
            with services.engine.begin() as connection:
                accounts.set_email(connection, account, f"{name}@hospital.example")
        return services.study.site("copenhagen").zone
    finally:
        services.close()


def lived_through(both: Behind, place: Place, phones: Sequence[LightPhone], evenings: Sequence[DiaryDay]) -> str:
    """Every phone sends every evening until it has its receipt, while servers end; then everything is compared."""
    met: Counter[str] = Counter()
    asyncio.run(_live(both, phones, evenings, met))
    services = open_services(Settings(database_url=place.url, var_folder=place.folder), SystemEnvironment())
    try:
        found = faults(phones, held(services))
    finally:
        services.close()
    assert not found, found[:5]
    assert all(phone.confirmed == len(phone.records) for phone in phones)
    written = both.written()
    assert not any(phone.token in written for phone in phones), "a token is in a log"
    return f"{len(phones) * len(evenings)} evenings, {', '.join(f'{count} x {what}' for what, count in met.items())}"


async def _live(both: Behind, phones: Sequence[LightPhone], evenings: Sequence[DiaryDay], met: Counter[str]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=both.proxy.origin, verify=both.trust(), limits=limits, timeout=60) as client:

        async def one(phone: LightPhone) -> None:
            for shown in evenings:
                async with turn:
                    fill_in(phone, shown)
                    await _send(client, phone, met)

        living = asyncio.gather(*(one(phone) for phone in phones))
        ending = asyncio.create_task(_end_now_and_then(both, living))
        try:
            await living
        finally:
            await ending


async def _send(client: httpx.AsyncClient, phone: LightPhone, met: Counter[str]) -> None:
    """Again and again with the same records, as a phone does; whatever is no receipt is an answer of ours."""
    while phone.confirmed < len(phone.records):
        body, headers = phone.request(SystemEnvironment().now()), {"authorization": f"Bearer {phone.token}"}
        try:
            answer = await client.post(SYNC_PATH, content=body, headers=headers)
        except httpx.TransportError as error:
            met[type(error).__name__] += 1
            await asyncio.sleep(chance.uniform(0.1, 1))
            continue
        met[str(answer.status_code)] += 1
        if answer.status_code == OK:
            phone.hear(SyncAnswer.model_validate_json(answer.content))
        else:
            assert answer.status_code == BUSY, (answer.status_code, answer.text[:200])
            assert answer.json()["code"] in ("server_busy", "database_unavailable"), answer.text[:200]
            await asyncio.sleep(chance.uniform(0.1, 1))


async def _end_now_and_then(both: Behind, living: "asyncio.Future[list[None]]") -> None:
    """One server after the other; each is started again at once."""
    for number, ending in enumerate(ENDINGS):
        await asyncio.wait([living], timeout=1.5)
        server = both.servers[number % len(both.servers)]
        await asyncio.to_thread(getattr(server, ending))
        server.start()
        await asyncio.to_thread(server.wait_ready)


def shares(both: Behind, phones: Sequence[LightPhone]) -> str:
    """How many of some last looks in each server has taken. Raises AssertionError when one had none."""
    asyncio.run(SystemEnvironment().sleep(LEFT_OUT_SECONDS))
    before = _taken(both)
    asyncio.run(_look_in(both, phones[:LOOK_IN]))
    taken = [after - earlier for after, earlier in zip(_taken(both), before, strict=True)]
    assert sum(taken) == min(LOOK_IN, len(phones)), taken
    assert all(taken), taken
    return " and ".join(str(count) for count in taken) + " shared when both were there"


def _taken(both: Behind) -> list[int]:
    found = [SYNCED.search(httpx.get(f"http://127.0.0.1:{one.port}/metrics").text) for one in both.servers]
    return [int(float(one[1])) if one else 0 for one in found]


async def _look_in(both: Behind, phones: Sequence[LightPhone]) -> None:
    async with httpx.AsyncClient(base_url=both.proxy.origin, verify=both.trust(), timeout=60) as client:
        for phone in phones:
            body, headers = phone.request(SystemEnvironment().now()), {"authorization": f"Bearer {phone.token}"}
            answer = await client.post(SYNC_PATH, content=body, headers=headers)
            assert answer.status_code == OK, (answer.status_code, answer.text[:200])


def jobs_done(settings: Settings, backups: Path) -> str:
    """One overview for each reader and one backup, however many processes wanted to make them."""
    outbox = settings.var_folder / "outbox"
    for _ in range(WAIT_SECONDS):
        letters, made = sorted(outbox.glob("*.txt")), sorted(backups.glob("*.zip"))
        if len(letters) >= len(READERS) and made:
            break
        asyncio.run(SystemEnvironment().sleep(1))
    assert len(letters) == len(READERS), [letter.name for letter in letters]
    assert len(made) == 1, [file.name for file in made]
    assert zipfile.ZipFile(made[0]).testzip() is None
    return f"{len(letters)} overviews, one backup"
