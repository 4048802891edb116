"""A real HTTP gateway for text messages on loopback, with good and bad days."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.reminders.loopback import Loopback


class SmsGateway(Loopback):
    """`answer`: a status, or `garbage`, `silence` or `redirect`."""

    def __init__(self) -> None:
        self.answer: int | str = 200
        self.taken: list[dict[str, Any]] = []
        self.asked: list[str] = []
        super().__init__()

    @property
    def apprise_url(self) -> str:
        return f"json://{self.host}/send/{{digits}}/"

    def serve(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        said = json.loads(body)
        self.asked.append(request.path)
        match self.answer:
            case "silence":
                self.say_nothing()
            case "garbage":
                request.wfile.write(b"\x00\x01 this is no HTTP \xff\r\n\r\n")
            case "redirect":
                request.send_response(302)
                request.send_header("location", "/elsewhere/")
                request.end_headers()
            case int() as status:
                if status < 300:
                    self.taken.append({"path": request.path, **said})
                request.send_response(status)
                if status == 429:
                    request.send_header("retry-after", "120")
                request.send_header("content-length", "0")
                request.end_headers()
