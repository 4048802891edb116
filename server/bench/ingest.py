"""How fast phones are taken in: one entry each of an evening, and thirty days each when they return.

The server runs in a process of its own and speaks the real protocol over loopback; requests were made before the clock
starts. Every answer is read, every record that was answered is looked for in the database afterwards. Floor and server
are measured in turn: the machine changes its mind.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from diary_app.core.environment import SystemEnvironment
from diary_app.core.records import RecordKind, parse
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SYNC_PATH, SyncAnswer, deflate, inflate
from server.bench.databases import Place, settle_in
from server.bench.figures import Figure, beside
from server.bench.load import Answered, Run, percentile, post, send_all
from server.bench.processes import FLOOR, ServerProcess, free_port, running, served, several
from server.db import days, records
from server.db.engine import make_engine, reading
from server.intake.evidence import diary_day
from server.services import Services
from server.simulate.crowd import crowd
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import LightPhone

CONNECTIONS = 32
ROUNDS = 4
EVENING_PHONES = 1000
RETURNING_PHONES = 240
DAYS_AWAY = 30
ANSWERS = {"DMD01": 6, "DMD02": 5, "DMD03": 4, "DMD04": 3, "DMD05": 2, "DMD06": 1}
OK = 200
_COLUMNS = [column.name for column in records.TABLE.c]


class NotStored(RuntimeError):
    """An answer confirmed what is not in the database; the figure would be worth nothing."""


def evening(place: Place, phones: int = EVENING_PHONES, processes: int = 1) -> list[Figure]:
    """Every phone looks in once, then sends one entry after the other, one a round, on 32 connections.

    `processes`: of the server, that share the connections; the floor is always one.
    """
    everybody, shown = crowd_of(place, phones, evenings=ROUNDS)
    floor = ServerProcess(FLOOR, free_port(), {}, place.folder / "floor.log")
    ours: list[Run] = []
    floors: list[Run] = []
    with several(place.url, place.folder, processes) as ports, running(floor):
        _hear(everybody, send_all(ports, [plain_request(phone) for phone in everybody], CONNECTIONS))
        for evening_shown in shown:
            requests = [_filled_in(phone, evening_shown) for phone in everybody]
            floors.append(send_all([floor.port], requests, CONNECTIONS))
            ours.append(send_all(ports, requests, CONNECTIONS))
            _hear(everybody, ours[-1])
    require_stored(place, everybody, [answer for run in ours for answer in run.answers])
    what = "syncs of one entry" if processes == 1 else f"syncs of one entry, {processes} processes"
    rates = beside(what, "/s", [one.per_second for one in ours], [one.per_second for one in floors])
    return [
        rates.on(place.name),
        *(_latency(f"{what}, p{share}", ours, floors, share).on(place.name) for share in (50, 99)),
    ]


def returning(place: Place, phones: int = RETURNING_PHONES) -> list[Figure]:
    """Every phone sends thirty days in one push, packed as phones pack it."""
    everybody = crowd_that_holds(place, phones, evenings=DAYS_AWAY)
    requests = [_packed(phone) for phone in everybody]
    bodies = [request.partition(b"\r\n\r\n")[2] for request in requests]
    ours: list[Run] = []
    floors: list[float] = []
    with running(served(place.url, place.folder)) as server, closing(_plain_table(place.folder)) as plain:
        for some, same in zip(_rounds(requests), _rounds(bodies), strict=True):
            floors.append(_only_insert(plain, same))
            ours.append(send_all([server.port], some, CONNECTIONS))
    require_stored(place, everybody, [answer for run in ours for answer in run.answers])
    rates = [run.per_second * DAYS_AWAY for run in ours]
    return [beside(f"entries, {DAYS_AWAY} days a push", "/s", rates, floors).on(place.name)]


def last_evenings(services: Services, participant: str, count: int, now: datetime) -> list[DiaryDay]:
    """The participant's last diary days that have opened, oldest first."""
    with reading(services.engine) as connection:
        rows = [diary_day(row) for row in days.of(connection, participant)]
    return [row for row in rows if row and row.opens + timedelta(hours=1) <= now][-count:]


def crowd_of(place: Place, phones: int, evenings: int) -> tuple[list[LightPhone], list[DiaryDay]]:
    """Phones in step with the server, and the evenings behind them that nobody has filled in."""
    now = SystemEnvironment().now()
    world = SimulatedEnvironment(now - timedelta(days=evenings + 1), seed=place.url)
    with place.opened(world) as services:
        everybody = crowd(services, world, phones, now)
        shown = last_evenings(services, everybody[0].participant, evenings, now)
        settle_in(services)
    return everybody, shown


