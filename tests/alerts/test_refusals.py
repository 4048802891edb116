"""Far more refusals than usual are one alert until somebody has seen to it; a quiet week, or a busy one, is none."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from diary_app.core.facts import AlertAction
from server.access import throttle
from server.alerts.digest import digest, morning
from server.alerts.house_alerts import acknowledge, house_alerts
from server.alerts.open_alerts import SHOWN_FOR, Alert
from server.alerts.refusals import AGAIN_AFTER, watch_refusals
from server.db import attempts, state
from server.db.engine import reading
from server.intake.enrol import count_try
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

#: From so many on it is an alert, where nothing else is set.
AT_LEAST = 50
#: In each hour of the week before: so many make fifty in one hour nothing out of the way.
USUAL = 6


def guess(services: Services, times: int) -> None:
    """Each with another name and from another address, so that nobody has to wait."""
    for number in range(times):
        one = throttle.guess(services.secret, f"n{number}", f"2001:db8:{number:x}::1", services.environment.now())
        services.writer.run("", lambda connection, one=one: throttle.admit(connection, one))


def alerts(services: Services) -> list[Alert]:
    with reading(services.engine) as connection:
        return house_alerts(connection, services.environment.now(), backups_wanted=False)


def watch(services: Services) -> list[str]:
    watch_refusals(services, services.environment.now())
    return [one.kind.value for one in alerts(services)]


def test_one_guesser_is_none_and_a_crowd_is(services: Services, clock: SimulatedEnvironment) -> None:
    guess(services, AT_LEAST - 1)
    clock.advance(minutes=5)
    assert watch(services) == []
    guess(services, 1)
    clock.advance(minutes=5)
    assert watch(services) == ["log_ins_refused"]
    (alert,) = alerts(services)
    assert (alert.participant, alert.site, alert.count) == ("*", "*", AT_LEAST)


def test_where_it_is_usual_it_is_no_alert(services: Services, clock: SimulatedEnvironment) -> None:
    began = clock.now()
    with services.engine.begin() as connection:
        for hour in range(1, 24 * 7):
            for _ in range(USUAL):
                attempts.count(connection, "account:of somebody", began - timedelta(hours=hour))
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    assert watch(services) == []


@pytest.mark.parametrize(
    ("limits", "met"),
    [
        ({"alarm_refused_per_hour": 12}, []),
        ({"alarm_refused_per_hour": 12, "alarm_refused_times": 2}, ["log_ins_refused"]),
        ({"alarm_refused_per_hour": 13, "alarm_refused_times": 2}, []),
        ({"alarm_refused_per_hour": 12, "alarm_refused_times": 3}, []),
    ],
)
def test_both_limits_can_be_set(
    services: Services, clock: SimulatedEnvironment, limits: dict[str, int], met: list[str]
) -> None:
    with services.engine.begin() as connection:
        for hour in range(1, 24 * 7):
            for _ in range(USUAL):
                attempts.count(connection, "account:of somebody", clock.now() - timedelta(hours=hour))
    guess(services, 2 * USUAL)
    clock.advance(minutes=5)
    assert watch(replace(services, settings=services.settings.model_copy(update=limits))) == met


def test_right_log_ins_are_not_refusals(services: Services, clock: SimulatedEnvironment) -> None:
    for number in range(AT_LEAST):
        one = throttle.guess(services.secret, f"n{number}", "192.0.2.1", clock.now())
        with services.engine.begin() as connection:
            throttle.admit(connection, one)
            throttle.accept(connection, one)
    clock.advance(minutes=5)
    assert watch(services) == []


def test_codes_are_watched_too(services: Services, clock: SimulatedEnvironment) -> None:
    with services.engine.begin() as connection:
        for number in range(AT_LEAST):
            assert count_try(connection, services, f"2001:db8:{number:x}::1", clock.now()) is None
    clock.advance(minutes=5)
    assert watch(services) == ["codes_refused"]


def test_it_is_seen_to_once_and_told_again_when_it_goes_on(services: Services, clock: SimulatedEnvironment) -> None:
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    assert len(watch(services)) == 1
    with services.engine.begin() as connection:
        acknowledge(
            connection, alerts(services)[0], AlertAction.LOOKED_INTO, author="root", environment=services.environment
        )
    assert watch(services) == []
    clock.advance(seconds=AGAIN_AFTER.total_seconds())
    guess(services, 10 * AT_LEAST)
    clock.advance(minutes=5)
    assert len(watch(services)) == 1
    clock.advance(seconds=SHOWN_FOR.total_seconds())
    assert watch(services) == []


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_overview_says_it_in_a_line_of_its_own(
    services: Services, clock: SimulatedEnvironment, language: str
) -> None:
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    watch(services)
    with reading(services.engine) as connection:
        found = morning(connection, services.study, services.study.sites[0], clock.now())
    lines = digest(services.study, found, language, "https://diary.example").lines
    assert sum("log-ins or codes" in line or "logins eller koder" in line for line in lines) == 1
    assert not any("backup" in line or "sikkerhedskopien" in line for line in lines)


def test_what_is_kept_says_nothing_of_anybody(services: Services, clock: SimulatedEnvironment) -> None:
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    watch(services)
    with reading(services.engine) as connection:
        kept = json.loads(state.value(connection, "refusals") or "{}")
    assert (kept.keys(), kept["tries"]) == ({"at", "tries"}, {"log_in": AT_LEAST})
    assert kept["at"] == {"log_in": clock.now().isoformat().replace("+00:00", "Z")}


def test_what_a_clock_far_ahead_noted_hides_nothing_that_comes_until_then(
    services: Services, clock: SimulatedEnvironment
) -> None:
    clock.set_clock(timedelta(days=120))
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    assert watch(services) == ["log_ins_refused"]
    clock.set_clock(timedelta())
    assert watch(services) == []
    guess(services, AT_LEAST)
    clock.advance(minutes=5)
    assert watch(services) == ["log_ins_refused"]
