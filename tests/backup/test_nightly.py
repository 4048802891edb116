"""Every night one verified backup, old ones deleted, and an alarm when something is not as it should be."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server import jobs, logs
from server.backup import nightly, restoring, standing
from server.db.engine import is_sqlite, reading
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import add


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Two o'clock in Copenhagen, three days kept."""
    return Settings(
        database_url=database_url, var_folder=tmp_path / "var", backup_folder=tmp_path / "backups", backup_keep_days=3
    )


@pytest.fixture
def stream(own_logging: None, clock: SimulatedEnvironment) -> io.StringIO:
    stream = io.StringIO()
    logs.configure("info", clock, stream)
    return stream


def said(stream: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == event]


def files(settings: Settings) -> list[str]:
    assert settings.backup_folder
    return sorted(file.name for file in settings.backup_folder.iterdir())


def night(services: Services, clock: SimulatedEnvironment) -> int:
    clock.advance(days=1)
    return nightly.back_up(services, clock.now())


def stands(services: Services) -> standing.Standing:
    with reading(services.engine) as connection:
        return standing.read(connection)


def cut_short(services: Services, table: str) -> None:
    """Somebody with the keys to the database takes the guard away and a fact with it."""
    drop = f"DROP TRIGGER {table}_no_delete" + ("" if is_sqlite(services.engine) else f" ON {table}")
    with services.engine.begin() as connection:
        connection.execute(text(drop))
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608


def test_it_is_made_once_a_night(services: Services, clock: SimulatedEnvironment) -> None:
    made = []
    for _ in range(6):
        made.append(nightly.back_up(services, clock.now()))
        clock.advance(hours=4)
    assert made == [1, 0, 1, 0, 0, 0]  # at 19:00 as none was made yet, at 23:00, and after 2:00
    assert len(files(services.settings)) == 2


def test_without_a_folder_none_is_made(services: Services, clock: SimulatedEnvironment) -> None:
    services.settings.backup_folder = None
    assert (nightly.back_up(services, clock.now()), nightly.watch(services, clock.now())) == (0, 0)


def test_of_several_processes_one_makes_it(
    services: Services, open_more: Callable[..., Services], clock: SimulatedEnvironment
) -> None:
    another = open_more()
    assert [nightly.back_up(one, clock.now()) for one in (another, services, another)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-22T18:00", "2026-11-22T01:00"),
        ("2026-11-22T00:59", "2026-11-21T01:00"),
        ("2026-11-22T01:00", "2026-11-22T01:00"),
        ("2026-03-29T12:00", "2026-03-29T01:00"),  # 2:00 does not exist that night
        ("2026-10-25T12:00", "2026-10-25T00:00"),  # 2:00 comes twice
        ("2026-10-25T00:30", "2026-10-25T00:00"),
    ],
)
def test_the_hour_is_that_of_the_site(now: str, due: str) -> None:
    found = nightly.last_due(datetime.fromisoformat(now).replace(tzinfo=UTC), 2, "Europe/Copenhagen")
    assert found.strftime("%Y-%m-%dT%H:%M") == due


def test_old_ones_are_deleted_and_other_files_are_not(services: Services, clock: SimulatedEnvironment) -> None:
    assert services.settings.backup_folder
    services.settings.backup_folder.mkdir()
    strangers = ["erased.list", "notes.txt", "xerodiary-another-study-20200101T000000Z.zip"]
    for name in strangers:
        (services.settings.backup_folder / name).write_text("")
    made = []
    for _ in range(6):
        night(services, clock)
        made.append(stands(services).file)
    assert files(services.settings) == sorted([*strangers, *made[-4:]])


def test_a_draft_of_a_run_that_was_killed_is_cleared_away(services: Services, clock: SimulatedEnvironment) -> None:
    assert services.settings.backup_folder
    services.settings.backup_folder.mkdir()
    draft = services.settings.backup_folder / f"xerodiary-{services.study.id}-20261101T020000Z.zip.part"
    draft.write_text("half")
    night(services, clock)
    assert not draft.exists()


