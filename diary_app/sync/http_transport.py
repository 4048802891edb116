"""The one real transport: httpx on every platform, natively over sockets and in a browser over its own fetch."""

import sys

import httpx

from diary_app.core.wire import deflate
from diary_app.sync.transport import Answer, ServerTooSlow, ServerUnreachable

if sys.platform == "emscripten":
    from diary_app.sync.fetch_transport import FetchTransport

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
WORTH_COMPRESSING = 1000


class HttpTransport:
    """Posts over an httpx client that knows the server's address."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, body: bytes, token: str | None = None) -> Answer:
        """See `Transport.post`."""
        headers = {"content-type": "application/json"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if len(body) >= WORTH_COMPRESSING:
            headers["content-encoding"] = "gzip"
            body = deflate(body)
        try:
            answer = await self._client.post(path, content=body, headers=headers)
        except httpx.TimeoutException as error:
            raise ServerTooSlow(str(error) or type(error).__name__) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise ServerUnreachable(str(error) or type(error).__name__) from error
        return Answer(answer.status_code, answer.content, seconds_of(answer.headers.get("retry-after")))

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()


def transport_to(server_url: str) -> HttpTransport:
    """The transport of this platform, for an address that `connecting.connect` has looked at."""
    if sys.platform == "emscripten":
        return HttpTransport(
            httpx.AsyncClient(base_url=server_url, timeout=TIMEOUT, transport=FetchTransport(), trust_env=False)
        )
    return HttpTransport(httpx.AsyncClient(base_url=server_url, timeout=TIMEOUT))


def seconds_of(header: str | None) -> int | None:
    """Retry-After in its form as seconds; the form as a date is left to the back-off."""
    return int(header[:9]) if header is not None and header.isdecimal() else None
