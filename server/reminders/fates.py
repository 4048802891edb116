"""What became of one reminder that was to be sent."""

from dataclasses import dataclass
from datetime import datetime

from server.db.reminders import Reminder
from server.reminders.channel import NotSent, Outcome, Trouble


@dataclass(frozen=True)
class Cancelled:
    """It must not leave any more; `why` is a status, a state of the day or a reason for not expecting it."""

    why: str


Fate = Outcome | Cancelled


@dataclass(frozen=True)
class Sending:
    """One claimed reminder and what became of it at that moment."""

    row: Reminder
    fate: Fate
    at: datetime


def is_refused(fate: Fate) -> bool:
    """Whether the address was, for good."""
    return isinstance(fate, NotSent) and fate.final and fate.trouble is Trouble.RECIPIENT_REFUSED