def crowd_that_holds(place: Place, phones: int, evenings: int) -> list[LightPhone]:
    """Phones that hold so many entries which the server has not heard of."""
    everybody, shown = crowd_of(place, phones, evenings)
    for phone in everybody:
        for one in shown:
            fill_in(phone, one)
    return everybody


def fill_in(phone: LightPhone, shown: DiaryDay) -> None:
    """Save an entry for that evening, in time."""
    phone.fill_in(shown, ANSWERS, SystemEnvironment().new_id(), shown.opens + timedelta(hours=1))


def plain_request(phone: LightPhone) -> bytes:
    """One round of the phone as it stands, uncompressed so that the floor can read it."""
    return post(SYNC_PATH, phone.request(SystemEnvironment().now()), phone.token)


def _filled_in(phone: LightPhone, shown: DiaryDay) -> bytes:
    fill_in(phone, shown)
    return plain_request(phone)


def _hear(phones: Sequence[LightPhone], run: Run) -> None:
    """What the phones make of the answers, so that the next round is of one conversation."""
    _require_ok(run.answers)
    for phone, answer in zip(phones, run.answers, strict=True):
        phone.hear(SyncAnswer.model_validate_json(_unpacked(answer.body)))


def _require_ok(answers: Iterable[Answered]) -> None:
    refused = [answer for answer in answers if answer.status != OK]
    if refused:
        raise NotStored(f"{len(refused)} answers were not 200: {refused[0].status} {refused[0].body[:200]!r}")


def _packed(phone: LightPhone) -> bytes:
    return post(SYNC_PATH, deflate(phone.request(SystemEnvironment().now())), phone.token, packed=True)


def _rounds(requests: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [requests[number::ROUNDS] for number in range(ROUNDS)]


def _latency(name: str, ours: Iterable[Run], floors: Iterable[Run], share: int) -> Figure:
    def of(runs: Iterable[Run]) -> list[float]:
        return [percentile([one.seconds for one in run.answers], share / 100) * 1000 for run in runs]

    return beside(name, "ms", of(ours), of(floors))


def require_stored(place: Place, phones: Sequence[LightPhone], answers: Sequence[Answered]) -> None:
    """Every answer is a receipt for everything sent, and every record is in the database with the same bytes."""
    _require_ok(answers)
    confirmed = [receipt["id"] for answer in answers for receipt in json.loads(_unpacked(answer.body))["receipts"]]
    sent = {record.id: record.text for phone in phones for record in phone.records if record.kind == RecordKind.ENTRY}
    engine = make_engine(place.url)
    with reading(engine) as connection:
        query = select(records.TABLE.c.id, records.TABLE.c.text).where(records.TABLE.c.kind == RecordKind.ENTRY)
        stored = {row.id: row.text for row in connection.execute(query)}
    engine.dispose()
    if sorted(confirmed) != sorted(sent) or stored != sent:
        raise NotStored(f"sent {len(sent)}, confirmed {len(confirmed)}, stored {len(stored)} and not the same")


def _unpacked(body: bytes) -> bytes:
    return inflate(body) if body[:2] == b"\x1f\x8b" else body


# ---- the floor of returning phones ---------------------------------------------------------------------------


def _plain_table(folder: Path) -> sqlite3.Connection:
    """The record table with its indexes and without its guards, as durable as the server's."""
    connection = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    dialect = sqlite.dialect()
    connection.execute(str(CreateTable(records.TABLE).compile(dialect=dialect)))
    for index in records.TABLE.indexes:
        connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
    return connection


def _only_insert(connection: sqlite3.Connection, bodies: Sequence[bytes]) -> float:
    """Unpack, parse, hash and insert, one durable commit for as many pushes as there are connections; entries/s."""
    marks = ",".join("?" * len(records.TABLE.c))
    began, inserted = time.perf_counter(), 0
    for start in range(0, len(bodies), CONNECTIONS):
        rows = [row for body in bodies[start : start + CONNECTIONS] for row in _rows(body)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO record VALUES ({marks})", rows)  # noqa: S608 - only question marks
        connection.execute("COMMIT")
        inserted += len(rows)
    return inserted / (time.perf_counter() - began)


def _rows(body: bytes) -> Iterable[tuple[object, ...]]:
    for text in json.loads(inflate(body))["records"]:
        record = parse(text)
        held = {**record.body, **vars(record), "change_no": record.sequence}
        yield tuple(_column(name, held) for name in _COLUMNS)


def _column(name: str, held: dict[str, object]) -> object:
    return 0 if name == "received_at" else held.get(name, "" if name == "code" else None)
