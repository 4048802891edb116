"""A licence ends while the server runs: the log warns a month before and from then on, and phones stop offering."""

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from server import jobs, logs
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.licensed import install
from tests.server.handset import ready
from tests.server.visiting import with_grix


@pytest.fixture
def services(migrated_sqlite: str, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    """Its licences end on Christmas Eve."""
    settings = with_grix(Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var"), tmp_path)
    install(tmp_path / "licences", expires=date(2026, 12, 24))
    services = open_services(settings, clock)
    yield services
    services.close()


@pytest.fixture
def stream(own_logging: None, clock: SimulatedEnvironment) -> io.StringIO:
    stream = io.StringIO()
    logs.configure("warning", clock, stream)
    return stream


def warned(services: Services, stream: io.StringIO) -> list[tuple[str, str, str]]:
    stream.truncate(0)
    stream.seek(0)
    jobs.warn_of_licences(services, services.environment.now())
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [(one["event"], f"{one['instrument']} {one['language']}", one["last_day"]) for one in lines]


def test_more_than_a_month_before_nothing_is_said(services: Services, stream: io.StringIO) -> None:
    assert warned(services, stream) == []


def test_in_the_last_month_the_log_names_the_last_day(
    services: Services, stream: io.StringIO, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=2)
    assert warned(services, stream) == [
        ("licence_ends", "GRIX da", "2026-12-24"), ("licence_ends", "GRIX en", "2026-12-24"),
    ]  # fmt: skip


def test_on_the_last_day_it_still_counts_and_on_the_next_it_has_ended(
    services: Services, stream: io.StringIO, clock: SimulatedEnvironment
) -> None:
    phone = ready(services, ALICE)
    clock.advance(days=32)
    assert ({event for event, _, _ in warned(services, stream)}, len(phone.sync().wordings.in_use)) == (
        {"licence_ends"}, 2,
    )  # fmt: skip
    clock.advance(days=1)
    assert ({event for event, _, _ in warned(services, stream)}, phone.sync().wordings.in_use) == (
        {"licence_ended"}, (),
    )  # fmt: skip


def test_phones_are_told_the_last_day(services: Services) -> None:
    told = ready(services, ALICE).sync().wordings
    assert told.last_days == dict.fromkeys(told.in_use, date(2026, 12, 24))


def test_the_clockwork_looks_every_day(services: Services, stream: io.StringIO, clock: SimulatedEnvironment) -> None:
    clock.advance(days=2)
    for job in jobs.scheduler(services).get_jobs():
        if job.trigger.interval == timedelta(days=1):
            job.func()
    assert "licence_ends" in stream.getvalue()
