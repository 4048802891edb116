"""An address that is refused for good: staff hear of it, and nothing more is sent there until it was asked about."""

import json

import pytest

from diary_app.core.facts import ContactField
from server.alerts.open_alerts import open_alerts
from server.db import contact_details, staff_facts
from server.db.engine import reading
from server.reminders.channel import NotSent, Trouble
from server.reminders.channels import channel_of
from server.reminders.delivery import deliver, record
from server.reminders.gateway import by_status
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, NUMBER, live, reach, reminded, rows, states, take
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice

NIGHT, NEXT_NIGHT, THIRD_NIGHT = "2026-11-23 21:30", "2026-11-24 21:30", "2026-11-25 21:30"
UNKNOWN = "550 5.1.1 no such user"


def refused(services: Services, participant: str = ALICE) -> set[ContactField]:
    with reading(services.engine) as connection:
        return set(contact_details.refused(connection, [participant]).get(participant, {}))


def told(services: Services) -> list[tuple[str, str]]:
    with reading(services.engine) as connection:
        found = open_alerts(connection, services.study, ("copenhagen", "odense"), services.environment.now())
    return [(one.kind.value, one.participant) for one in found if one.kind in ("address_refused", "reminder_failed")]


def tries(services: Services) -> int:
    return sum(row.attempts for row in rows(services))


@pytest.fixture
def nowhere(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> Services:
    """Alice's only address is refused on the first evening."""
    reminded(services)
    post_office.refused[ALICES] = UNKNOWN
    live(services, clock, NIGHT)
    return services


def test_staff_hear_of_it_and_nothing_more_is_tried(nowhere: Services, clock: SimulatedEnvironment) -> None:
    assert (refused(nowhere), told(nowhere), tries(nowhere)) == (
        {ContactField.EMAIL}, [("address_refused", ALICE)], 1,
    )  # fmt: skip
    live(nowhere, clock, THIRD_NIGHT)
    assert (tries(nowhere), told(nowhere)) == (1, [("address_refused", ALICE)])


def test_a_reminder_that_failed_for_another_reason_is_shown_beside_it(
    nowhere: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(nowhere, BOB, "bob", email=BOBS)
    post_office.refused[BOBS] = "554 5.7.1 not that message"
    live(nowhere, clock, NEXT_NIGHT)
    assert told(nowhere) == [("address_refused", ALICE), ("reminder_failed", BOB)]


def test_the_other_channel_is_taken_at_once_and_from_then_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    post_office.refused[ALICES] = UNKNOWN
    live(services, clock, NEXT_NIGHT)
    assert [row.channel for row in rows(services)] == ["sms"] * 6
    assert [row.attempts for row in rows(services)] == [2, 1, 1, 1, 1, 1]
    assert len(gateway.taken) == 6
    assert told(services) == [("address_refused", ALICE)]


@pytest.mark.parametrize(
    ("typed", "change"), [("alice@elsewhere.example", "changed"), (ALICES, "confirmed")], ids=["changed", "confirmed"]
)
def test_one_that_is_changed_or_typed_again_is_tried(
    nowhere: Services, clock: SimulatedEnvironment, post_office: PostOffice, typed: str, change: str
) -> None:
    post_office.refused.clear()
    reach(nowhere, ALICE, email=typed)
    assert (refused(nowhere), told(nowhere)) == (set(), [])
    live(nowhere, clock, NEXT_NIGHT)
    assert post_office.receivers == [typed] * 3
    with reading(nowhere.engine) as connection:
        said = [json.loads(row.body)["change"] for row in staff_facts.of_kinds(connection, [ALICE], ["contact_detail"])]
    assert said == ["set", change]


def test_one_that_waits_to_be_tried_again_goes_elsewhere(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    """A report on an earlier mail came meanwhile."""
    reminded(services, email=ALICES, phone=NUMBER)
    post_office.refused[ALICES] = "450 4.2.0 later"
    live(services, clock, "2026-11-23 19:01", minutes=1)
    services.writer.run(
        "", lambda connection: contact_details.note_refused(connection, ALICE, ContactField.EMAIL, clock.now())
    )
    post_office.refused.clear()
    live(services, clock, NIGHT)
    assert (len(post_office.raw), len(gateway.taken), set(states(services))) == (0, 3, {"sent"})


def test_typing_another_detail_says_nothing_of_this_one(nowhere: Services) -> None:
    reach(nowhere, ALICE, phone=NUMBER)
    assert refused(nowhere) == {ContactField.EMAIL}


def test_one_that_was_changed_while_it_was_refused_is_not_blamed(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.refused[ALICES] = UNKNOWN
    clock.advance(hours=20, minutes=30)
    sendings = deliver(services, take(services, clock), clock.now, channel_of)
    clock.advance(seconds=1)
    reach(services, ALICE, email="alice@elsewhere.example")
    services.writer.run("", lambda connection: record(connection, services, sendings))
    assert [one.fate for one in sendings] == [NotSent(Trouble.RECIPIENT_REFUSED, final=True)]
    assert refused(services) == set()


def test_a_server_that_refuses_everybody_costs_at_most_one_an_address(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    """Nothing in its words tells that from an address that is none."""
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    post_office.refused.update({ALICES: "550 no", BOBS: "550 no"})
    live(services, clock, NIGHT)
    blamed = [who for who in (ALICE, BOB) if refused(services, who)]
    assert len(blamed) == 1
    post_office.refused.clear()
    live(services, clock, NEXT_NIGHT)
    assert len(post_office.raw) == 3


def test_two_dead_addresses_are_both_found_while_others_get_their_mail(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    reminded(services, "01-003", "carl", email="carl@example.org")
    post_office.refused.update({ALICES: UNKNOWN, BOBS: UNKNOWN})
    live(services, clock, THIRD_NIGHT)
    assert [sorted(refused(services, who)) for who in (ALICE, BOB, "01-003")] == [["email"], ["email"], []]


@pytest.mark.parametrize("said", ["550 relay not permitted", "554 5.7.1 denied", "553 not in my list of rcpthosts"])
def test_a_refusal_of_this_server_is_no_fault_of_the_address(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, said: str
) -> None:
    reminded(services)
    post_office.refused[ALICES] = said
    live(services, clock, NIGHT)
    assert (refused(services), tries(services)) == (set(), 3)


def test_a_wrong_key_of_the_gateway_is_no_fault_of_the_number() -> None:
    final = [by_status(status) for status in (400, 401, 402, 403, 404, 422)]
    assert [one.trouble.value for one in final] == [
        "recipient_refused", "sender_refused", "sender_refused", "sender_refused", "sender_refused",
        "recipient_refused",
    ]  # fmt: skip
    assert all(one.final for one in final)


def test_a_full_mailbox_for_a_while_is_no_refusal(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    post_office.refused[ALICES] = "452 4.2.2 mailbox full"
    live(services, clock, NIGHT)
    assert (refused(services), states(services)) == (set(), ["failed"] * 3)
