"""When reminders do not leave, whoever runs the server hears of it, and not when somebody's address is wrong."""

from datetime import timedelta

import pytest

from diary_app.core.facts import AlertAction
from server import jobs
from server.alerts.digest import digest, morning
from server.alerts.house_alerts import acknowledge, house_alerts
from server.alerts.open_alerts import Alert, Kind, open_alerts
from server.alerts.unsent import unsent
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import choose, live, reach, reminded, sleep_until, utc
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice

FOUR = [f"01-00{number}" for number in range(1, 5)]
EVERYBODY = [f"{who}@example.org" for who in FOUR]


@pytest.fixture
def four(services: Services) -> None:
    """Four who never answer."""
    for who, address in zip(FOUR, EVERYBODY, strict=True):
        reminded(services, who, who, email=address)


def alerts(services: Services) -> list[Alert]:
    with reading(services.engine) as connection:
        return house_alerts(connection, services.environment.now(), backups_wanted=False)


def told(services: Services) -> list[tuple[str, int]]:
    return [(one.kind.value, one.count) for one in alerts(services)]


def of_participants(services: Services, kind: Kind = Kind.REMINDER_FAILED) -> list[str]:
    with reading(services.engine) as connection:
        found = open_alerts(connection, services.study, ["copenhagen"], services.environment.now())
    return [one.participant for one in found if one.kind is kind]


def refuse(post_office: PostOffice, *addresses: str) -> None:
    post_office.refused = dict.fromkeys(addresses, "550 5.7.1 not from you")


