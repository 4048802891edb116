"""E-mail by SMTP: one connection for a batch, made for its first message and made again once when it is lost."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
_TO, _MARK, _DATE = b"to@placeholder.invalid", b"<mark@placeholder.invalid>", b"date-placeholder"


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
        lost = isinstance(outcome, NotSent) and outcome.trouble is Trouble.CONNECTION_LOST
        return self._try(letter) if lost and not fresh else outcome  # an idle connection may have been closed

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
        except smtplib.SMTPServerDisconnected:
            self._forget()
            return NotSent(Trouble.CONNECTION_LOST)
        except TimeoutError:
            self._forget()
            self._down = NotSent(Trouble.TIMED_OUT)
            return self._down
        except (OSError, smtplib.SMTPException):
            self._forget()
            return NotSent(Trouble.ANSWER_UNREADABLE)

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
        for trouble, say in ((Trouble.SENDER_REFUSED, connection.mail), (Trouble.RECIPIENT_REFUSED, connection.rcpt)):
            code, _ = say(sender if trouble is Trouble.SENDER_REFUSED else letter.address)
            if code not in (250, 251):
                with suppress(OSError, smtplib.SMTPException):
                    connection.rset()
                return _refused(code, trouble)
        code, answer = _data(connection, written(letter, sender))
        if code != 250:
            return _refused(code, Trouble.CONTENT_REFUSED)
        found = _QUEUED_AS.search(answer)
        return Sent(found[1].decode("ascii", "replace") if found else "")


def written(letter: Letter, sender: str) -> bytes:
    """The message as it goes over the wire."""
    domain = sender.rpartition("@")[2]
    return (
        _template(letter.sender, sender, letter.subject, letter.text)
        .replace(_TO, letter.address.encode("ascii"))
        .replace(_MARK, f"<{letter.mark}@{domain}>".encode("ascii"))
        .replace(_DATE, format_datetime(letter.at).encode("ascii"))
    )


@lru_cache(maxsize=16)
def _template(name: str, sender: str, subject: str, text: str) -> bytes:
    """Everything but address, mark and date; building one costs more than sending it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((name, sender))
    message["To"] = _TO.decode()
    message["Subject"] = subject
    message["Message-ID"] = _MARK.decode()
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return b"Date: " + _DATE + b"\r\n" + bytes(message)


def _data(connection: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
    try:
        return connection.data(message)
    except smtplib.SMTPDataError as error:
        said = error.smtp_error
        return error.smtp_code, said if isinstance(said, bytes) else said.encode()


def _refused(code: int, trouble: Trouble) -> NotSent:
    """5xx is the server's last word on that recipient or message; one that refuses our sender may be set right."""
    if code == 421:
        return NotSent(Trouble.CONNECTION_LOST)
    if 500 <= code <= 599:
        return NotSent(trouble, final=trouble is not Trouble.SENDER_REFUSED)
    return NotSent(Trouble.TRY_LATER if 400 <= code <= 499 else Trouble.ANSWER_UNREADABLE)


def _trouble_connecting(error: Exception) -> NotSent:
    match error:
        case smtplib.SMTPAuthenticationError():
            return NotSent(Trouble.LOG_IN_REFUSED)
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            return NotSent(Trouble.TLS_FAILED)
        case TimeoutError():
            return NotSent(Trouble.TIMED_OUT)
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPResponseException():
            return NotSent(Trouble.ANSWER_UNREADABLE)
    return NotSent(Trouble.UNREACHABLE)
