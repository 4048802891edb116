"""Reminders pushed to browsers: only they can read them, and only push services that were named are talked to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.wire import PushAddress
from server.push_services import PushServices, push_services
from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.reminders.web_push import WebPush
from server.settings import Settings
from tests.reminders.post_office import IMPATIENCE_SECONDS, PATIENCE_SECONDS
from tests.reminders.push_service import Browser, PushService, claims


@pytest.fixture
def settings(tmp_path: Path, service: PushService) -> Settings:
    return Settings(
        var_folder=tmp_path,
        public_url="https://dagbog.example",
        push_hosts=service.host,
        message_timeout_seconds=PATIENCE_SECONDS,
    )


@pytest.fixture
def services(settings: Settings) -> PushServices:
    return push_services(settings)


def push(settings: Settings, services: PushServices, address: PushAddress) -> Outcome:
    with WebPush(settings, services).session() as session:
        return session.send(_letter(address))


def _letter(address: PushAddress) -> Letter:
    at = datetime(2026, 11, 22, 18, tzinfo=UTC)
    return Letter(address.model_dump_json(), "a" * 32, "Din dagbog venter på dig", "…", "Dagbog", at)


def test_only_the_browser_can_read_it(
    settings: Settings, services: PushServices, service: PushService, browser: Browser
) -> None:
    assert push(settings, services, browser.address) == Sent("m-1")
    ((path, headers, body),) = service.taken
    assert path == "/push/alice"
    assert b"venter" not in body
    assert browser.read(body) == {"title": "Dagbog", "words": "Din dagbog venter på dig"}
    assert (headers["content-encoding"], headers["ttl"], headers["topic"]) == ("aes128gcm", "3600", "a" * 32)
    assert headers["urgency"] == "high"  # else a phone that lies still hears of it hours later
    with pytest.raises(Exception, match="Decryption error"):
        Browser(service).read(body)


def test_the_server_says_who_it_is_and_no_more(
    settings: Settings, services: PushServices, service: PushService, browser: Browser
) -> None:
    push(settings, services, browser.address)
    said, key = claims(service.taken[0][1])
    assert (said["sub"], said["aud"]) == ("https://dagbog.example", f"http://{service.host}")
    assert key == services.public


@pytest.mark.parametrize("address", ["https://dagbog.example:8443", "https://dagbog", "http://127.0.0.1:8000"])
def test_whatever_address_the_server_has_it_can_say_who_it_is(
    settings: Settings, services: PushServices, service: PushService, browser: Browser, address: str
) -> None:
    elsewhere = settings.model_copy(update={"public_url": address})
    assert push(elsewhere, services, browser.address) == Sent("m-1")
    assert claims(service.taken[0][1])[0]["sub"] == address


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (410, NotSent(Trouble.RECIPIENT_REFUSED, final=True)),
        (404, NotSent(Trouble.RECIPIENT_REFUSED, final=True)),
        (400, NotSent(Trouble.CONTENT_REFUSED, final=True)),
        (413, NotSent(Trouble.CONTENT_REFUSED, final=True)),
        (500, NotSent(Trouble.PROVIDER_FAULT)),
        ("silence", NotSent(Trouble.TIMED_OUT)),
        ("redirect", NotSent(Trouble.REDIRECTED, final=True)),
    ],
)
def test_what_a_push_service_answers(
    settings: Settings,
    services: PushServices,
    service: PushService,
    browser: Browser,
    answer: int | str,
    outcome: Outcome,
) -> None:
    service.answer = answer
    if answer == "silence":
        settings = settings.model_copy(update={"message_timeout_seconds": IMPATIENCE_SECONDS})
    assert push(settings, services, browser.address) == outcome
    assert len(service.taken) == 1


@pytest.mark.parametrize(
    ("said", "waits"),
    [("90", timedelta(seconds=90)), ("999999999", timedelta(minutes=30)), ("soon", timedelta(minutes=2))],
)
def test_a_push_service_may_ask_for_patience_but_not_for_ever(
    settings: Settings, services: PushServices, service: PushService, browser: Browser, said: str, waits: timedelta
) -> None:
    service.answer, service.headers = 429, {"retry-after": said}
    assert push(settings, services, browser.address) == NotSent(Trouble.TRY_LATER, retry_after=waits)


def test_a_push_service_that_is_down(settings: Settings, services: PushServices, browser: Browser) -> None:
    down = browser.address.model_copy(update={"endpoint": "http://127.0.0.1:9/push"})
    anywhere = PushServices(("127.0.0.1:9",), services.private)
    assert push(settings, anywhere, down) == NotSent(Trouble.UNREACHABLE)


def test_a_push_service_that_hangs_keeps_nobody_waiting_and_another_one_is_asked_all_the_same(
    settings: Settings, services: PushServices, service: PushService, browser: Browser
) -> None:
    other = PushService()
    anywhere = PushServices((service.host, other.host), services.private)
    service.answer = "silence"
    impatient = settings.model_copy(update={"message_timeout_seconds": IMPATIENCE_SECONDS})
    with WebPush(impatient, anywhere).session() as session:
        made = [session.send(_letter(browser.address)) for _ in range(5)]
        there = session.send(_letter(Browser(other).address))
    other.close()
    assert made == [NotSent(Trouble.TIMED_OUT)] * 3 + [NotSent(Trouble.UNREACHABLE)] * 2
    assert (len(service.taken), there) == (3, Sent("m-1"))


def test_an_address_at_a_service_that_is_no_longer_named(
    settings: Settings, services: PushServices, service: PushService, browser: Browser
) -> None:
    none = PushServices(("push.example",), services.private)
    assert push(settings, none, browser.address) == NotSent(Trouble.NOT_SET_UP, final=True)
    assert service.taken == []


def test_a_name_that_leads_into_the_house_is_not_followed(
    settings: Settings, services: PushServices, browser: Browser
) -> None:
    for inside in ("10.0.0.1", "169.254.169.254", "[::1]"):
        address = browser.address.model_copy(update={"endpoint": f"https://{inside}/push"})
        named = PushServices((inside,), services.private)
        assert push(settings, named, address) == NotSent(Trouble.REDIRECTED, final=True)


@pytest.mark.parametrize(
    "changed", [{"p256dh": "B" * 87}, {"p256dh": ""}, {"auth": ""}, {"auth": "AAAA"}, {"auth": "!"}]
)
def test_keys_that_are_none_reach_nobody(
    settings: Settings, services: PushServices, service: PushService, browser: Browser, changed: dict[str, str]
) -> None:
    address = browser.address.model_copy(update=changed)
    assert push(settings, services, address) == NotSent(Trouble.NOT_SET_UP, final=True)
    assert service.taken == []


def test_a_proxy_of_the_surroundings_is_not_used(
    settings: Settings, services: PushServices, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert push(settings, services, browser.address) == Sent("m-1")


def test_the_log_names_no_address(
    settings: Settings,
    services: PushServices,
    service: PushService,
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    for answer in (201, 410, 500):
        service.answer = answer
        push(settings, services, browser.address)
    assert "/push/alice" not in caplog.text
