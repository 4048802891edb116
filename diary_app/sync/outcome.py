"""How a sync ended, in the terms of the screen that shows it."""

from dataclasses import dataclass
from enum import StrEnum

from diary_app.core.errors import Code, RequestRefused, XerodiaryError
from diary_app.sync.transport import ServerUnreachable
from diary_app.sync.trouble import Hindered, Hindrance


class Standing(StrEnum):
    """What a participant can be told about sending."""

    ALL_SENT = "all_sent"
    WAITING = "waiting"  # the server asks for patience, the diary is locked or busy elsewhere; it is tried again
    OFFLINE = "offline"
    PROBLEM = "problem"


@dataclass(frozen=True)
class SyncOutcome:
    """`waiting`: records not confirmed. `code` and `remedy` say what a problem is and what to do about it.

    `retry_after`: seconds before which the server does not want to be asked again. `hindrance`: what is known of why
    there was no answer.
    """

    standing: Standing
    waiting: int
    code: Code | None = None
    remedy: str = ""
    retry_after: int | None = None
    hindrance: Hindrance | None = None


#: Codes that pass by themselves.
PASSING = frozenset(
    {
        Code.SERVER_BUSY,
        Code.SERVER_FAULT,
        Code.QUARANTINE_FULL,
        Code.DATABASE_UNAVAILABLE,
        Code.DIARY_LOCKED,
        Code.SENDING_ELSEWHERE,
    }
)


def all_sent() -> SyncOutcome:
    """Everything is with the server."""
    return SyncOutcome(Standing.ALL_SENT, 0)


def saved_meanwhile(waiting: int) -> SyncOutcome:
    """Everything was with the server, and another window has saved something since."""
    return SyncOutcome(Standing.WAITING, waiting)


def offline(waiting: int, fault: ServerUnreachable) -> SyncOutcome:
    """There was no usable answer; why not, where the fault knows it."""
    hindrance = fault.hindrance if isinstance(fault, Hindered) else None
    return SyncOutcome(Standing.OFFLINE, waiting, hindrance=hindrance)


def broken(waiting: int) -> SyncOutcome:
    """The app itself went wrong."""
    return SyncOutcome(Standing.PROBLEM, waiting)


def stopped_by(error: XerodiaryError, waiting: int) -> SyncOutcome:
    """The server, or the phone's own storage, said no."""
    standing = Standing.WAITING if error.code in PASSING else Standing.PROBLEM
    retry_after = error.retry_after if isinstance(error, RequestRefused) else None
    return SyncOutcome(standing, waiting, error.code, error.remedy, retry_after)
