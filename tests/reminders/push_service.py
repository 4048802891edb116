"""A real push service on loopback, with browsers whose messages only they can read."""

import json
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from diary_app.core.sealing import from_base64, to_base64
from diary_app.core.wire import PushAddress
from server.key_files import CURVE, public_point
from tests.reminders.loopback import Loopback


class PushService(Loopback):
    """`answer`: a status, or `silence` or `redirect`. `headers`: sent with it. `during`: done before it answers."""

    def __init__(self) -> None:
        self.answer: int | str = 201
        self.headers: dict[str, str] = {"location": "https://push.example/messages/m-1"}
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.during: Callable[[], None] | None = None
        super().__init__()

    def serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.taken.append((request.path, headers, body))
        if self.during is not None:
            self.during()
        if self.answer == "silence":
            self.say_nothing()
            return
        redirect = {"location": f"http://{self.host}/elsewhere"}
        request.send_response(302 if self.answer == "redirect" else int(self.answer))
        for name, value in (redirect if self.answer == "redirect" else self.headers).items():
            request.send_header(name, value)
        request.send_header("content-length", "0")
        request.end_headers()


class Browser:
    """One subscription and the key that its messages are read with."""

    def __init__(self, service: PushService, path: str = "/push/alice") -> None:
        self._key = ec.generate_private_key(CURVE)
        self._secret = os.urandom(16)
        self.address = PushAddress(
            endpoint=f"http://{service.host}{path}",
            p256dh=to_base64(public_point(self._key)),
            auth=to_base64(self._secret),
        )

    def read(self, body: bytes) -> dict[str, str]:
        """What the service worker is handed."""
        plain = http_ece.decrypt(body, private_key=self._key, auth_secret=self._secret, version="aes128gcm")
        said: dict[str, str] = json.loads(plain)
        return said


def claims(headers: dict[str, str]) -> tuple[dict[str, Any], str]:
    """What the server says of itself (VAPID), and the public key it says it under."""
    kind, _, rest = headers["authorization"].partition(" ")
    assert kind == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    said: dict[str, Any] = json.loads(from_base64(parts["t"].split(".")[1]))
    return said, parts["k"]
