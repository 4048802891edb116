"""A small simulated study, lived for five weeks over a change of the clocks: what it must leave behind."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from diary_app.core.grading import State
from diary_app.sync.http_transport import HttpTransport
from server.app import create_app
from server.db import days
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.services import open_services
from server.settings import Settings
from server.simulate import guests
from server.simulate.demonstration import last_change_of_clocks
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import Person, Story, people
from server.simulate.timeline import live
from server.simulate.ward import Ward

BEGIN = datetime(2026, 9, 15, tzinfo=UTC)
END = datetime(2026, 11, 10, 15, tzinfo=UTC)
CLOSED = {State.DONE, State.LATE, State.MISSED, State.UNKNOWN, State.EXCUSED}


@dataclass
class Lived:
    """The study after five weeks."""

    settings: Settings
    people: list[Person]

    def person(self, story: Story) -> Person:
        return next(person for person in self.people if person.story is story)

    def days(self, person: Person) -> list[ExpectedDay]:
        services = open_services(self.settings, SimulatedEnvironment(END))
        try:
            with reading(services.engine) as connection:
                return days.of(connection, id_of(person))
        finally:
            services.close()

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        return read(self.settings.var_folder / "xerodiary.sqlite", statement)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    settings = Settings(var_folder=tmp_path_factory.mktemp("study"))
    everybody = list(people(7, END.date(), 8, BEGIN.date(), least_days=32))
    asyncio.run(live_on(settings, everybody, BEGIN, END))
    return Lived(settings, everybody)


async def live_on(settings: Settings, everybody: list[Person], since: datetime, until: datetime) -> int:
    world = SimulatedEnvironment(since, seed=str(since))
    app = create_app(settings, world, clockwork=False)
    async with app.router.lifespan_context(app):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        ward = Ward(app.state.services, world, HttpTransport(client), settings.var_folder / "phones")
        done = await live(ward, everybody, since, until, lambda _: None)
        ward.close()
        await client.aclose()
    return done


def id_of(person: Person) -> str:
    return f"{'01' if person.site == 'copenhagen' else '02'}-{person.subject}"


def read(file: Path, statement: str) -> list[tuple[str, ...]]:
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def phones(lived: Lived) -> Iterator[Path]:
    yield from (lived.settings.var_folder / "phones").glob("*/phone-*.sqlite")


def test_what_phones_know_as_received_is_on_the_server_unchanged(lived: Lived) -> None:
    server = dict(lived.rows("SELECT id, hash FROM record"))
    query = "SELECT record.id, record.hash FROM record JOIN receipt ON receipt.record = record.id"
    received = [row for file in phones(lived) for row in read(file, query)]
    assert len(received) > 100
    assert [row for row in received if server.get(row[0]) != row[1]] == []


def test_nothing_is_on_the_server_that_no_phone_made(lived: Lived) -> None:
    made = {row[0] for file in phones(lived) for row in read(file, "SELECT id FROM record")}
    assert {row[0] for row in lived.rows("SELECT id FROM record")} <= made
    assert lived.rows("SELECT code FROM quarantine") == []


def test_every_closed_day_has_one_of_the_five_states(lived: Lived) -> None:
    days = [day for person in lived.people for day in lived.days(person)]
    closed = [day for day in days if day.not_expected is None and day.late_until <= END]
    assert len(closed) > 150
    assert {State(day.state) for day in closed} <= CLOSED
    assert Counter(day.state for day in closed)["done"] > len(closed) / 2


def test_a_silent_phone_is_never_called_missed(lived: Lived) -> None:
    silent = lived.person(Story.SILENT_PHONE)
    since = silent.turning_day + timedelta(days=1)
    states = {day.state for day in lived.days(silent) if since <= day.diary_day and day.late_until <= END}
    assert states == {"unknown"}


def test_who_was_never_activated_has_no_days(lived: Lived) -> None:
    assert lived.days(lived.person(Story.NEVER_ACTIVATED)) == []


def test_a_replaced_phone_leaves_two_installations(lived: Lived) -> None:
    replaced = id_of(lived.person(Story.REPLACED_PHONE))
    states = [row[0] for row in lived.rows(f"SELECT state FROM device WHERE participant = '{replaced}'")]  # noqa: S608
    assert sorted(states) == ["active", "replaced"]


def test_a_traveller_keeps_one_window_for_each_date(lived: Lived) -> None:
    traveller = lived.person(Story.TRAVELLER)
    dates = [day.diary_day for day in lived.days(traveller)]
    assert len(dates) == len(set(dates))
    assert {day.zone for day in lived.days(traveller)} == {"Europe/Copenhagen", traveller.trip and traveller.trip.zone}


def test_the_evening_of_the_clock_change_has_its_hour_more(lived: Lived) -> None:
    ordinary = lived.person(Story.OFFLINE_WEEKS)
    opens = {day.diary_day: day.opens for day in lived.days(ordinary)}
    assert opens[date(2026, 10, 25)] - opens[date(2026, 10, 24)] == timedelta(hours=25)


def test_going_on_later_doubles_nothing(lived: Lived) -> None:
    before = lived.rows("SELECT participant, instrument, diary_day, COUNT(*) FROM record WHERE revision = 1 AND "
                        "practice = 0 GROUP BY 1, 2, 3 HAVING COUNT(*) > 1")  # fmt: skip
    asyncio.run(live_on(lived.settings, lived.people, END, END + timedelta(days=1)))
    after = lived.rows("SELECT participant, instrument, diary_day, COUNT(*) FROM record WHERE revision = 1 AND "
                       "practice = 0 GROUP BY 1, 2, 3 HAVING COUNT(*) > 1")  # fmt: skip
    assert (before, after) == ([], [])


def test_guests_get_log_ins_that_only_the_owner_can_read(lived: Lived) -> None:
    services = open_services(lived.settings, SimulatedEnvironment(END + timedelta(days=1)))
    made = guests.logins(services)
    assert guests.logins(services) == made
    services.close()
    assert sorted(made) == ["administrator", "coordinator", "investigator", "monitor", "sponsor"]
    assert (lived.settings.var_folder / guests.LOGINS_FILE).stat().st_mode & 0o077 == 0


def test_the_last_change_of_clocks_is_found() -> None:
    assert last_change_of_clocks(datetime(2026, 11, 22, tzinfo=UTC)) == date(2026, 10, 25)
    assert last_change_of_clocks(datetime(2026, 7, 1, tzinfo=UTC)) == date(2026, 3, 29)
