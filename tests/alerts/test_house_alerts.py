"""What whoever runs the server should see to is listed beside the rest, until somebody says what was done."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.facts import AlertAction
from server.alerts.digest import MOST_LINES, digest, morning
from server.alerts.house_alerts import acknowledge, house_alerts
from server.alerts.open_alerts import Alert, Kind
from server.backup import nightly, standing
from server.db.engine import reading
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import add


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, var_folder=tmp_path / "var", backup_folder=tmp_path / "backups")


def alerts(services: Services, *, wanted: bool = True) -> list[Alert]:
    with reading(services.engine) as connection:
        return house_alerts(connection, services.environment.now(), backups_wanted=wanted)


def told(services: Services, *, wanted: bool = True) -> list[str]:
    assert all((one.participant, one.site) == ("*", "*") for one in alerts(services, wanted=wanted))
    return [one.kind.value for one in alerts(services, wanted=wanted)]


def see_to(services: Services, alert: Alert) -> None:
    services.writer.run(
        "*",
        lambda connection: acknowledge(
            connection, alert, AlertAction.LOOKED_INTO, author="command line", environment=services.environment
        ),
    )


def it_stands(services: Services, **changes: object) -> None:
    with services.engine.begin() as connection:
        standing.write(connection, standing.read(connection).model_copy(update=changes))


def test_a_backup_that_never_came_is_late_from_the_first_participant_on(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=30)
    assert told(services) == []
    add(services, ALICE)
    clock.advance(hours=26)
    assert told(services) == []
    clock.advance(hours=1)
    assert told(services) == ["backup_late"]
    assert told(services, wanted=False) == []
    nightly.back_up(services, clock.now())
    assert told(services) == []


def test_a_night_that_failed_is_one_alert_until_it_fails_again(services: Services, clock: SimulatedEnvironment) -> None:
    nightly.back_up(services, clock.now())
    it_stands(services, failed_at=clock.now())
    assert told(services) == ["backup_failed"]
    see_to(services, alerts(services)[0])
    assert told(services) == []
    clock.advance(hours=1)
    it_stands(services, failed_at=clock.now())
    assert told(services) == ["backup_failed"]


def test_what_was_seen_to_by_a_clock_far_ahead_hides_nothing_that_comes_until_then(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.set_clock(timedelta(days=120))
    it_stands(services, made_at=clock.now(), failed_at=clock.now())
    clock.set_clock(timedelta())
    assert told(services) == ["backup_failed", "backup_late"]
    for alert in alerts(services):
        see_to(services, alert)
    assert told(services) == []
    it_stands(services, made_at=clock.now(), failed_at=clock.now())
    assert told(services) == ["backup_failed"]
    clock.advance(hours=27)
    assert told(services) == ["backup_failed", "backup_late"]


def test_what_a_backup_found_comes_first(services: Services, clock: SimulatedEnvironment) -> None:
    it_stands(services, made_at=clock.now(), flaws=2, fell=("record",), failed_at=clock.now())
    assert told(services) == ["trail_broken", "facts_fell", "backup_failed"]
    assert [one.count for one in alerts(services)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "The backup needs looking after: tell whoever runs the server"),
        ("da", "Nogen skal se på sikkerhedskopien: Sig det til den, der driver serveren"),
    ],
)
def test_the_overview_says_it_in_one_line(
    services: Services, clock: SimulatedEnvironment, language: str, line: str
) -> None:
    it_stands(services, made_at=clock.now(), flaws=2, fell=("record",))
    with reading(services.engine) as connection:
        found = morning(connection, services.study, services.study.sites[0], clock.now())
    lines = digest(services.study, found, language, "https://diary.example").lines
    assert lines.count(line) == 1
    assert len(lines) == 4


def test_ten_lines_are_enough_for_everything_at_once(services: Services, clock: SimulatedEnvironment) -> None:
    with reading(services.engine) as connection:
        quiet = morning(connection, services.study, services.study.sites[0], clock.now())
    everything = tuple(Alert(kind, ALICE, "copenhagen", clock.now(), 1) for kind in Kind)
    lines = digest(services.study, replace(quiet, alerts=everything), "en", "https://diary.example").lines
    assert len(lines) == MOST_LINES
    assert lines[2].startswith("The backup")
    assert lines[-1] == "https://diary.example/console/"
