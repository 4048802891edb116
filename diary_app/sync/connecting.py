"""The way to a server, made at once and loaded when something is first sent.

httpx takes long to load in a browser, and nothing on the first screen needs it.
"""

from urllib.parse import urlsplit

from diary_app.core.enrolment_link import LOOPBACK
from diary_app.sync.transport import Answer, Transport


class LateTransport:
    """Loads the real transport with its first request."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._real: Transport | None = None

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """See `Transport.post`."""
        if self._real is None:
            from diary_app.sync.http_transport import transport_to  # noqa: PLC0415 - see the module

            self._real = transport_to(self._server_url)
        return await self._real.post(path, body, token)


def connect(server_url: str) -> LateTransport:
    """The transport of this platform. Raises ValueError for an address that would send answers in the clear."""
    url = urlsplit(server_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise ValueError(f"{server_url} is not an https address")
    return LateTransport(server_url)
