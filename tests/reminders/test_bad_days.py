"""When the mail server, the gateway or this server fails: tried again while it makes sense, never in a burst."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Channel as Name
from server import jobs
from server.background import Background
from server.db.engine import KEPT_OPEN
from server.db.writer import Work, Writer
from server.reminders import reminding
from server.reminders.channel import Channel
from server.reminders.channels import channel_of
from server.reminders.delivery import deliver
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import BOB
from tests.reminders.evenings import (
    ALICES,
    BOBS,
    NUMBER,
    choose,
    live,
    reminded,
    rows,
    sent_at,
    sleep_until,
    states,
    steps,
    take,
    utc,
)
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import IMPATIENCE_SECONDS, PostOffice

T = TypeVar("T")


def test_after_a_day_without_mail_one_message_comes_and_no_burst(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.close()
    live(services, clock, "2026-11-24 20:20")
    assert set(states(services)) == {"failed"}
    post_office.open()
    live(services, clock, "2026-11-24 21:10")
    assert post_office.receivers == [ALICES]
    assert states(services, date(2026, 11, 24)) == ["failed", "sent"]


def test_a_mail_server_that_is_back_soon_gets_the_same_reminder(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.close()
    live(services, clock, "2026-11-23 19:06", minutes=1)
    tries = steps(services)
    assert tries[:3] == [("queued", ""), ("claimed", ""), ("failed", "unreachable")]
    post_office.open()
    live(services, clock, "2026-11-23 19:30", minutes=1)
    assert post_office.receivers == [ALICES]
    assert steps(services)[len(tries) :] == [("claimed", ""), ("sent", "")]


def test_waits_grow_and_differ_by_chance(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    post_office.close()
    live(services, clock, "2026-11-23 19:10", minutes=1)
    assert len({row.next_moment for row in rows(services)}) == 2
    live(services, clock, "2026-11-23 19:59", minutes=1)
    assert all(4 <= row.attempts <= 8 for row in rows(services))


def test_downtime_over_several_evenings_ends_in_one_message(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:00")
    sleep_until(services, clock, "2026-11-25 20:20")
    assert post_office.receivers == [ALICES]
    assert states(services) == ["dropped"] * 3
    assert steps(services) == [("dropped", "overtaken")]
    assert states(services, date(2026, 11, 25)) == ["dropped", "sent"]


def test_after_downtime_until_late_at_night_nobody_is_woken(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:00")
    sleep_until(services, clock, "2026-11-23 21:31")  # 22:31 on the wall, the diary is still open
    live(services, clock, "2026-11-24 08:00")
    assert post_office.raw == []
    assert steps(services, number=3) == [("dropped", "expired")]


def test_an_address_that_does_not_exist_is_tried_once_and_then_the_next_channel(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    post_office.refused[ALICES] = f"550 5.1.1 <{ALICES}> does not live here"
    live(services, clock, "2026-11-23 19:05")
    assert len(gateway.taken) == 1
    assert steps(services)[2:] == [("failed", "recipient_refused"), ("rerouted", ""), ("claimed", ""), ("sent", "")]


def test_without_another_channel_a_refused_address_fails_for_good(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    post_office.refused[ALICES] = "550 5.1.1 no"
    live(services, clock, "2026-11-23 19:30")
    assert steps(services)[2:3] == [("failed", "recipient_refused")]
    assert sorted(states(services)) == ["failed", "sent"]
    assert post_office.receivers == [BOBS]


def test_a_mailbox_that_is_full_just_now_is_tried_again(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.refused[ALICES] = "450 4.2.1 later"
    live(services, clock, "2026-11-23 19:05")
    post_office.refused.clear()
    live(services, clock, "2026-11-23 19:30", minutes=1)
    assert post_office.receivers == [ALICES]
    assert ("failed", "try_later") in steps(services)


@pytest.mark.parametrize(
    ("answer", "code", "final"),
    [
        (500, "provider_fault", False),
        (429, "try_later", False),
        (400, "recipient_refused", True),
        (504, "answer_lost", False),
        ("garbage", "answer_lost", False),
        ("silence", "answer_lost", False),
        ("redirect", "redirected", False),
    ],
)
def test_a_gateway_on_a_bad_day(
    services: Services, clock: SimulatedEnvironment, gateway: SmsGateway, answer: int | str, code: str, final: bool
) -> None:
    reminded(services, phone=NUMBER)
    gateway.answer = answer
    if answer == "silence":
        shorter = {"message_timeout_seconds": IMPATIENCE_SECONDS}
        services.settings = services.settings.model_copy(update=shorter)
    live(services, clock, "2026-11-23 19:00", minutes=60)
    assert steps(services)[2] == ("failed", code)
    assert gateway.asked == ["/send/4512345678/"]
    gateway.answer = 200
    live(services, clock, "2026-11-23 19:30")
    assert (len(gateway.taken), states(services)) == ((0, ["failed"]) if final else (1, ["sent"]))


def test_a_crash_between_sending_and_recording_repeats_it_once(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    deliver(services, take(services, clock), clock.now)  # and nobody is left to write it down
    live(services, clock, "2026-11-23 19:30", minutes=1)
    assert post_office.receivers == [ALICES] * 2
    assert len({str(message["message-id"]) for message in post_office.messages}) == 1
    assert [step for step, _ in steps(services)] == ["queued", "claimed", "claimed", "sent"]


def test_a_crash_between_claiming_and_sending_loses_nothing(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:00", minutes=60)
    post_office.raw.clear()
    live(services, clock, "2026-11-23 20:14")
    clock.move_to(utc("2026-11-23 20:15"))
    take(services, clock)
    live(services, clock, "2026-11-23 20:19", minutes=1)
    assert post_office.raw == []
    live(services, clock, "2026-11-23 20:21", minutes=1)
    assert post_office.receivers == [ALICES]


def test_a_claim_that_is_no_longer_ours_is_not_acted_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    now = clock.now()
    slow = take(services, clock)
    clock.advance(minutes=6)
    jobs.remind(services, clock.now())
    assert deliver(services, slow, lambda: now) == []
    assert deliver(services, slow, clock.now) == []
    assert post_office.receivers == [ALICES]


def test_what_crashes_every_time_is_over_after_an_hour(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    for _ in range(13):
        take(services, clock)
        clock.advance(minutes=5)
    assert steps(services)[-2:] == [("claimed", ""), ("failed", "out_of_time")]
    assert post_office.raw == []


def test_the_next_prompt_waits_while_one_is_under_way(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    choose(services, usual="22:10")
    live(services, clock, "2026-11-23 21:09")
    clock.move_to(utc("2026-11-23 21:11"))
    take(services, clock)
    clock.move_to(utc("2026-11-23 21:15"))
    jobs.remind(services, clock.now())
    assert states(services) == ["claimed", "waiting"]
    live(services, clock, "2026-11-23 21:25", minutes=1)
    assert post_office.receivers == [ALICES]
    assert states(services) == ["dropped", "sent"]


def test_two_messages_are_never_close_together(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    choose(services, usual="22:05")
    live(services, clock, "2026-11-23 21:30", minutes=1)
    assert sent_at(services) == [utc("2026-11-23 21:05")]
    assert steps(services, number=2) == [("queued", ""), ("dropped", "overtaken")]


def test_nothing_waits_for_ever(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    reminded(services)
    post_office.close()
    live(services, clock, "2026-11-26 12:00")
    assert [row.next_moment for row in rows(services)] == [None] * 9
    assert all(row.until - row.due_at <= timedelta(minutes=60) for row in rows(services))
    assert reminding.remind(services, clock.now()) == 0


@dataclass
class BusyWriter:
    """Lets two works pass and says `server_busy` to the next few, as a full queue does."""

    writer: Writer
    busy: int
    asked: int = 0

    def run(self, participant: str, work: Work[T]) -> T:
        self.asked += 1
        if 2 < self.asked <= 2 + self.busy:
            raise RequestRefused(Code.SERVER_BUSY, "Busy.", "Try again.")
        return self.writer.run(participant, work)


class Waited(Background):
    """Notes how long it was to let pass, and lets nothing pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, seconds: float) -> None:
        self.seconds.append(seconds)


