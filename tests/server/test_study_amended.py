"""A new version of the study in the middle of a diary: what had opened stays, what is to come follows the new one."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code, XerodiaryError
from server.db import days
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.intake.rebuild import rebuild
from server.intake.sweep import extend
from server.services import Services, open_services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import Handset, ready

FIRST_EVENING = date(2026, 11, 23)


def amended(services: Services, folder: Path, clock: SimulatedEnvironment, version: str = "2") -> Services:
    """The server restarted with a study whose evenings end an hour earlier."""
    text = services.study.text.replace('version = "1"', f'version = "{version}"').replace(
        'closes = "+1 03:00"', 'closes = "+1 02:00"'
    )
    file = folder / f"study-{version}.toml"
    file.write_text(text, encoding="utf-8")
    return open_services(services.settings.model_copy(update={"study_file": file}), clock)


def hours_open(services: Services) -> dict[date, float]:
    """How long each of Alice's evenings is open."""
    return {row.diary_day: (row.closes - row.opens) / timedelta(hours=1) for row in rows(services)}


def rows(services: Services) -> list[ExpectedDay]:
    with reading(services.engine) as connection:
        return list(days.of(connection, ALICE))


def run_for_three_days(services: Services, folder: Path, clock: SimulatedEnvironment) -> tuple[Handset, Services]:
    alice = ready(services, ALICE)
    clock.advance(days=3)
    later = amended(services, folder, clock)
    clock.advance(days=1)
    with later.engine.begin() as connection:
        extend(connection, later, clock.now())
    alice.services = later
    return alice, later


def test_evenings_that_had_opened_keep_their_windows(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    _, later = run_for_three_days(services, tmp_path, clock)
    hours = hours_open(later)
    changed_on = (clock.now() - timedelta(days=1)).date()
    assert {hours[one] for one in hours if one < changed_on} == {9.0}
    assert {hours[one] for one in hours if one > changed_on} == {8.0}
    later.close()


def test_rebuilding_gives_the_same_windows(services: Services, tmp_path: Path, clock: SimulatedEnvironment) -> None:
    _, later = run_for_three_days(services, tmp_path, clock)
    before = hours_open(later)
    with later.engine.begin() as connection:
        rebuild(connection, later, clock.now())
    assert hours_open(later) == before
    later.close()


def test_an_entry_from_a_phone_with_the_older_version_counts(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(FIRST_EVENING)
    later = amended(services, tmp_path, clock)
    alice.services = later
    assert [receipt.code for receipt in alice.sync().receipts] == [None]
    later.close()


def test_a_version_that_was_followed_by_another_does_not_come_back(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    amended(services, tmp_path, clock).close()
    with pytest.raises(XerodiaryError, match="new version number") as refusal:
        open_services(services.settings, clock)
    assert refusal.value.code is Code.SETTING_INVALID
