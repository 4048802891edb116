"""Three servers on one PostgreSQL, killed at random under 2,000 phones: nothing is lost, nothing is doubled."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SyncAnswer, SyncRequest
from server import jobs
from server.bench.load import BROKEN
from server.bench.processes import ServerProcess, served
from server.intake import arrivals
from server.intake.rebuild import rebuild
from server.intake.sync import sync
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.crowd import crowd
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import LightPhone
from tests.scale.ward import (
    Held,
    Met,
    closed_evenings,
    faults,
    graded,
    held,
    live,
    looked_at_from,
    working_rows,
    wrong_grades,
)

pytestmark = pytest.mark.long

SERVERS = 3
PHONES = 2000
KILLS = 4
#: Of the 3,400 answers that everybody gets together, so many come before the next kill.
BETWEEN_KILLS = (100, 700)
LOOK_AGAIN_SECONDS = 0.01
DAYS_AGO = 4


@dataclass(frozen=True)
class Story:
    """What is left when everybody has sent everything. `now` is when the last sweep looked."""

    services: Services
    phones: list[LightPhone]
    evenings: Sequence[DiaryDay]
    met: Met
    there: Held
    now: datetime


@pytest.fixture(scope="module")
def story(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    from tests.conftest import postgresql_copy

    folder = tmp_path_factory.mktemp("many")
    with ExitStack() as closing:
        databases = postgresql_copy(postgresql_server, "template1", folder)
        url = next(databases)
        closing.callback(lambda: next(databases, None))
        world = SimulatedEnvironment(SystemEnvironment().now() - timedelta(days=DAYS_AGO))
        services = open_services(Settings(database_url=url, var_folder=folder), world)
        closing.callback(services.close)
        # Nothing was graded or expanded since they enrolled: the servers' jobs have work as soon as they start.
        phones = crowd(services, world, PHONES, world.now())
        evenings = closed_evenings(services, phones[0].participant, SystemEnvironment().now())[:2]
        met = asyncio.run(lived(phones, evenings, url, folder))
        world.move_to(SystemEnvironment().now())
        jobs.extend_horizon(services, world.now())
        jobs.sweep_due(services, world.now())
        yield Story(services, phones, evenings, met, held(services), world.now())


async def lived(phones: list[LightPhone], evenings: Sequence[DiaryDay], url: str, folder: Path) -> Met:
    servers = [served(url, folder, f"server {number}") for number in range(SERVERS)]
    for server in servers:
        server.start()
    try:
        for server in servers:
            await asyncio.to_thread(server.wait_ready)
        met = Met()
        living = asyncio.create_task(live(phones, evenings, [server.port for server in servers], met))
        killing = asyncio.create_task(kill_now_and_then(servers, living, met))
        await living
        await killing
    finally:
        for server in servers:
            server.stop()
    return met


async def kill_now_and_then(servers: Sequence[ServerProcess], living: "asyncio.Task[None]", met: Met) -> None:
    """One at a time after any number of answers, however fast they come; each is started again at once."""
    chance = random.Random(7)  # noqa: S311 - the same moments in every run, as far as a machine allows
    for _ in range(KILLS):
        enough = met.confirmed + chance.randrange(*BETWEEN_KILLS)
        while met.confirmed < enough:
            if living.done():
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        server = chance.choice(servers)
        server.kill()
        server.start()
        await asyncio.to_thread(server.wait_ready)


def test_phones_met_servers_that_were_killed(story: Story) -> None:
    assert story.met.statuses[BROKEN] > 0
    assert len(story.evenings) == 2


def test_every_record_is_stored_once_with_the_same_bytes(story: Story) -> None:
    assert faults(story.phones, story.there) == []
    assert len(story.there.records) > 1.7 * PHONES


def test_every_day_is_graded_right(story: Story) -> None:
    assert wrong_grades(story.services, story.phones, story.evenings, story.now) == []
    states = {state for days_of_one in story.there.states.values() for state in days_of_one.values()}
    assert states >= {"done", "missed", "unknown", "not_yet_due"}


def test_no_phone_missed_a_change(story: Story) -> None:
    """What a phone was told, one page after the other from whichever server, is in the end what is stored."""
    for phone in story.phones[::10]:
        pulled(story.services, phone)
        assert phone.changes == sorted(set(phone.changes)), phone.participant
        told = {day: state for (_, day), state in phone.told.items()}
        assert told == graded(story.services, phone.participant), phone.participant


def pulled(services: Services, phone: LightPhone) -> None:
    now = services.environment.now()
    request = SyncRequest.model_validate_json(phone.request(now))
    arrived = arrivals.read(request.records, services.sealing.open)
    answer: SyncAnswer = services.writer.run(
        phone.participant, lambda connection: sync(connection, services, phone.participant, request, arrived, now)
    )
    assert answer.flags == ()
    phone.hear(answer)


def test_rebuilding_from_facts_changes_nothing(story: Story) -> None:
    some = story.phones[::9]
    before, looked = working_rows(story.services, some), looked_at_from(story.services, some)
    now = story.services.environment.now()
    with story.services.engine.begin() as connection:
        people = [phone.participant for phone in some]
        assert rebuild(connection, story.services, now, people) == len(some)
    assert working_rows(story.services, some) == before
    assert looked_at_from(story.services, some) == [moment and min(moment, now) for moment in looked]
    assert any(looked)


def test_the_comparison_finds_what_is_wrong(story: Story) -> None:
    """Each of these is what a server that loses, doubles, changes or misgrades would leave."""
    phone = next(one for one in story.phones if len(one.records) == 3)
    first, second = phone.records[1:]
    stored = story.there.records

    def with_records(changed: dict[str, object]) -> list[str]:
        return faults(story.phones, replace(story.there, records={**stored, **changed}))  # type: ignore[arg-type]

    without = {key: row for key, row in stored.items() if key != first.id}
    assert faults(story.phones, replace(story.there, records=without)) == [f"{phone.participant}: record 2 is lost"]
    assert with_records({"another": stored[first.id]}) == ["another is stored and on no phone"]
    assert "not what the phone holds" in with_records({first.id: stored[first.id]._replace(text=second.text)})[0]
    assert "says something else" in with_records({first.id: stored[first.id]._replace(received_at=story.now)})[0]
    assert faults(story.phones, replace(story.there, aside=1, doubtful=2)) == ["1 set aside", "2 phones in doubt"]
    assert wrong_grades(story.services, [phone], story.evenings[:1], story.now) == [
        f"{phone.participant} {story.evenings[1].day}: done, not missed"
    ]
