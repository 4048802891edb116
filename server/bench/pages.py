"""How long pages of the console take in the server, and how much they weigh, each beside its floor in the same run.

Rows are put into the database as 100,000 participants cannot enrol one by one; pages are asked of the whole app in
process, by somebody who is logged in. The floor of a page is one plain statement over the rows that it is made from;
that of its weight is the state of every cell, a byte for each.
"""

import asyncio
import gzip
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial

import httpx
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, func, select, text, update

from diary_app.core.facts import AnchorSet, ParticipantAdded, body_of
from diary_app.core.grading import State
from diary_app.core.records import GENESIS, canonical
from diary_app.core.times import local_date, wall_to_utc
from server.access import rights, staff
from server.access.rights import Right
from server.access.roles import Role
from server.app import create_app
from server.at_rest import set_apart
from server.bench.databases import Place, settle_in
from server.bench.figures import Figure, beside_p95
from server.console.calls.finding import forget
from server.db import days, devices, participants, shapes, staff_facts
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.db.participants import Participant
from server.db.staff_facts import ParticipantFact
from server.db.working_tables import IS_GAP
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

PASSWORD = "a password for a benchmark"  # noqa: S105 - of a database that is thrown away
YEAR, FORTNIGHT = 365, 15
ROUNDS = 40
CALLS = "/console/calls"
CALL_LIST_PEOPLE = 100_000
_AT_A_TIME = 2_000
_CHANGED = 200


class Way(Enum):
    """How the call list is asked for; the value is what a figure says of it."""

    KEPT = ""
    ANEW = ", anew"
    CHANGED = f", anew after {_CHANGED} changes"


Window = tuple[date, datetime, datetime, datetime]


@dataclass(frozen=True)
class Crowd:
    """How many, for how long, and as of when."""

    people: int
    days: int
    now: datetime
    seed: int = 5


def overview(place: Place, people: int = 100, length: int = YEAR, rounds: int = ROUNDS) -> list[Figure]:
    """The overview of that many participants over that many days: time and weight."""
    days_read = select(days.TABLE.c.participant, days.TABLE.c.diary_day, days.TABLE.c.state)

    def floor(services: Services) -> None:
        with services.engine.connect() as connection:
            connection.execute(days_read).all()

    return _measured(place, Crowd(people, length, _morning()), f"/console/?days={length}", "overview", floor, rounds)


def call_list(place: Place, people: int, rounds: int = ROUNDS) -> list[Figure]:
    """The call list at that many participants: as it is kept for half a minute, and made anew for every request.

    Anew both ways: when nothing was written since, and when two hundred participants were changed before each.
    """
    count = select(func.count()).select_from(days.TABLE).where(text(IS_GAP))

    def floor(services: Services) -> None:
        with services.engine.connect() as connection:
            connection.execute(count.where(days.TABLE.c.diary_day >= date(2026, 1, 1))).scalar_one()

    return _measured(place, Crowd(people, FORTNIGHT, _morning()), CALLS, "call list", floor, rounds)


def _measured(
    place: Place, crowd: Crowd, path: str, name: str, floor: Callable[[Services], None], rounds: int
) -> list[Figure]:
    world = SimulatedEnvironment(crowd.now)
    with place.opened(world) as services:
        _fill(services, crowd)
        settle_in(services)
    app = create_app(Settings(database_url=place.url, var_folder=place.folder), world, clockwork=False)
    ways = tuple(Way) if path == CALLS else (Way.KEPT,)
    found = [asyncio.run(_asked(app, crowd, path, name, floor, rounds, way)) for way in ways]
    return [figure.on(place.name) for figures in found for figure in figures]


async def _asked(
    app: FastAPI, crowd: Crowd, path: str, name: str, floor: Callable[[Services], None], rounds: int, way: Way
) -> list[Figure]:
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 40000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench.example") as client,
    ):
        services: Services = app.state.services
        await client.post("/console/login", data={"username": "nurse", "password": PASSWORD})
        began = time.perf_counter()
        page = await client.get(path)  # what is only done once: compiling templates, reading everybody
        first = (time.perf_counter() - began) * 1000
        page.raise_for_status()
        set_apart()  # as `serve` does
        ours, floors = [], []
        for _ in range(rounds):
            floors.append(_milliseconds(partial(floor, services)))
            if way is not Way.KEPT:
                forget(services.engine)
            if way is Way.CHANGED:
                _change(services.engine)
            began = time.perf_counter()
            await client.get(path)
            ours.append((time.perf_counter() - began) * 1000)
    about = f"{name}{way.value}, {crowd.people} x {crowd.days} days"
    if way is not Way.KEPT:
        return [beside_p95(f"{about}, p95", "ms", ours, floors)]
    cells = crowd.people * crowd.days if path != CALLS else max(1, page.text.count("data-row"))
    weights = [len(page.content) / 1000], [cells / 1000]
    packed = [len(gzip.compress(page.content)) / 1000], [cells / 1000]
    return [
        beside_p95(f"{about}, p95", "ms", ours, floors),
        beside_p95(f"{about}, first", "ms", [first], floors),
        beside_p95(f"{about}, weight", "kB", *weights),
        beside_p95(f"{about}, packed", "kB", *packed),
    ]


