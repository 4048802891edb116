"""E-mail by SMTP: one connection for a batch, made for its first message and made again once when it is lost."""

import re
import smtplib
import ssl
from binascii import b2a_qp
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import lru_cache

from server.reminders.channel import Letter, NotSent, Outcome, Sent, Trouble
from server.settings import Settings

#: Only what cannot be a part of an address.
_QUEUED_AS = re.compile(
    rb"(?:queued as |\bid=|\bok:? (?=[\w-]{16}))([A-Za-z0-9][\w-]{3,63})(?![\w.+-]*@)", re.IGNORECASE
)
_TO, _MARK = b"to@placeholder.invalid", b"<mark@placeholder.invalid>"

#: Many mail servers shut out who comes again and again with a wrong password.
_LOG_IN_WAITS = timedelta(minutes=15)
_TAKEN, _FORWARDED, _GO_ON, _CLOSING, _FOR_GOOD = 250, 251, 354, 421, 500
#: How a refusal reads that is about who sends, not about the address: by its code (RFC 3463), else in the words in use.
_BY_POLICY = re.compile(rb"^5\.7\.|^5\.1\.[78]|relay|rcpthosts|authenticat", re.IGNORECASE)


@dataclass(frozen=True)
class _Step:
    """One command before the message itself, and whom a refusal concerns."""

    accepted: frozenset[int]
    trouble: Trouble


_STEPS = (
    _Step(frozenset({_TAKEN}), Trouble.SENDER_REFUSED),
    _Step(frozenset({_TAKEN, _FORWARDED}), Trouble.RECIPIENT_REFUSED),
    _Step(frozenset({_GO_ON}), Trouble.CONTENT_REFUSED),
)


@dataclass(frozen=True)
class Smtp:
    """The mail server of the settings."""

    settings: Settings

    @contextmanager
    def session(self) -> Iterator["SmtpSession"]:
        """See `Channel.session`."""
        opened = SmtpSession(self.settings)
        try:
            yield opened
        finally:
            opened.close()


class SmtpSession:
    """One connection. A server that cannot be reached is not asked again in the same batch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: smtplib.SMTP | None = None
        self._down: NotSent | None = None

    def send(self, letter: Letter) -> Outcome:
        """See `Session.send`."""
        fresh = self._connection is None
        outcome = self._try(letter)
        if not (isinstance(outcome, NotSent) and outcome.trouble is Trouble.CONNECTION_LOST):
            return outcome
        self._forget()
        return outcome if fresh else self._try(letter)  # one that was idle, or used for long, may have been closed

    def close(self) -> None:
        """Take leave; a server that is gone is not waited for."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def _try(self, letter: Letter) -> Outcome:
        if self._down:
            return self._down
        try:
            self._connection = self._connection or self._connect()
        except (OSError, smtplib.SMTPException) as error:
            self._down = _trouble_connecting(error)
            return self._down
        try:
            return self._hand_over(self._connection, letter)
        except _AnswerLost as lost:
            if lost.is_down:
                self._down = NotSent(Trouble.TIMED_OUT)
            self._forget()
            return NotSent(Trouble.ANSWER_LOST)
        except (OSError, smtplib.SMTPException) as error:
            if _hung(error):
                self._down = NotSent(Trouble.TIMED_OUT)
            self._forget()
            odd = isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected)
            return self._down or NotSent(Trouble.ANSWER_UNREADABLE if odd else Trouble.CONNECTION_LOST)

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        host, port, timeout = str(settings.smtp_host), settings.smtp_port, settings.message_timeout_seconds
        own_name = settings.smtp_sender.rpartition("@")[2]
        if settings.smtp_security == "tls":
            context = ssl.create_default_context()
            made: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own_name, timeout=timeout, context=context)
        else:
            made = smtplib.SMTP(host, port, own_name, timeout=timeout)
        try:
            made.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                made.starttls(context=ssl.create_default_context())
            if settings.smtp_user and settings.smtp_password:
                made.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        except (OSError, smtplib.SMTPException):
            made.close()
            raise
        return made

    def _hand_over(self, connection: smtplib.SMTP, letter: Letter) -> Outcome:
        sender = self._settings.smtp_sender
        replies = _say(connection, (f"MAIL FROM:<{sender}>", f"RCPT TO:<{letter.address}>", "DATA"))
        refused = next(
            ((step, *reply) for step, reply in zip(_STEPS, replies, strict=False) if reply[0] not in step.accepted),
            None,
        )
        if refused is not None:
            step, code, answer = refused
            _leave_it(connection, replies[-1][0])
            about_us = code >= _FOR_GOOD and _BY_POLICY.search(answer) and step.trouble is Trouble.RECIPIENT_REFUSED
            return NotSent(Trouble.SENDER_REFUSED, final=True) if about_us else _refused(code, step.trouble)
        connection.send(written(letter, sender).replace(b"\r\n.", b"\r\n..") + b".\r\n")
        code, answer = _last_answer(connection)
        if code != _TAKEN:
            return _refused(code, Trouble.CONTENT_REFUSED)
        found = _QUEUED_AS.search(answer)
        return Sent(found[1].decode("ascii", "replace") if found else "")


