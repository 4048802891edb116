"""A mail server and a gateway for text messages, both real, on loopback; and evenings that pass quickly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice, with_mail
from tests.reminders.push_service import Browser, PushService


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Half past eleven on the night before the first evening."""
    return SimulatedEnvironment(datetime(2026, 11, 22, 22, 30, tzinfo=UTC))


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server that takes everything until it is told otherwise."""
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    """A gateway that takes everything until it is told otherwise."""
    gateway = SmsGateway()
    yield gateway
    gateway.close()


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service that takes everything until it is told otherwise."""
    service = PushService()
    yield service
    service.close()


@pytest.fixture
def browser(service: PushService) -> Browser:
    return Browser(service)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, post_office: PostOffice, gateway: SmsGateway) -> Settings:
    """A server with e-mail and text messages."""
    by_mail = with_mail(database_url, tmp_path / "var", post_office)
    return Settings(**{**by_mail.model_dump(), "sms_url": gateway.apprise_url})
