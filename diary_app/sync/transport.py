"""The seam between the sync engine and the network: one method that posts bytes and returns what came back."""

from dataclasses import dataclass
from typing import Protocol


class ServerUnreachable(Exception):
    """No usable answer: no network, no server, a time-out, or something between that is not our server."""


class ServerTooSlow(ServerUnreachable):
    """There is a network, and it did not carry the request and its answer in the time that is waited."""


@dataclass(frozen=True)
class Answer:
    """What came back. `retry_after`: seconds, when the answer named them outside its body."""

    status: int
    body: bytes
    retry_after: int | None = None


class Transport(Protocol):
    """How requests travel."""

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """Post JSON with the token as bearer. Raises `ServerUnreachable`."""
        ...
