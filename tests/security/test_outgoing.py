"""What phones name is no way into the house: the address that a connection arrives at counts, at every look-up."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from diary_app.core.sealing import to_base64
from diary_app.core.wire import PushAddress
from server.key_files import CURVE, public_point
from server.push_services import PushServices, push_services
from server.reminders.channel import Letter, NotSent, Trouble
from server.reminders.outside import is_outside
from server.reminders.web_push import WebPush
from server.settings import Settings

INSIDE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "224.0.0.1", "239.1.1.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1",
    "::127.0.0.1", "::9.9.9.9", "64:ff9b:1::a00:1", "fec0::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_the_house_is_known_in_every_clothing(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "2606:4700::1111", "::ffff:9.9.9.9", "64:ff9b::909:909", "2002:909:909::1"]
)
def test_an_address_of_the_internet_is_one(address: str) -> None:
    assert is_outside(address)


class Listener:
    """A machine of the house, and every byte that it was sent."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard, self.ended = b"", threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        connected, _ = self._socket.accept()
        with connected:
            self.heard = connected.recv(100)
        self.ended.set()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_a_name_that_leads_elsewhere_at_the_second_look_is_told_nothing(
    tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    def look_up(host: str, port: Any, *_more: Any, **_named: Any) -> list[Any]:
        looked.append(host)
        found = "9.9.9.9" if len(looked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port or 0))]

    place = f"push.example:{listener.port}"
    settings = Settings(
        var_folder=tmp_path, public_url="https://dagbog.example", push_hosts=place, message_timeout_seconds=2
    )
    known = public_point(ec.generate_private_key(CURVE))
    address = PushAddress(endpoint=f"https://{place}/push", p256dh=to_base64(known), auth=to_base64(b"a" * 16))
    services: PushServices = push_services(settings)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    letter = Letter(
        address.model_dump_json(), "a" * 32, "Din dagbog venter", "…", "Dagbog", datetime(2026, 11, 22, tzinfo=UTC)
    )
    with WebPush(settings, services).session() as session:
        assert session.send(letter) == NotSent(Trouble.UNREACHABLE)
    assert listener.ended.wait(5), "it was looked up a second time, and reached"
    assert (len(looked), listener.heard) == (2, b"")