def test_the_newest_good_one_is_kept_whatever_its_age(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    night(services, clock)
    (good,) = files(services.settings)
    assert services.settings.backup_folder
    here = services.settings.backup_folder
    away = here.rename(here.with_name("away"))
    here.write_text("a file where the folder was")
    for _ in range(5):
        night(services, clock)
    here.unlink()
    away.rename(here)
    assert files(services.settings) == [good]
    assert len(said(stream, "backup_failed")) == 5


def test_a_failure_is_told_and_tried_again(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    assert services.settings.backup_folder
    services.settings.backup_folder.write_text("a file where the folder should be")
    assert nightly.back_up(services, clock.now()) == 0
    (line,) = said(stream, "backup_failed")
    assert (line["level"], line["error_code"]) == ("error", "backup_failed")
    assert stands(services).failed_at == clock.now()
    services.settings.backup_folder.unlink()
    clock.advance(minutes=10)
    assert nightly.back_up(services, clock.now()) == 1
    assert stands(services).failed_at is None


def test_one_that_is_older_than_26_hours_is_told(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    nightly.back_up(services, clock.now())
    clock.advance(hours=26)
    assert nightly.watch(services, clock.now()) == 0
    clock.advance(minutes=1)
    assert nightly.watch(services, clock.now()) == 1
    assert said(stream, "backup_late")[0]["level"] == "error"


def test_facts_that_became_fewer_are_told_until_somebody_has_looked(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    jobs.anchor(services, clock.now())
    nightly.back_up(services, clock.now())
    first = stands(services).file
    cut_short(services, "chain_anchor")
    for _ in range(6):
        night(services, clock)
        assert nightly.watch(services, clock.now()) == 1
    lines = [line for line in said(stream, "rows_fell") if "before" in line]
    assert [(line["level"], line["table"], line["before"], line["now"]) for line in lines] == [
        ("error", "chain_anchor", 1, 0)
    ] * 6
    assert first in files(services.settings)  # nothing is deleted while it may be needed


def test_a_fact_that_was_changed_is_told_and_the_backups_from_before_stay(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    add(services, ALICE)
    nightly.back_up(services, clock.now())
    first = stands(services).file
    drop = "DROP TRIGGER participant_fact_no_update" + ("" if is_sqlite(services.engine) else " ON participant_fact")
    with services.engine.begin() as connection:
        connection.execute(text(drop))
        connection.execute(text("UPDATE participant_fact SET author = 'nobody' WHERE kind = 'code_issued'"))
    for _ in range(5):
        night(services, clock)
    assert [(line["level"], line["places"]) for line in said(stream, "trail_broken")] == [("error", 1)] * 5
    assert nightly.watch(services, clock.now()) == 1
    assert first in files(services.settings)


def test_a_clock_far_ahead_for_one_look_deletes_no_more_than_a_night_and_stops_nothing(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    made = []
    for _ in range(4):
        night(services, clock)
        made.append(stands(services).file)
    clock.set_clock(timedelta(days=120))
    assert nightly.back_up(services, clock.now()) == 1
    ahead = stands(services).file
    clock.set_clock(timedelta())
    assert files(services.settings) == sorted([*made[-2:], ahead])
    assert [night(services, clock) for _ in range(9)] == [1] * 9
    assert nightly.watch(services, clock.now()) == 0
    assert len(files(services.settings)) == 5  # of these nights four, as ever
    assert ahead in files(services.settings)
    assert not said(stream, "backup_late")


def test_a_month_without_backups_costs_none_of_those_before(services: Services, clock: SimulatedEnvironment) -> None:
    for _ in range(3):
        night(services, clock)
    before = files(services.settings)
    clock.advance(days=30)
    assert nightly.back_up(services, clock.now()) == 1
    assert files(services.settings) == [*before[1:], stands(services).file]


def test_one_that_by_the_clock_was_not_made_yet_is_late(
    services: Services, clock: SimulatedEnvironment, stream: io.StringIO
) -> None:
    clock.set_clock(timedelta(days=120))
    nightly.back_up(services, clock.now())
    assert nightly.watch(services, clock.now()) == 0
    clock.set_clock(timedelta())
    assert nightly.watch(services, clock.now()) == 1
    assert [line["level"] for line in said(stream, "backup_late")] == ["error"]
    assert stands(services).age(clock.now()) is None
    assert night(services, clock) == 1
    assert nightly.watch(services, clock.now()) == 0


def test_a_restore_begins_with_a_clean_sheet(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    nightly.back_up(services, clock.now())
    assert services.settings.backup_folder
    here = Settings(database_url=f"sqlite:///{tmp_path}/here.sqlite", var_folder=tmp_path / "here")
    restoring.restore(services.settings.backup_folder / stands(services).file, here, clock)
    again = open_services(here, clock)
    assert stands(again) == standing.Standing()
    again.close()
