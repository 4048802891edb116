"""Many connections that send prepared requests as fast as they are answered, with little work of their own.

A general HTTP client costs more per request than the server under test; this one writes bytes that were made before
and reads an answer up to its stated length.
"""

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length:"
BROKEN = 0
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Answered:
    """One answer: HTTP status, body and how long it took from the first byte sent to the last one read."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Run:
    """All answers of one run, in the order of their requests, and how long everything took together."""

    answers: list[Answered]
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return len(self.answers) / self.seconds


def post(path: str, body: bytes, token: str = "", *, packed: bool = False) -> bytes:
    """A whole request, ready to be sent."""
    lines = [f"POST {path} HTTP/1.1", "host: bench", "content-type: application/json", f"content-length: {len(body)}"]
    if token:
        lines.append(f"authorization: Bearer {token}")
    if packed:
        lines += ["content-encoding: gzip", "accept-encoding: gzip"]
    return "\r\n".join(lines).encode() + HEAD_END + body


def send_all(ports: Sequence[int], requests: Sequence[bytes], connections: int) -> Run:
    """Send every request once over so many connections to loopback, and wait for all answers.

    `ports`: of servers that know the same; each gets its share of the connections, and a request goes to any of them.
    """
    return asyncio.run(_send_all(ports, requests, connections))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


async def _send_all(ports: Sequence[int], requests: Sequence[bytes], connections: int) -> Run:
    waiting = iter(enumerate(requests))
    answers: dict[int, Answered] = {}
    began = time.perf_counter()
    await asyncio.gather(
        *(_one_connection(ports[number % len(ports)], waiting, answers) for number in range(connections))
    )
    seconds = time.perf_counter() - began
    return Run([answers[number] for number in range(len(requests))], seconds)


async def _one_connection(port: int, waiting: Iterator[tuple[int, bytes]], answers: dict[int, Answered]) -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    transport, _ = await loop.create_connection(lambda: _Line(waiting, answers, done), "127.0.0.1", port)
    try:
        await done
    finally:
        transport.close()


class _Line(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last one is whole."""

    def __init__(
        self, waiting: Iterator[tuple[int, bytes]], answers: dict[int, Answered], done: "asyncio.Future[None]"
    ) -> None:
        self._waiting, self._answers, self._done = waiting, answers, done
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        head = self._buffer.find(HEAD_END)
        if head < 0:
            return
        start, size = head + len(HEAD_END), _stated_length(bytes(self._buffer[:head]))
        if len(self._buffer) < start + size:
            return
        seconds = time.perf_counter() - self._began
        self._answers[self._number] = Answered(
            int(self._buffer[9:12]), bytes(self._buffer[start : start + size]), seconds
        )
        self._buffer.clear()
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        found = next(self._waiting, None)
        if found is None:
            self._done.set_result(None)
            return
        self._number, request = found
        self._began = time.perf_counter()
        self._transport.write(request)


def _stated_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(LENGTH)
    return int(rest.split(b"\r\n", 1)[0])


async def ask(port: int, request: bytes) -> tuple[int, bytes, int | None]:
    """One request on a connection of its own: status, body, seconds of Retry-After; `BROKEN` when nothing came back."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return BROKEN, b"", None
    try:
        writer.write(request)
        return await asyncio.wait_for(_read_answer(reader), PATIENCE_SECONDS)
    except (OSError, EOFError, TimeoutError):
        return BROKEN, b"", None
    finally:
        writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes, int | None]:
    head = (await reader.readuntil(HEAD_END)).lower()
    body = await reader.readexactly(_stated_length(head))
    _, _, rest = head.partition(b"\r\nretry-after:")
    return int(head[9:12]), body, int(rest.split(b"\r\n", 1)[0]) if rest else None
