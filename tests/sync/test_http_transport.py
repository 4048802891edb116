"""Requests as they leave the phone, and every way in which a network fails, under one name."""

import asyncio
import ssl
import subprocess
import tomllib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from diary_app import VERSION
from diary_app.core.wire import inflate
from diary_app.sync.connecting import connect
from diary_app.sync.http_transport import HttpTransport, transport_to
from diary_app.sync.transport import Answer, ServerTooSlow, ServerUnreachable
from diary_app.sync.trouble import Hindered, Hindrance

Handler = Callable[[httpx.Request], httpx.Response]


def over(handler: Handler) -> HttpTransport:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="https://diary.example")
    return HttpTransport(client)


async def test_request_carries_token_and_type() -> None:
    seen: list[httpx.Request] = []
    transport = over(lambda request: seen.append(request) or httpx.Response(200, content=b"{}"))
    assert await transport.post("/api/v1/sync", b"{}", "secret") == Answer(200, b"{}")
    assert str(seen[0].url) == "https://diary.example/api/v1/sync"
    assert (seen[0].headers["authorization"], seen[0].headers["content-type"]) == ("Bearer secret", "application/json")
    assert (seen[0].content, "content-encoding" in seen[0].headers) == (b"{}", False)


async def test_enrolment_carries_no_token() -> None:
    seen: list[httpx.Request] = []
    await over(lambda request: seen.append(request) or httpx.Response(200)).post("/api/v1/enrol", b"{}")
    assert "authorization" not in seen[0].headers


async def test_large_body_travels_compressed() -> None:
    seen: list[httpx.Request] = []
    body = b'{"records":"' + b"diary " * 1000 + b'"}'
    await over(lambda request: seen.append(request) or httpx.Response(200)).post("/", body)
    assert seen[0].headers["content-encoding"] == "gzip"
    assert len(seen[0].content) < len(body) / 10
    assert inflate(seen[0].content) == body


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("odd"), httpx.WriteError("")],
)
async def test_every_failure_of_the_network_is_unreachable(error: httpx.TransportError) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(ServerUnreachable, match=str(error) or "WriteError"):
        await over(fail).post("/", b"{}")


@pytest.mark.parametrize(
    ("error", "is_slow"),
    [(httpx.ReadTimeout("slow"), True), (httpx.ConnectTimeout("slow"), True), (httpx.ConnectError("refused"), False)],
)
async def test_a_network_that_took_too_long_is_told_from_one_that_is_away(
    error: httpx.TransportError, is_slow: bool
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(ServerUnreachable) as failed:
        await over(fail).post("/", b"{}")
    assert isinstance(failed.value, ServerTooSlow) is is_slow


async def test_answer_that_cannot_be_unpacked_is_unreachable() -> None:
    broken = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))
    with pytest.raises(ServerUnreachable):
        await over(lambda _: broken).post("/", b"{}")


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("Sun, 22 Nov 2026 19:00:00 GMT", None), ("-5", None)])
async def test_retry_after_is_read_in_seconds(header: str, seconds: int | None) -> None:
    transport = over(lambda _: httpx.Response(503, headers={"retry-after": header}))
    assert (await transport.post("/", b"{}")).retry_after == seconds


PAGE = {"content-type": "text/html; charset=utf-8"}
ELSEWHERE = {"location": "https://mallory.example/"}


@pytest.mark.parametrize(
    "said",
    [
        httpx.Response(200, headers=PAGE, content=b"<html>Welcome to the hotel</html>"),
        httpx.Response(302, headers=ELSEWHERE),
        httpx.Response(307, headers=ELSEWHERE),
        httpx.Response(511, headers=PAGE, content=b"<html>Log in</html>"),
    ],
    ids=["a page", "found", "temporary", "log in"],
)
async def test_a_log_in_page_is_no_reply_and_gets_no_token(said: httpx.Response) -> None:
    seen: list[str] = []
    with pytest.raises(Hindered) as failed:
        await over(lambda request: seen.append(request.url.host) or said).post("/", b"{}", "secret")
    assert (failed.value.hindrance, seen) == (Hindrance.ANOTHER_ANSWERED, ["diary.example"])


@pytest.mark.parametrize("status", [413, 502, 503])
async def test_a_page_beside_an_error_is_left_to_whoever_reads_replies(status: int) -> None:
    said = httpx.Response(status, headers=PAGE, content=b"<html>says nginx</html>")
    assert (await over(lambda _: said).post("/", b"{}")).status == status


@pytest.mark.parametrize(("knows", "hindrance"), [(True, Hindrance.NO_ANSWER), (False, None)])
async def test_where_a_network_is_known_of_it_is_said_that_the_study_is_behind_it(
    knows: bool, hindrance: Hindrance | None
) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Failed to fetch")

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuse), base_url="https://diary.example")
    with pytest.raises(ServerUnreachable) as failed:
        await HttpTransport(client, lambda: knows).post("/", b"{}")
    assert getattr(failed.value, "hindrance", None) == hindrance


@pytest.fixture
def nobody_vouches(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that its holder made."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=hotel -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture
async def self_made(nobody_vouches: ssl.SSLContext) -> AsyncIterator[str]:
    """The address of a server with it."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=nobody_vouches)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_certificate_that_proves_nothing_is_told_from_no_network(self_made: str) -> None:
    transport = transport_to(self_made)
    with pytest.raises(Hindered) as failed:
        await transport.post("/", b"{}", "secret")
    await transport.aclose()
    assert failed.value.hindrance is Hindrance.NOT_PROVEN


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.close()


async def test_a_line_that_was_lost_while_proving_says_nothing_of_who_answered() -> None:
    """A server that starts anew, or a train in a tunnel: neither is a network that is not safe."""
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    transport = transport_to(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(ServerUnreachable) as failed:
        await transport.post("/", b"{}", "secret")
    await transport.aclose()
    server.close()
    assert not isinstance(failed.value, Hindered)


@pytest.mark.parametrize("url", ["http://diary.example", "ftp://diary.example", "diary.example"])
def test_answers_never_travel_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="not an https address"):
        connect(url)


@pytest.mark.parametrize("url", ["https://diary.example", "http://127.0.0.1:8000", "http://localhost:8000"])
async def test_https_and_this_machine_are_connected(url: str) -> None:
    assert connect(url) is not None
    await transport_to(url).aclose()


def test_version_of_the_app_is_that_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
