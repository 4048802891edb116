"""The one real transport: httpx on every platform, natively over sockets and in a browser over its own fetch."""

import sys
from collections.abc import Callable, Iterator

import httpx

from diary_app.core.wire import deflate
from diary_app.sync.transport import Answer, ServerTooSlow, ServerUnreachable
from diary_app.sync.trouble import Hindered, Hindrance

_NOT_PROVEN: tuple[type[BaseException], ...] = ()
_CUT_OFF: tuple[type[BaseException], ...] = ()
if sys.platform == "emscripten":
    from diary_app.sync.fetch_transport import FetchTransport, has_network
else:
    import ssl  # a browser does without, and hides why a connection failed

    _NOT_PROVEN = (ssl.SSLError,)
    _CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError)  # nobody said anything wrong: the line was lost

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
WORTH_COMPRESSING = 1000
#: A proxy or a network asks to log in.
LOG_IN_FIRST = frozenset({407, 511})


def nobody_knows() -> bool:
    """A native app is not told whether there is a network."""
    return False


class HttpTransport:
    """Posts over an httpx client that knows the server's address; `has_network` where somebody tells."""

    def __init__(self, client: httpx.AsyncClient, has_network: Callable[[], bool] = nobody_knows) -> None:
        self._client = client
        self._has_network = has_network

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
            raise self._unreachable(error) from error
        _require_reply(answer)
        return Answer(answer.status_code, answer.content, seconds_of(answer.headers.get("retry-after")))

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    def _unreachable(self, error: httpx.TransportError | httpx.DecodingError) -> ServerUnreachable:
        why = str(error) or type(error).__name__
        if any(isinstance(one, _NOT_PROVEN) and not isinstance(one, _CUT_OFF) for one in _led_to(error)):
            return Hindered(Hindrance.NOT_PROVEN, why)
        if isinstance(error, httpx.ConnectError) and self._has_network():
            return Hindered(Hindrance.NO_ANSWER, why)
        return ServerUnreachable(why)


def transport_to(server_url: str) -> HttpTransport:
    """The transport of this platform, for an address that `connecting.connect` has looked at."""
    if sys.platform == "emscripten":
        return HttpTransport(
            httpx.AsyncClient(base_url=server_url, timeout=TIMEOUT, transport=FetchTransport(), trust_env=False),
            has_network,
        )
    return HttpTransport(httpx.AsyncClient(base_url=server_url, timeout=TIMEOUT))


def _led_to(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _require_reply(answer: httpx.Response) -> None:
    """A network that wants one to log in first answers in the server's place: with a page, or by pointing elsewhere.

    A page beside an error may be a proxy that speaks for the server; `replies.py` tells those apart.
    """
    is_page = answer.is_success and "html" in answer.headers.get("content-type", "")
    if is_page or 300 <= answer.status_code < 400 or answer.status_code in LOG_IN_FIRST:
        why = f"something else answered in place of the server (status {answer.status_code})"
        raise Hindered(Hindrance.ANOTHER_ANSWERED, why)


def seconds_of(header: str | None) -> int | None:
    """Retry-After in its form as seconds; the form as a date is left to the back-off."""
    return int(header[:9]) if header is not None and header.isdecimal() else None
