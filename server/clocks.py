"""Which moments a clock can have noted: of one that has not come, one of two clocks is wrong."""

from collections.abc import Callable
from datetime import datetime, timedelta

#: Of several machines that share a database.
CLOCKS_DIFFER = timedelta(minutes=1)


def is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether something is said to have happened at a moment that has not come."""
    return moment - now > CLOCKS_DIFFER


class Latest:
    """The latest moment at which this process did something, by whichever clock; of before its start it asks once."""

    def __init__(self) -> None:
        self._at: datetime | None = None
        self._has_asked = False

    def note(self, moment: datetime) -> None:
        """It is done now."""
        if self._at is None or moment > self._at:
            self._at = moment

    def at(self, before: Callable[[], datetime | None]) -> datetime | None:
        """That moment. `before`: when others did it last."""
        if not self._has_asked:
            if (found := before()) is not None:
                self.note(found)
            self._has_asked = True
        return self._at