class _AnswerLost(Exception):
    """The server has the whole message and did not say whether it took it. `is_down`: it was waited for in vain."""

    def __init__(self, is_down: bool) -> None:
        super().__init__()
        self.is_down = is_down


def _last_answer(connection: smtplib.SMTP) -> tuple[int, bytes]:
    try:
        return connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise _AnswerLost(_hung(error)) from error


def _say(connection: smtplib.SMTP, commands: Sequence[str]) -> list[tuple[int, bytes]]:
    """The answers: to all in one round where the server allows it, else up to the first refusal."""
    if connection.has_extn("pipelining"):
        connection.send("".join(f"{command}\r\n" for command in commands))
        return [connection.getreply() for _ in commands]
    replies: list[tuple[int, bytes]] = []
    for command, step in zip(commands, _STEPS, strict=True):
        replies.append(connection.docmd(command))
        if replies[-1][0] not in step.accepted:
            break
    return replies


def _leave_it(connection: smtplib.SMTP, last: int) -> None:
    """Be ready for the next message; a server that went on after a refusal gets an empty one for nobody."""
    with suppress(OSError, smtplib.SMTPException):
        if last == _GO_ON:
            connection.send(".\r\n")
            connection.getreply()
        connection.rset()


def written(letter: Letter, sender: str) -> bytes:
    """The message as it goes over the wire, in ASCII and short lines: not every server takes anything else."""
    domain = sender.rpartition("@")[2]
    head = (
        _head(letter.sender, sender, letter.subject)
        .replace(_TO, letter.address.encode("ascii"))
        .replace(_MARK, f"<{letter.mark}@{domain}>".encode("ascii"))
    )
    body = b2a_qp(letter.text.replace("\r\n", "\n").encode()).replace(b"\n", b"\r\n")
    return b"".join((f"Date: {format_datetime(letter.at)}\r\n".encode("ascii"), _ways_out(letter), head, body))


def _ways_out(letter: Letter) -> bytes:
    """For the button of mail programs (RFC 2369); one click by itself only where nobody can listen (RFC 8058).

    Not left to the library, which would encode a line that it cannot fold.
    """
    if not letter.stop:
        return b""
    said = f"List-Unsubscribe: <{letter.stop}>\r\n"
    if letter.stop.startswith("https:"):
        said += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return said.encode("ascii")


@lru_cache(maxsize=16)
def _head(name: str, sender: str, subject: str) -> bytes:
    """What is the same for everybody, with the empty line below it; building one costs more than sending it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((name, sender))
    message["To"] = _TO.decode()
    message["Subject"] = subject
    message["Message-ID"] = _MARK.decode()
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # what Exchange asks for before it says who is away
    message["MIME-Version"] = "1.0"
    message["Content-Type"] = 'text/plain; charset="utf-8"'
    message["Content-Transfer-Encoding"] = "quoted-printable"
    return bytes(message)


def _refused(code: int, trouble: Trouble) -> NotSent:
    """5xx is the server's last word on that recipient or message; one that refuses our sender may be set right."""
    if code == _CLOSING:
        return NotSent(Trouble.CONNECTION_LOST)
    if 500 <= code <= 599:
        return NotSent(trouble, final=trouble is not Trouble.SENDER_REFUSED)
    return NotSent(Trouble.TRY_LATER if 400 <= code <= 499 else Trouble.ANSWER_UNREADABLE)


def _hung(error: Exception) -> bool:
    """smtplib hides a time-out while it waits for an answer behind a lost connection."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _trouble_connecting(error: Exception) -> NotSent:
    if _hung(error):
        return NotSent(Trouble.TIMED_OUT)
    match error:
        case smtplib.SMTPResponseException() if 400 <= error.smtp_code < _FOR_GOOD:
            return NotSent(Trouble.TRY_LATER)
        case smtplib.SMTPAuthenticationError():
            return NotSent(Trouble.LOG_IN_REFUSED, retry_after=_LOG_IN_WAITS)
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            return NotSent(Trouble.TLS_FAILED)
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPResponseException():
            return NotSent(Trouble.ANSWER_UNREADABLE)
    return NotSent(Trouble.UNREACHABLE)
