"""The ways from one screen to another, beside filling in."""

from collections.abc import Callable

from diary_app.core.errors import DiaryUnavailable
from diary_app.history import History
from diary_app.pin_entry import PinEntry
from diary_app.places import ABOUT, HISTORY, HOME, PIN, REMINDERS, SETTINGS


class Ways:
    """`look` reads Today afresh, so that the first screen is never an old one; `failed` hears why a way is barred."""

    def __init__(
        self,
        go: Callable[[str], None],
        look: Callable[[], None],
        history: History,
        pin: PinEntry,
        failed: Callable[[DiaryUnavailable], None],
    ) -> None:
        self._go = go
        self._look = look
        self._history = history
        self._pin = pin
        self._failed = failed

    def to_today(self) -> None:
        """The first screen."""
        self._look()
        self._go(HOME)

    def to_history(self) -> None:
        """What has been; read beforehand, so that its screen is never empty."""
        try:
            self._history.read()
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self._go(HISTORY)

    def to_settings(self) -> None:
        """How the app is set."""
        self._go(SETTINGS)

    def to_reminders(self) -> None:
        """Whether the phone reminds."""
        self._go(REMINDERS)

    def to_about(self) -> None:
        """What this is, and what it is made of."""
        self._go(ABOUT)

    def to_new_pin(self) -> None:
        """Another PIN instead of the one in use."""
        self._pin.change()
        self._go(PIN)

    def back_from_pin(self) -> None:
        """The PIN stays as it is."""
        self._pin.leave()
        self.to_settings()