def _change(engine: Engine) -> None:
    """A number more for two hundred participants all over the trial, as if each had synced."""
    with engine.begin() as connection:
        everybody = participants.ids(connection)
        ids = everybody[:: max(1, len(everybody) // _CHANGED)][:_CHANGED]
        change = update(participants.TABLE).where(participants.TABLE.c.id.in_(ids))
        connection.execute(change.values(change_no=participants.TABLE.c.change_no + 1))


def _milliseconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _morning() -> datetime:
    return datetime.fromisoformat("2026-11-23T07:02:00+00:00")


def _fill(services: Services, crowd: Crowd) -> None:
    """A site with its nurse and its crowd: most evenings done, one in fifty silent for days, treatments planned."""
    dice = random.Random(crowd.seed)  # noqa: S311 - the same crowd each time
    site = services.study.sites[0]
    today = local_date(crowd.now, site.zone)
    with services.engine.begin() as connection:
        nurse = staff.add_account(
            connection, services.environment, username="nurse", display_name="Nurse", password=PASSWORD, language="en"
        )
        right = Right(nurse.id, Role.COORDINATOR, site.id)
        rights.give(connection, right, author="bench", environment=services.environment)
    windows = [_window(today - timedelta(days=back), site.zone) for back in range(crowd.days)]
    for first in range(1, crowd.people + 1, _AT_A_TIME):
        numbers = [f"01-{n:06d}" for n in range(first, min(first + _AT_A_TIME, crowd.people + 1))]
        _add(services.engine, services, numbers, windows, crowd, dice)


def _window(day: date, zone: str) -> Window:
    opens, closes, late_until = (wall_to_utc(day, minutes, zone, last=False) for minutes in (1080, 1620, 2160))
    return day, opens, closes, late_until


def _add(
    engine: Engine, services: Services, numbers: list[str],
    windows: list[Window], crowd: Crowd, dice: random.Random,
) -> None:  # fmt: skip
    site, began = services.study.sites[0], crowd.now - timedelta(days=400)
    with engine.begin() as connection:
        shapes.add(
            connection, participants.TABLE,
            [Participant(one, site.id, services.study.id, 1, 2, GENESIS, began, began) for one in numbers],
        )  # fmt: skip
        seen = crowd.now - timedelta(hours=9)
        devices.add(
            connection,
            [
                Device(f"d{one}", one, "active", 0, began, None, "", "", 0, GENESIS, last_seen_at=seen)
                for one in numbers
            ],
        )
        _add_facts(connection, numbers, site.id, site.zone, crowd.now, dice)
        days.add(connection, (day for one in numbers for day in _evenings(one, site.zone, windows, dice)))


def _add_facts(
    connection: Connection, numbers: list[str], site: str, zone: str, now: datetime, dice: random.Random
) -> None:
    rows = []
    for one in numbers:
        planned = now.date() + timedelta(days=dice.randrange(1, 240))
        details = (ParticipantAdded(site=site, zone=zone), AnchorSet(anchor="treatment_1", planned=planned))
        for sequence, detail in enumerate(details, 1):
            body = canonical(body_of(detail))
            kind = str(getattr(detail, "kind", ""))
            rows.append(ParticipantFact(f"{one}-{sequence}", one, sequence, kind, now, "bench", body, "", "", sequence))
    shapes.add(connection, staff_facts.TABLE, rows)


def _evenings(number: str, zone: str, windows: list[Window], dice: random.Random) -> Iterator[ExpectedDay]:
    silent = dice.randrange(2, 6) if dice.random() < 0.02 else 0
    for back, (day, opens, closes, late_until) in enumerate(windows):
        state, reason = State.DONE, None
        if back == 0:
            state = State.NOT_YET_DUE
        elif back == 1:
            state = State.OPEN if silent or dice.random() < 0.1 else State.DONE
        elif back <= silent + 1:
            state, reason = State.UNKNOWN, "silent"
        elif (luck := dice.random()) < 0.03:
            state = State.MISSED
        elif luck < 0.06:
            state = State.LATE
        due = late_until if state in (State.OPEN, State.NOT_YET_DUE) else None
        yield ExpectedDay(
            number, "DMD", day, zone, opens, closes, late_until, None, state.value, reason, 1, due, None, None, None, 1
        )
