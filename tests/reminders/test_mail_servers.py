"""Mail servers as they are: with TLS and log-in, with and without pipelining, closing, hanging and talking nonsense."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.reminders.smtp import Smtp
from server.settings import Settings
from tests.reminders.post_office import IMPATIENCE_SECONDS, OWN_NAME, PATIENCE_SECONDS, PostOffice, free_port

USUAL = {"EHLO": "250 there", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 Ok: queued as 4F2A-77"}
PIPELINING = {**USUAL, "EHLO": "250-there\r\n250 PIPELINING"}


def letter(address: str = "alice@example.org") -> Letter:
    at = datetime(2026, 11, 23, 19, tzinfo=UTC)
    return Letter(address, "0" * 32, "Din dagbog venter", "Dagbog: Din dagbog venter.\n.dk\nslut\n", "Dagbog", at)


def settings(port: int, **given: Any) -> Settings:
    values = {
        "smtp_security": "none", "smtp_sender": "dagbog@post.example", "message_timeout_seconds": PATIENCE_SECONDS,
        **given,
    }  # fmt: skip
    return Settings(smtp_host="127.0.0.1", smtp_port=port, **values)


def send(port: int, *addresses: str, **given: Any) -> list[Outcome]:
    """In one session."""
    with Smtp(settings(port, **given)).session() as session:
        return [session.send(letter(address)) for address in addresses or ("alice@example.org",)]


@contextmanager
def scripted(answers: Mapping[str, str | None]) -> Iterator[tuple[int, list[str]]]:
    """A server that says what it is told to each command; None: nothing, and `!`: it hangs up. With what it heard."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        thread = Thread(target=serve, args=(listening, answers, heard), daemon=True)
        thread.start()
        yield listening.getsockname()[1], heard


