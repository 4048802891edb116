"""A provider that takes messages and does not say so: nobody gets the same reminder more than twice."""

from server.reminders.gateway import by_status
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.evenings import ALICES, NUMBER, choose, live, reminded, rows, states, steps
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice

LOST = ("failed", "answer_lost")


def test_a_mail_server_that_hangs_up_after_taking_it_gets_it_twice(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    post_office.hangs_up = True
    live(services, clock, "2026-11-23 20:10", minutes=1)
    assert post_office.receivers == [ALICES] * 2
    assert steps(services) == [("queued", ""), ("claimed", ""), LOST, ("claimed", ""), LOST]
    assert gateway.taken == []
    assert len({str(message["message-id"]) for message in post_office.messages}) == 1


def test_a_gateway_that_takes_it_and_answers_too_late_costs_two_messages_a_prompt(
    services: Services, clock: SimulatedEnvironment, gateway: SmsGateway
) -> None:
    reminded(services, phone=NUMBER)
    gateway.answer = 504
    live(services, clock, "2026-11-23 22:00", minutes=1)
    assert len(gateway.asked) == 6
    assert states(services) == ["failed"] * 3


def test_one_answer_that_was_lost_costs_no_reminder(
    services: Services, clock: SimulatedEnvironment, gateway: SmsGateway
) -> None:
    reminded(services, phone=NUMBER)
    gateway.answer = 504
    live(services, clock, "2026-11-23 19:05", minutes=1)
    gateway.answer = 200
    live(services, clock, "2026-11-23 19:20", minutes=1)
    assert steps(services) == [("queued", ""), ("claimed", ""), LOST, ("claimed", ""), ("sent", "")]


def test_what_was_lost_by_one_channel_is_no_doubt_about_the_next(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    """The gateway's answer is lost first; what it refuses afterwards is mailed, and that answer is lost once, too."""
    reminded(services, email=ALICES, phone=NUMBER)
    choose(services, channels=("sms", "email"))
    gateway.answer = 504
    live(services, clock, "2026-11-23 19:05", minutes=1)
    gateway.answer, post_office.hangs_up = 400, True
    live(services, clock, "2026-11-23 19:15", minutes=1)
    post_office.hangs_up = False
    live(services, clock, "2026-11-23 19:59", minutes=1)
    assert [row.state for row in rows(services)] == ["sent"]
    assert post_office.receivers == [ALICES] * 2


def test_a_gateway_that_says_it_could_not_is_asked_again_as_before() -> None:
    assert [by_status(status).trouble.value for status in (500, 502, 503, 504)] == [
        "provider_fault", "provider_fault", "provider_fault", "answer_lost",
    ]  # fmt: skip