def test_what_was_sent_is_written_down_although_the_database_is_busy(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    services.writer, usual = BusyWriter(services.writer, busy=3), services.writer  # type: ignore[assignment]
    services.background = waited = Waited()
    jobs.remind(services, clock.now())
    services.writer = usual
    assert states(services) == ["sent"]
    assert waited.seconds == [1, 2, 4]
    live(services, clock, "2026-11-23 19:30", minutes=1)
    assert post_office.receivers == [ALICES]


def test_a_reminder_waits_while_no_connection_to_the_database_is_free(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    pool, taken = services.engine.pool, list[Connection]()
    monkeypatch.setattr(pool, "_timeout", 0.01)

    def all_taken(services: Services, name: Name) -> Channel:
        taken.extend(services.engine.connect() for _ in range(KEPT_OPEN))
        return channel_of(services, name)

    assert deliver(services, take(services, clock), clock.now, all_taken) == []
    for connection in taken:
        connection.close()
    live(services, clock, "2026-11-23 19:30", minutes=1)
    assert post_office.receivers == [ALICES]
    assert states(services) == ["sent"]


def test_a_clock_that_was_a_year_ahead_for_a_moment_stops_no_reminders(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:00")
    clock.set_clock(timedelta(days=365))
    jobs.remind(services, clock.now())
    clock.set_clock(timedelta())
    live(services, clock, "2026-11-23 19:05")
    assert post_office.receivers == [ALICES]
