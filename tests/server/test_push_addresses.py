"""Where browsers take reminders: kept for active phones only, at push services that the settings name."""

from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from diary_app.core.facts import DeviceState, DeviceStateSet, Status, StatusSet
from diary_app.core.sealing import to_base64
from diary_app.core.wire import PushAddress
from server.db import push_addresses
from server.db.engine import reading
from server.intake import staff
from server.key_files import CURVE, public_point
from server.push_services import PushServices, push_services
from server.services import Services
from server.settings import SettingInvalid, Settings
from tests.conftest import ALICE
from tests.server.handset import CAROL, Handset, ready, record_fact

MOZILLA, APPLE = "updates.push.services.mozilla.com", "*.push.apple.com"


POINT = to_base64(public_point(ec.derive_private_key(7, CURVE)))


def address(endpoint: str = f"https://{MOZILLA}/wpush/v2/secret", **changed: str) -> PushAddress:
    return PushAddress(endpoint=endpoint, **{"p256dh": POINT, "auth": "A" * 22, **changed})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(**{**settings.model_dump(), "push_hosts": f"{MOZILLA},{APPLE}"})


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def kept(services: Services, phone: Handset) -> str:
    with reading(services.engine) as connection:
        held = push_addresses.of(connection, [phone.participant])
    return "".join(one.endpoint for one in held)


def test_an_active_phone_hears_the_key_and_is_kept(services: Services, alice: Handset) -> None:
    answer = alice.sync()
    point = urlsafe_b64decode(answer.push_key + "=")
    assert (len(point), point[0], answer.push_held) == (65, 4, "")
    said = alice.sync(push=address())
    assert said.push_held == address().fingerprint
    assert kept(services, alice) == address().endpoint
    assert alice.sync().push_held == address().fingerprint


def test_a_newer_address_takes_the_place_of_the_earlier_one(services: Services, alice: Handset) -> None:
    alice.sync(push=address())
    newer = address("https://web.push.apple.com/another")
    assert alice.sync(push=newer).push_held == newer.fingerprint
    assert kept(services, alice) == newer.endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/collect",
        f"http://{MOZILLA}/in-the-clear",
        f"https://{MOZILLA}.evil.example/",
        f"https://someone@{MOZILLA}/",
        f"https://{MOZILLA}:8443/",
        "https://push.apple.com.evil.example/",
        "https://evil.example\\.push.apple.com/",
        "https://evil.example:8443\\.push.apple.com/",
        "https://someone@web.push.apple.com/",
        "https://web.push.apple.com:/",
        "https://[.push.apple.com/",
        "https://10.0.0.1/",
        "http://127.0.0.1:9/",
        "https://[::1/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_anywhere_else_is_not_kept_and_costs_no_entry(
    services: Services, alice: Handset, endpoint: str
) -> None:
    alice.train()
    answer = alice.sync(push=address(endpoint))
    assert answer.push_held == ""
    assert [receipt.accepted for receipt in answer.receipts] == [True]
    assert kept(services, alice) == ""


@pytest.mark.parametrize("changed", [{"p256dh": "B" * 87}, {"p256dh": "+/"}, {"auth": "AAAA"}, {"auth": ""}])
def test_keys_that_are_none_are_not_kept(services: Services, alice: Handset, changed: dict[str, str]) -> None:
    assert alice.sync(push=address(**changed)).push_held == ""
    assert kept(services, alice) == ""


@pytest.mark.parametrize("status", [Status.CONSENT_WITHDRAWN, Status.DIED, Status.SCREEN_FAILURE])
def test_where_nobody_is_reminded_any_more_no_address_is_left(
    services: Services, alice: Handset, status: Status
) -> None:
    alice.sync(push=address())
    today = services.environment.now().date()
    record_fact(services, ALICE, StatusSet(status=status, effective=today, reason="participant_wish"))
    assert kept(services, alice) == ""


def test_of_whoever_is_through_no_address_is_kept_anew(services: Services, alice: Handset) -> None:
    today = services.environment.now().date()
    record_fact(services, ALICE, StatusSet(status=Status.COMPLETED, effective=today, reason="protocol"))
    alice.train()
    answer = alice.sync(push=address())
    assert (answer.push_held, [receipt.accepted for receipt in answer.receipts]) == ("", [True])
    assert kept(services, alice) == ""


def test_a_lost_phone_leaves_no_address(services: Services, alice: Handset) -> None:
    alice.sync(push=address())
    detail = DeviceStateSet(device=alice.device, state=DeviceState.LOST, reason="stolen")
    record_fact(services, ALICE, detail)
    assert kept(services, alice) == ""


def test_a_lost_phone_hears_no_key_and_is_not_kept(services: Services, alice: Handset) -> None:
    services.writer.run(
        alice.participant,
        lambda connection: staff.report_lost(
            connection, services, alice.participant, reason="stolen", author=CAROL, at=services.environment.now()
        ),
    )
    answer = alice.sync(push=address())
    assert (answer.push_key, answer.push_held) == ("", "")
    assert kept(services, alice) == ""


def test_nothing_is_offered_where_no_push_service_is_named(settings: Settings) -> None:
    silent = push_services(Settings(**{**settings.model_dump(), "push_hosts": ""}))
    assert (silent.public, silent.may_carry(address())) == ("", False)
    assert not (settings.var_folder / "push.key").exists()


def test_a_server_without_https_does_not_push(settings: Settings) -> None:
    with pytest.raises(SettingInvalid):
        push_services(Settings(**{**settings.model_dump(), "public_url": "http://dagbog.example"}))


def test_a_named_port_and_this_very_machine_are_meant_as_written() -> None:
    here = PushServices(("127.0.0.1:8123",), None)
    assert here.may_carry(address("http://127.0.0.1:8123/push"))
    assert not here.may_carry(address("http://127.0.0.1:8124/push"))


def test_the_address_is_in_no_representation() -> None:
    assert "secret" not in repr(address())
