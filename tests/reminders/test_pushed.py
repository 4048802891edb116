"""An evening's reminder pushed to the phone that the diary is on, and what takes its place when none arrives there."""

import pytest

from server.db import push_addresses
from server.db.engine import reading
from server.intake import staff
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, choose, live, rows, steps
from tests.reminders.evenings import reach as reach_by
from tests.reminders.post_office import PostOffice
from tests.reminders.push_service import Browser, PushService
from tests.server.handset import CAROL, Handset, new_code, ready

EVENING, NIGHT = "2026-11-23T19:30", "2026-11-23T22:00"


@pytest.fixture
def settings(settings: Settings, service: PushService) -> Settings:
    return Settings(**{**settings.model_dump(), "push_hosts": service.host})


@pytest.fixture
def alice(services: Services, browser: Browser) -> Handset:
    """Alice allowed reminders on her phone, and left no other address."""
    phone = ready(services, ALICE)
    assert phone.sync(push=browser.address).push_held == browser.address.fingerprint
    return phone


def kept(services: Services) -> bool:
    with reading(services.engine) as connection:
        return bool(push_addresses.of_active(connection, [ALICE]))


def channels(services: Services) -> list[tuple[str, str]]:
    return [(row.channel, row.state) for row in rows(services)]


def test_each_prompt_of_an_evening_is_pushed(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService, browser: Browser
) -> None:
    live(services, clock, NIGHT)
    assert channels(services) == [("push", "sent")] * 3
    assert [browser.read(body) for _, _, body in service.taken] == [
        {"title": "Dagbog", "words": "Tid til dagbogen"}
    ] * 3
    assert len({headers["topic"] for _, headers, _ in service.taken}) == 3


def test_nothing_is_pushed_after_the_evening_is_done(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    live(services, clock, EVENING)
    assert len(service.taken) == 1
    alice.fill_in(clock.now().date())
    alice.sync()
    live(services, clock, NIGHT)
    assert len(service.taken) == 1


def test_an_address_that_the_browser_gave_up_is_forgotten_and_the_mail_goes_out(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService, post_office: PostOffice
) -> None:
    reach_by(services, ALICE, email=ALICES)
    service.answer = 410
    live(services, clock, EVENING)
    assert not kept(services)
    assert channels(services)[0] == ("email", "sent")
    assert [event for event, _ in steps(services)] == ["queued", "claimed", "failed", "rerouted", "claimed", "sent"]
    assert len(post_office.raw) == 1
    assert alice.sync().push_held == ""


def test_a_push_service_that_is_down_does_not_cost_the_address(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    service.answer = 503
    live(services, clock, EVENING)
    assert kept(services)
    service.answer = 201
    live(services, clock, NIGHT)
    assert channels(services)[-1] == ("push", "sent")


def test_a_lost_phone_is_not_pushed_to(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    services.writer.run(
        ALICE,
        lambda connection: staff.report_lost(
            connection, services, ALICE, reason="stolen", author=CAROL, at=services.environment.now()
        ),
    )
    live(services, clock, NIGHT)
    assert service.taken == []


def test_the_new_phone_is_pushed_to_and_not_the_old_one(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService
) -> None:
    clock.advance(days=3)
    new = Handset(services, "new phone")
    new.enrol(new_code(services, ALICE))
    another = Browser(service, "/push/new")
    new.sync(push=another.address)
    alice.sync()
    live(services, clock, "2026-11-26T22:00")
    assert {path for path, _, _ in service.taken} == {"/push/new"}


def test_a_phone_lent_to_the_next_one_is_not_reminded_for_the_first(
    services: Services,
    clock: SimulatedEnvironment,
    alice: Handset,
    browser: Browser,
    service: PushService,
    post_office: PostOffice,
) -> None:
    """It is the same browser; nobody has said that Alice's diary is not on it any more."""
    reach_by(services, ALICE, email=ALICES)
    ready(services, BOB, "bob").sync(push=browser.address)
    live(services, clock, EVENING)
    assert [(row.participant, row.channel) for row in rows(services)] == [(ALICE, "email"), (BOB, "push")]
    assert (len(service.taken), post_office.receivers) == (1, [ALICES])


def test_who_chose_mail_is_not_pushed_to(
    services: Services, clock: SimulatedEnvironment, alice: Handset, service: PushService, post_office: PostOffice
) -> None:
    reach_by(services, ALICE, email=ALICES)
    choose(services, channels=("email",))
    live(services, clock, EVENING)
    assert (len(service.taken), len(post_office.raw)) == (0, 1)
