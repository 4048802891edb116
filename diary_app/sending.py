"""How sending stands, as the diary on this phone knows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sending:
    """What the study has not received yet, and when it was last heard.

    `records`: all that waits. `days`: how many days have answers among it, however often each was corrected: of a day a
    participant thinks, and not of what the app writes down beside the answers. `needs_pin`: something of it is sent
    only when the diary is opened.
    """

    records: int = 0
    days: int = 0
    needs_pin: bool = False
    last_contact: datetime | None = None
