"""One message that cannot be sent costs nobody else theirs, and is itself tried by another way."""

import pytest

from diary_app.core.wire import PushAddress
from server.db import push_addresses
from server.db.engine import reading
from server.db.push_addresses import KeptAddress
from server.push_services import PushServices
from server.reminders.channel import Letter, Outcome
from server.reminders.delivery import deliver
from server.reminders.smtp import SmtpSession
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, NUMBER, live, reminded, rows, states, steps, take, utc
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice
from tests.reminders.push_service import Browser, PushService
from tests.server.handset import Handset, ready

ODD_NAMES = ("a..b.push.example", f"{'x' * 64}.push.example", ".push.example")


@pytest.fixture
def settings(settings: Settings, service: PushService) -> Settings:
    return Settings(**{**settings.model_dump(), "push_hosts": f"{service.host},*.push.example"})


@pytest.fixture
def alice(services: Services, browser: Browser) -> Handset:
    phone = ready(services, ALICE)
    phone.sync(push=browser.address)
    return phone


def at(browser: Browser, host: str) -> PushAddress:
    return browser.address.model_copy(update={"endpoint": f"https://{host}/push"})


@pytest.mark.parametrize("host", ODD_NAMES)
def test_an_address_whose_name_is_none_is_not_kept(services: Services, browser: Browser, host: str) -> None:
    assert not services.push.may_carry(at(browser, host))
    assert services.push.may_carry(at(browser, "a-1.b.push.example"))


@pytest.mark.parametrize("host", ODD_NAMES)
def test_such_an_address_from_before_holds_up_nobody(
    services: Services,
    clock: SimulatedEnvironment,
    alice: Handset,
    browser: Browser,
    post_office: PostOffice,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    """Bob's mail leaves in the same batch, and must not leave again because Alice's phone names an odd place."""
    reminded(services, BOB, "bob", email=BOBS)
    odd = at(browser, host)
    kept = KeptAddress(alice.device, ALICE, odd.endpoint, odd.p256dh, odd.auth, clock.now())
    services.writer.run(ALICE, lambda connection: push_addresses.keep(connection, kept))
    monkeypatch.setattr(PushServices, "may_carry", lambda *_: True)
    live(services, clock, "2026-11-23 19:40")
    assert post_office.receivers == [BOBS]
    assert [row.state for row in rows(services) if row.participant == BOB] == ["sent"]


def test_what_nobody_foresaw_fails_alone_and_takes_the_next_channel(
    services: Services,
    clock: SimulatedEnvironment,
    post_office: PostOffice,
    gateway: SmsGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    reminded(services, BOB, "bob", email=BOBS)
    send = SmtpSession.send

    def odd(session: SmtpSession, letter: Letter) -> Outcome:
        if letter.address == ALICES:
            raise RuntimeError(letter.address)
        return send(session, letter)

    monkeypatch.setattr(SmtpSession, "send", odd)
    live(services, clock, "2026-11-23 19:40")
    assert post_office.receivers == [BOBS]
    assert len(gateway.taken) == 1
    assert steps(services)[2:] == [
        ("failed", "fault"), ("rerouted", ""), ("claimed", ""), ("sent", ""), ("queued", ""), ("claimed", ""),
        ("sent", ""),
    ]  # fmt: skip


def test_what_is_claimed_at_the_last_moment_does_not_leave_in_quiet_hours(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 21:10")
    post_office.raw.clear()
    clock.move_to(utc("2026-11-23 21:29"))
    claimed = take(services, clock)
    assert len(claimed) == 1
    assert deliver(services, claimed, lambda: utc("2026-11-23 21:30")) == []
    live(services, clock, "2026-11-23 21:40", minutes=1)
    assert post_office.raw == []
    assert steps(services, number=3) == [("queued", ""), ("claimed", ""), ("failed", "out_of_time")]


def test_a_machine_that_was_suspended_in_the_middle_wakes_nobody_when_it_goes_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:59")
    clock.move_to(utc("2026-11-23 19:00"))
    claimed = take(services, clock)
    clock.move_to(utc("2026-11-24 02:00"))
    assert deliver(services, claimed, lambda: utc("2026-11-23 19:00")) == []
    assert post_office.raw == []


def test_a_push_service_keeps_no_message_into_quiet_hours(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    live(services, clock, "2026-11-23 22:00")
    assert [headers["ttl"] for _, headers, _ in service.taken] == ["3600", "3600", "900"]


def test_an_address_that_came_while_the_old_one_was_refused_is_kept(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    new = Browser(service, "/push/new")
    live(services, clock, "2026-11-23 18:59")
    service.answer, service.during = 410, lambda: _renewed(alice, clock, new)
    live(services, clock, "2026-11-23 19:05")
    with reading(services.engine) as connection:
        assert push_addresses.of_active(connection, [ALICE])[ALICE].said == new.address
    service.answer = 201
    live(services, clock, "2026-11-23 20:20")
    assert states(services)[-1] == "sent"


def _renewed(alice: Handset, clock: SimulatedEnvironment, browser: Browser) -> None:
    clock.advance(seconds=1)
    alice.sync(push=browser.address)
