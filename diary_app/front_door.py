"""The page's own first screen: there at once, while this app is still loading behind it.

It asks for the PIN, in the words that the app left on an earlier visit, or for the code of somebody without a diary.
Only a page has one. While it stands, the app draws nothing that could be typed into.
"""

from collections.abc import Callable

import flet as ft

from diary_app.enrolling import Enrolment
from diary_app.host import AtDoor, Host
from diary_app.pin_entry import PinEntry
from diary_app.places import Place

#: Where the next start begins with the PIN, and nothing else has to be said first.
_BEHIND_A_PIN = frozenset({Place.LOCKED, Place.DIARY, Place.PRACTICE, Place.REMINDERS})
_IN_FRONT_OF = {AtDoor.PIN: Place.LOCKED, AtDoor.CODE: Place.WELCOME}


@ft.observable
class FrontDoor:
    """`stands` while the participant is there; `speak` changes the language."""

    def __init__(self, host: Host, pin: PinEntry, enrolment: Enrolment, speak: Callable[[str], None]) -> None:
        self._host = host
        self._pin = pin
        self._enrolment = enrolment
        self._speak = speak
        self._left: str | None = None
        self._has_pin = False
        self._asks = host.asks_at_door()
        self._to_open = self._asks is not AtDoor.NOTHING
        self.stands = self._to_open

    def stands_before(self, place: Place) -> bool:
        """Whether the participant is asked there what the app would ask for in that place."""
        return self.stands and _IN_FRONT_OF.get(self._asks) is place

    def leave(self, place: Place, text: Callable[[AtDoor], str], *, is_new: bool, waiting: bool) -> None:
        """For the next start, or nothing: during a wait after wrong tries, only the app can tell how long it is.

        `is_new`: nobody has enrolled here yet.
        """
        self._has_pin = self._has_pin or place in {Place.LOCKED, Place.CHOOSE_PIN}
        asks = AtDoor.NOTHING
        if place is Place.WELCOME and is_new:
            asks = AtDoor.CODE
        elif self._has_pin and place in _BEHIND_A_PIN and not waiting:
            asks = AtDoor.PIN
        left = text(asks) if asks else ""
        if left != self._left:
            self._left = left
            self._host.leave_door(left)

    async def came(self, language: str, typed: str) -> None:
        """Somebody typed what is asked there; whatever comes of it, they are let go on. No PIN: it is forgotten."""
        if not self.stands:
            return
        try:
            self._speak(language)
            if self._asks is AtDoor.CODE:
                self._enrolment.type_code(typed)
                await self._enrolment.use_code()
            elif typed:
                await self._pin.take(typed)
            else:
                self._pin.forget()
        finally:
            self.stands = False

    def open(self, words_behind: str) -> None:
        """What the app draws is to be seen, as soon as the words that stood there meanwhile are gone."""
        if self._to_open:
            self._to_open = self.stands = False
            self._host.open_door(words_behind)
