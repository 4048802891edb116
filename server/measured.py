"""How much one phone sends in an hour: far beyond what any diary holds it has to wait.

What fits is never refused, so one phone that runs wild, or whoever has copied its token, could fill the disk on which
everybody's evening is to be stored; what a thousand bytes unfold to is a million. Waiting loses nothing: a phone keeps
what it has no receipt for and comes again. Each process counts for itself, in memory.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from diary_app.core.errors import Code, RequestRefused
from server.db.devices import Activation
from server.logs import logger

#: Of two years that were never sent there are some five million bytes.
MOST_IN_AN_HOUR = 64 * 1024 * 1024
MOST_PHONES = 20_000
_HOUR = timedelta(hours=1)
_log = logger()


@dataclass
class Measured:
    """Bytes by installation, each within an hour of its own."""

    _sent: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def take(self, phone: Activation, size: int, now: datetime) -> None:
        """Count what was sent. Raises `RequestRefused` (server_busy), then not counted, when it is too much."""
        begun, before = self._sent.get(phone.device, (now, 0))
        if abs(now - begun) >= _HOUR:
            begun, before = now, 0
        if before + size > MOST_IN_AN_HOUR:
            _log.warning("phone_sends_too_much", participant=phone.participant, device=phone.device)
            wait = _HOUR - abs(now - begun)
            raise RequestRefused(
                Code.SERVER_BUSY,
                "This phone has sent more in an hour than any diary holds.",
                "Nothing is lost: the phone keeps everything and tries again by itself.",
                retry_after=-(-wait // timedelta(seconds=1)),
            )
        if len(self._sent) >= MOST_PHONES:
            self._sent.clear()
        self._sent[phone.device] = begun, before + size
