"""The page's own PIN screen: there at once, while this app is still loading behind it.

Only a page has one, and only where the app left its words on an earlier visit. While it stands, the app draws nothing
that could be typed into.
"""

from collections.abc import Callable

import flet as ft

from diary_app.host import Host
from diary_app.pin_entry import PinEntry
from diary_app.places import Place

#: Where the next start begins with the PIN, and nothing else has to be said first.
_BEHIND_A_PIN = frozenset({Place.LOCKED, Place.DIARY, Place.PRACTICE, Place.REMINDERS})


@ft.observable
class FrontDoor:
    """`stands` while the participant is there; `speak` changes the language."""

    def __init__(self, host: Host, pin: PinEntry, speak: Callable[[str], None]) -> None:
        self._host = host
        self._pin = pin
        self._speak = speak
        self._left: str | None = None
        self._has_pin = False
        self._to_open = host.has_door()
        self.stands = self._to_open

    def leave(self, place: Place, text: Callable[[], str], *, waiting: bool) -> None:
        """For the next start, or nothing: during a wait after wrong tries, only the app can tell how long it is."""
        self._has_pin = self._has_pin or place in {Place.LOCKED, Place.CHOOSE_PIN}
        wanted = self._has_pin and place in _BEHIND_A_PIN and not waiting
        left = text() if wanted else ""
        if left != self._left:
            self._left = left
            self._host.leave_door(left)

    async def came(self, language: str, pin: str) -> None:
        """Somebody typed a PIN there, or none because it is forgotten; whatever comes of it, they are let go on."""
        if not self.stands:
            return
        try:
            self._speak(language)
            if pin:
                await self._pin.take(pin)
            else:
                self._pin.forget()
        finally:
            self.stands = False

    def open(self, words_behind: str) -> None:
        """What the app draws is to be seen, as soon as the words that stood there meanwhile are gone."""
        if self._to_open:
            self._to_open = self.stands = False
            self._host.open_door(words_behind)
