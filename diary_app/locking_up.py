"""Before the diary is the PIN: when it is asked for, what a forgotten one means, when the diary locks itself."""

from collections.abc import Callable

from diary_app.core.environment import Environment
from diary_app.core.pins import Lock
from diary_app.journal import Journal, Preference
from diary_app.locking import LOCK_AFTER_SECONDS, Absence
from diary_app.pin_entry import PinEntry
from diary_app.places import Place


class LockingUp:
    """Nothing here is shown; `pin` is."""

    def __init__(self, pin: PinEntry, journal: Callable[[], Journal], environment: Environment) -> None:
        self._pin = pin
        self._journal = journal
        self._away = Absence(environment)

    def place(self) -> Place | None:
        """Where the participant stands; None when nothing is in the way. Raises `DiaryUnavailable`."""
        match self._journal().keyring.lock():
            case Lock.LOCKED if not self._journal().preference(Preference.PIN_FORGOTTEN):
                self._pin.ask()
                return Place.LOCKED
            case Lock.LOCKED | Lock.NO_PIN:
                self._pin.choose()
                return Place.CHOOSE_PIN
            case Lock.OPEN:
                return None

    def pin_settled(self) -> None:
        """The participant knows one. Raises `DiaryUnavailable`."""
        if self._journal().preference(Preference.PIN_FORGOTTEN):
            self._journal().remember(Preference.PIN_FORGOTTEN, "")

    def go_away(self) -> None:
        """The app is no longer looked at."""
        self._away.begin()

    def come_back(self) -> bool:
        """It is looked at again; whether it was away for too long to stay open."""
        return self._away.end() >= LOCK_AFTER_SECONDS

    @property
    def is_open(self) -> bool:
        """What is in the diary can be read."""
        return self._journal().keyring.lock() is Lock.OPEN

    def shut(self) -> bool:
        """Lock; without a PIN there is nothing to lock with."""
        self._journal().keyring.shut()
        return not self.is_open