def serve(listening: socket.socket, answers: Mapping[str, str | None], heard: list[str]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            talk(stream, answers, heard)


def talk(stream: Any, answers: Mapping[str, str | None], heard: list[str]) -> None:
    reply(stream, answers.get("greeting", "220 hello"))
    within = False
    for line in stream:
        text = line.decode().rstrip("\r\n")
        heard.append(text)
        if within and text != ".":
            continue
        word = "." if within else text[:4].upper()
        said = answers.get(word, "250 ok")
        if said == "!":
            return
        within = word == "DATA" and said is not None and said.startswith("354")
        reply(stream, said)
        if word == "QUIT":
            return


def reply(stream: Any, said: str | None) -> None:
    if said is not None:
        stream.write(f"{said}\r\n".encode())
        stream.flush()


@pytest.mark.parametrize("answers", [USUAL, PIPELINING], ids=["step by step", "pipelining"])
def test_a_message_arrives_as_it_was_written(answers: Mapping[str, str]) -> None:
    with scripted(answers) as (port, heard):
        assert send(port, "alice@example.org", "bob@example.org") == [Sent("4F2A-77")] * 2
    assert heard.count("MAIL FROM:<dagbog@post.example>") == 2
    assert "RCPT TO:<bob@example.org>" in heard
    assert heard.count("..dk") == 2  # a dot at the head of a line is none of the protocol's
    assert heard[heard.index("..dk") + 1 :][:2] == ["slut", "."]


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize(
    ("word", "said", "expected"),
    [
        ("RCPT", "550 no such user", NotSent(Trouble.RECIPIENT_REFUSED, final=True)),
        ("RCPT", "550 5.1.1 no such user", NotSent(Trouble.RECIPIENT_REFUSED, final=True)),
        ("RCPT", "554 5.7.1 relay access denied", NotSent(Trouble.SENDER_REFUSED, final=True)),
        ("RCPT", "450 4.7.1 greylisted", NotSent(Trouble.TRY_LATER)),
        ("MAIL", "550 not from you", NotSent(Trouble.SENDER_REFUSED)),
        (".", "554 looks like spam", NotSent(Trouble.CONTENT_REFUSED, final=True)),
        (".", "452 disk full", NotSent(Trouble.TRY_LATER)),
        ("DATA", "554 no", NotSent(Trouble.CONTENT_REFUSED, final=True)),
        ("MAIL", "blah", NotSent(Trouble.ANSWER_UNREADABLE)),
        (".", "9999999", NotSent(Trouble.ANSWER_UNREADABLE)),
    ],
)
def test_a_refusal_is_understood_and_the_next_message_goes_on(
    word: str, said: str, expected: NotSent, pipelining: bool
) -> None:
    with scripted({**(PIPELINING if pipelining else USUAL), word: said}) as (port, heard):
        assert send(port, "alice@example.org", "bob@example.org") == [expected] * 2
    assert heard.count("MAIL FROM:<dagbog@post.example>") == 2


def test_a_server_that_goes_on_after_a_refusal_delivers_to_nobody() -> None:
    with scripted({**PIPELINING, "RCPT": "550 no"}) as (port, heard):
        send(port)
    start = heard.index("DATA")
    assert heard[start + 1 : start + 3] == [".", "rset"]


@pytest.mark.parametrize("answer", ["!", "421 too busy"])
def test_a_connection_that_is_closed_is_made_again_once(answer: str) -> None:
    with scripted({**USUAL, "MAIL": answer}) as (port, heard):
        assert send(port, *["alice@example.org"] * 2) == [NotSent(Trouble.CONNECTION_LOST)] * 2
    assert sum(text.startswith(("EHLO", "ehlo")) for text in heard) == 2


def test_an_idle_connection_that_was_closed_costs_no_message(post_office: PostOffice) -> None:
    with Smtp(settings(post_office.port)).session() as session:
        assert isinstance(session.send(letter()), Sent)
        post_office.close()
        post_office.open()
        assert isinstance(session.send(letter()), Sent)
    assert len(post_office.raw) == 2


@pytest.mark.parametrize(
    ("answers", "trouble", "patience"),
    [
        ({"greeting": None}, Trouble.TIMED_OUT, IMPATIENCE_SECONDS),
        ({"greeting": "HTTP/1.1 400 Bad Request"}, Trouble.ANSWER_UNREADABLE, PATIENCE_SECONDS),
        ({"greeting": "554 go away"}, Trouble.ANSWER_UNREADABLE, PATIENCE_SECONDS),
        ({"greeting": "421 4.3.2 too busy"}, Trouble.TRY_LATER, PATIENCE_SECONDS),
    ],
)
def test_a_server_that_hangs_or_babbles_is_asked_once_in_a_batch(
    answers: Mapping[str, str | None], trouble: Trouble, patience: int
) -> None:
    with scripted(answers) as (port, _):
        five = ["alice@example.org"] * 5
        assert send(port, *five, message_timeout_seconds=patience) == [NotSent(trouble)] * 5


@pytest.mark.parametrize(
    ("said", "then"), [(None, NotSent(Trouble.TIMED_OUT)), ("!", NotSent(Trouble.ANSWER_LOST))], ids=["hangs", "gone"]
)
def test_what_may_have_been_taken_is_not_sent_again_at_once(said: str | None, then: NotSent) -> None:
    with scripted({**USUAL, ".": said}) as (port, heard):
        made = send(port, *["alice@example.org"] * 3, message_timeout_seconds=IMPATIENCE_SECONDS)
    assert made == [NotSent(Trouble.ANSWER_LOST), then, then]
    assert heard.count(".") == (1 if said is None else 3)


def test_nobody_there_is_asked_once_in_a_batch() -> None:
    assert send(free_port(), *["alice@example.org"] * 3) == [NotSent(Trouble.UNREACHABLE)] * 3


def test_without_starttls_nothing_is_said_in_the_clear() -> None:
    with scripted(USUAL) as (port, heard):
        assert send(port, smtp_security="starttls", smtp_user="u", smtp_password="p") == [NotSent(Trouble.TLS_FAILED)]
    assert [text for text in heard if text[:4].upper() not in ("EHLO", "QUIT", "HELO")] == []


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


@contextmanager
def protected(certificate: trustme.LeafCert, security: str) -> Iterator[tuple[int, PostOffice]]:
    """A mail server with that certificate that knows one log-in."""
    office, context = PostOffice(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    own = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    log_in: Callable[..., AuthResult] = lambda *words: AuthResult(success=words[4].password == b"right", handled=False)  # noqa: E731
    more = {"authenticator": log_in, "auth_required": True, "auth_require_tls": security != "tls"}
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        server_hostname=OWN_NAME,
        ready_timeout=PATIENCE_SECONDS,
        **own,
        **more,
    )
    controller.start()
    try:
        yield office.port, office
    finally:
        controller.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # that all of it is within TLS the server does not see
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("password", "expected"), [("right", Sent), ("wrong", NotSent)])
def test_with_tls_and_log_in(authority: trustme.CA, security: str, password: str, expected: type) -> None:
    with protected(authority.issue_cert("127.0.0.1"), security) as (port, office):
        (outcome,) = send(port, smtp_security=security, smtp_user="dagbog", smtp_password=password)
    assert isinstance(outcome, expected)
    assert len(office.raw) == (1 if expected is Sent else 0)
    if isinstance(outcome, NotSent):
        assert outcome == NotSent(Trouble.LOG_IN_REFUSED, retry_after=timedelta(minutes=15))


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_somebody_else_is_not_believed(authority: trustme.CA, security: str) -> None:
    with protected(trustme.CA().issue_cert("127.0.0.1"), security) as (port, office):
        assert send(port, smtp_security=security) == [NotSent(Trouble.TLS_FAILED)]
    assert office.raw == []
