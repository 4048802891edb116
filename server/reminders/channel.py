"""What a channel is: it opens a session, sends one message after the other through it, and says how each fared."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Why a message was not taken: a name of our own, never a provider's words, which may quote the address."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CONNECTION_LOST = "connection_lost"
    ANSWER_LOST = "answer_lost"  # it had the whole message, and may have taken it
    TLS_FAILED = "tls_failed"
    LOG_IN_REFUSED = "log_in_refused"
    SENDER_REFUSED = "sender_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    CONTENT_REFUSED = "content_refused"
    TRY_LATER = "try_later"
    PROVIDER_FAULT = "provider_fault"
    ANSWER_UNREADABLE = "answer_unreadable"
    REDIRECTED = "redirected"
    NO_ADDRESS = "no_address"
    NOT_SET_UP = "not_set_up"
    NOT_WRITTEN = "not_written"
    TOO_TELLING = "too_telling"
    FAULT = "fault"


@dataclass(frozen=True)
class Letter:
    """One message to one address. `mark`: the same for each try of a reminder, so that a repeat can be recognised.

    `until`: from then on it must not be shown any more, by whoever keeps it for a phone that is switched off. `stop`:
    the address of a page that stops such messages, named in the text too.
    """

    address: str
    mark: str
    subject: str
    text: str
    sender: str
    at: datetime
    until: datetime | None = None
    stop: str = ""


@dataclass(frozen=True)
class Sent:
    """The provider took it; `receipt` is its own id for it, or empty."""

    receipt: str = ""


@dataclass(frozen=True)
class NotSent:
    """`final`: another try would fare no better. `retry_after`: the provider asked for that much patience."""

    trouble: Trouble
    final: bool = False
    retry_after: timedelta | None = None


Outcome = Sent | NotSent


class Session(Protocol):
    """An open way to the provider."""

    def send(self, letter: Letter) -> Outcome:
        """Hand one message over; never raises for what a provider does."""
        ...


class Channel(Protocol):
    """A way to reach people."""

    def session(self) -> AbstractContextManager[Session]:
        """Opened when the first message is sent, closed at the end."""
        ...