@pytest.mark.usefixtures("four")
def test_a_mail_server_that_is_gone_is_told_the_same_evening_and_over_when_it_is_back(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    live(services, clock, "2026-11-23 19:10")
    assert told(services) == []
    post_office.close()
    live(services, clock, "2026-11-23 20:20")
    assert told(services) == [("reminders_unsent", 4)]
    assert alerts(services)[0].since == utc("2026-11-23 19:00")
    post_office.open()
    live(services, clock, "2026-11-23 20:50")
    assert told(services) == []


@pytest.mark.usefixtures("four")
def test_a_mail_server_that_refuses_everybody_is_told_after_an_evening(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    live(services, clock, "2026-11-23 22:00")
    post_office.refused = dict.fromkeys(EVERYBODY, "550 5.1.1 nobody of that name")
    live(services, clock, "2026-11-24 21:10")
    assert told(services) == []
    live(services, clock, "2026-11-25 06:00")
    assert told(services) == [("reminders_unsent", 4)]


@pytest.mark.usefixtures("four")
def test_a_mail_server_that_takes_nothing_from_us_is_told_the_same_evening(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    live(services, clock, "2026-11-23 19:10")
    refuse(post_office, *EVERYBODY)
    live(services, clock, "2026-11-23 20:20")
    assert told(services) == [("reminders_unsent", 4)]


@pytest.mark.usefixtures("four")
def test_although_everything_goes_out_as_text_messages_the_dead_mail_server_is_told(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    for who in FOUR:
        reach(services, who, phone=f"+45123456{who[-2:]}")
    refuse(post_office, *EVERYBODY)
    live(services, clock, "2026-11-24 22:00")
    assert len(gateway.taken) == 24
    assert told(services) == [("reminders_unsent", 4)]


@pytest.mark.usefixtures("four")
def test_three_wrong_addresses_are_no_trouble_of_the_server(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.refused = dict.fromkeys(EVERYBODY[1:], "550 5.1.1 nobody of that name")
    live(services, clock, "2026-11-25 08:00")
    assert told(services) == []
    assert of_participants(services, Kind.ADDRESS_REFUSED) == FOUR[1:]
    assert of_participants(services) == []


@pytest.mark.usefixtures("four")
def test_an_evening_that_the_server_slept_over_is_told_in_the_morning(
    services: Services, clock: SimulatedEnvironment
) -> None:
    live(services, clock, "2026-11-23 22:00")
    sleep_until(services, clock, "2026-11-25 06:00")
    assert told(services) == [("reminders_unsent", 4)]
    live(services, clock, "2026-11-25 19:10")
    assert told(services) == []


@pytest.mark.usefixtures("four")
def test_a_server_that_lost_its_mail_server_in_its_settings_is_told(
    services: Services, clock: SimulatedEnvironment
) -> None:
    live(services, clock, "2026-11-23 22:00")
    services.settings = services.settings.model_copy(update={"smtp_host": None, "sms_url": None})
    live(services, clock, "2026-11-24 22:00")
    assert told(services) == [("reminders_unsent", 4)]


@pytest.mark.usefixtures("four")
def test_a_look_that_ends_no_more_is_told_although_nothing_waits(
    services: Services, clock: SimulatedEnvironment
) -> None:
    live(services, clock, "2026-11-23 12:00")
    clock.advance(minutes=15)
    assert told(services) == []
    clock.advance(minutes=1)
    assert told(services) == [("reminders_stopped", 1)]
    jobs.remind(services, clock.now())
    assert told(services) == []


@pytest.mark.usefixtures("four")
def test_a_look_that_raises_each_time_is_told(
    services: Services, clock: SimulatedEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(services, clock, "2026-11-23 18:59")

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("server.reminders.reminding.claim", broken)
    for _ in range(4):
        clock.advance(minutes=5)
        with pytest.raises(RuntimeError):
            jobs.remind(services, clock.now())
    assert told(services) == [("reminders_stopped", 1)]


@pytest.mark.usefixtures("four")
def test_seen_to_it_is_told_again_only_after_reminders_have_left(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    live(services, clock, "2026-11-23 19:10")
    for day in (23, 24):
        post_office.close()
        live(services, clock, f"2026-11-{day} 20:20")
        (alert,) = alerts(services)
        see_to(services, alert)
        live(services, clock, f"2026-11-{day} 20:40")
        assert told(services) == []
        post_office.open()
        live(services, clock, f"2026-11-{day + 1} 12:00")


def see_to(services: Services, alert: Alert) -> None:
    services.writer.run(
        "*",
        lambda connection: acknowledge(
            connection, alert, AlertAction.LOOKED_INTO, author="command line", environment=services.environment
        ),
    )


@pytest.mark.usefixtures("four")
def test_who_got_one_since_is_no_longer_listed_as_out_of_reach(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    post_office.close()
    live(services, clock, "2026-11-24 08:00")
    assert of_participants(services) == FOUR
    post_office.open()
    refuse(post_office, EVERYBODY[0])
    live(services, clock, "2026-11-24 19:10")
    assert of_participants(services) == FOUR[:1]


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Reminders do not leave the server: tell whoever runs it"),
        ("da", "Påmindelser bliver ikke sendt fra serveren: Sig det til den, der driver den"),
    ],
)
def test_the_overview_says_it_in_one_line(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, language: str, line: str
) -> None:
    post_office.close()
    live(services, clock, "2026-11-24 06:00")
    with reading(services.engine) as connection:
        found = morning(connection, services.study, services.study.sites[0], clock.now())
    assert line in digest(services.study, found, language, "https://diary.example").lines


@pytest.mark.usefixtures("four")
def test_the_log_says_it_every_hour(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    live(services, clock, "2026-11-23 19:10")
    assert jobs.warn_of_unsent(services, clock.now()) == 0
    post_office.close()
    live(services, clock, "2026-11-23 20:20")
    assert jobs.warn_of_unsent(services, clock.now()) == 4
    assert [one.levelname for one in caplog.records if "reminders_unsent" in one.getMessage()] == ["ERROR"]


@pytest.mark.usefixtures("four")
def test_what_a_clock_ahead_noted_stops_no_alert(services: Services, clock: SimulatedEnvironment) -> None:
    choose(services, FOUR[0], usual="20:00")
    live(services, clock, "2026-11-23 12:00")
    clock.set_clock(timedelta(days=40))
    jobs.remind(services, clock.now())
    clock.set_clock(timedelta())
    live(services, clock, "2026-11-23 19:05")
    clock.advance(hours=2)
    assert told(services) == [("reminders_stopped", 1)]
    with reading(services.engine) as connection:
        assert unsent(connection, clock.now()) is None
