"""A mail that came back: its address gets no more; a report that is forged, late or of something else does nothing."""

import threading

import pytest

from diary_app.core.facts import ContactField
from server.db import contact_details
from server.db.engine import reading
from server.intake.reaching import change_contact
from server.reminders.bounces import MOST_BYTES, Came, read, take_in
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.reminders.evenings import ALICES, live, reach, reminded
from tests.reminders.post_office import PostOffice
from tests.server.handset import CAROL

#: As Postfix writes one, shortened.
REPORT = """\
From: MAILER-DAEMON@post.example
To: dagbog@post.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; post.example
Arrival-Date: Mon, 23 Nov 2026 19:00:00 +0000 (UTC)

Final-Recipient: rfc822; alice@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} unknown

--cut
Content-Type: {enclosed}

Message-ID: {id}
Subject: Tid til dagbogen

--cut--
"""


@pytest.fixture
def sent(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> str:
    """The Message-ID of a reminder to Alice that the mail server took."""
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    return str(post_office.messages[0]["message-id"])


def report(id: str, *, action: str = "failed", status: str = "5.1.1", enclosed: str = "message/rfc822") -> bytes:
    return REPORT.format(id=id, action=action, status=status, enclosed=enclosed).encode()


def came(services: Services, received: bytes) -> Came:
    now = services.environment.now()
    return services.writer.run("", lambda connection: take_in(connection, services, read(received), now))


def refused(services: Services) -> bool:
    with reading(services.engine) as connection:
        return ContactField.EMAIL in contact_details.refused(connection, [ALICE]).get(ALICE, {})


@pytest.mark.parametrize("enclosed", ["message/rfc822", "text/rfc822-headers"])
def test_nothing_more_is_sent_where_a_mail_came_back_from(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, sent: str, enclosed: str
) -> None:
    clock.advance(minutes=5)
    received = report(sent, enclosed=enclosed)
    assert [came(services, received), came(services, received)] == [Came.NOTED, Came.KNOWN]
    assert refused(services)
    live(services, clock, "2026-11-24 21:30")
    assert len(post_office.raw) == 1


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("failed", "5.2.2"), ("failed", "5.7.1"), ("failed", "5.1.8"), ("delivered", "2.0.0")],
)
def test_what_is_not_about_the_address_does_nothing(services: Services, sent: str, action: str, status: str) -> None:
    assert came(services, report(sent, action=action, status=status)) is Came.NOT_FOR_GOOD
    assert not refused(services)


def test_whoever_has_not_seen_a_message_cannot_stop_any(services: Services, sent: str) -> None:
    forged = sent[:5] + ("a" if sent[5] != "a" else "b") + sent[6:]
    assert came(services, report(forged)) is Came.NOT_OURS
    assert not refused(services)


def test_an_address_that_was_changed_since_is_left_alone(
    services: Services, clock: SimulatedEnvironment, sent: str
) -> None:
    clock.advance(minutes=5)
    reach(services, ALICE, email="alice@elsewhere.example")
    reach(services, ALICE, email=ALICES)
    assert came(services, report(sent)) is Came.CORRECTED
    assert not refused(services)


def test_an_address_that_is_being_changed_is_waited_for(
    services: Services, clock: SimulatedEnvironment, sent: str
) -> None:
    clock.advance(minutes=5)
    found: list[Came] = []
    taken = threading.Thread(target=lambda: found.append(came(services, report(sent))))
    with services.engine.begin() as connection:
        new = {ContactField.EMAIL: "alice@elsewhere.example"}
        change_contact(connection, services, ALICE, new, author=CAROL, at=clock.now())
        taken.start()
        taken.join(1)  # it waits; one that does not has looked by now
    taken.join()
    assert (found, refused(services)) == ([Came.CORRECTED], False)


def test_a_report_after_weeks_is_of_nothing_that_is_known(
    services: Services, clock: SimulatedEnvironment, sent: str
) -> None:
    clock.advance(hours=24 * 15)
    assert came(services, report(sent)) is Came.NOT_OURS


@pytest.mark.parametrize(
    "received",
    [
        b"", b"\0\xff" * 500, b"Content-Type: multipart/report\n\n--", b"Subject: hello\n\nI am away",
        b"Content-Type: message/rfc822\n\n" * 5000,
        b"Content-Type: text/rfc822-headers; charset*=utf-8''x\n\n\xff",
        b"Content-Type: text/rfc822-headers; charset=\xfe\0\n\n\xff",
    ],
    ids=["empty", "noise", "cut", "answer", "deep", "two_alphabets", "no_alphabet"],
)  # fmt: skip
def test_what_is_no_report_does_nothing(services: Services, sent: str, received: bytes) -> None:
    assert came(services, received) is Came.NOT_OURS
    assert not refused(services)


def test_one_that_was_sent_before_the_secret_was_changed_is_known(services: Services, sent: str) -> None:
    services.secret, services.former_secret = b"new", services.secret
    assert came(services, report(sent)) is Came.NOTED


def test_a_head_made_to_take_long_is_cut_short(services: Services, sent: str) -> None:
    """What it names at its end is not reached, so nothing of that length was read."""
    head = b"Content-Type: multipart/mixed; " + b"a;" * (MOST_BYTES // 2) + b"\n"
    assert read(head + report(sent)).marks == frozenset()
    assert MOST_BYTES <= 256 * 1024
