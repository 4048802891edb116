"""The one question after an absence: when it is on the screen, what was chosen, told or left open."""

from collections.abc import Callable

import flet as ft

from diary_app.absence import Absence
from diary_app.core.errors import DiaryUnavailable
from diary_app.core.missed_reason import MissedReason
from diary_app.journal import Journal
from diary_app.today import Card, Today


@ft.observable
class AskingWhy:
    """Shown in place of Today while `absence` is there; asked once, whatever is answered.

    `failed` hears when the phone could not keep it.
    """

    def __init__(
        self, journal: Callable[[], Journal], wake: Callable[[], None], failed: Callable[[DiaryUnavailable], None]
    ) -> None:
        self._journal = journal
        self._wake = wake
        self._failed = failed
        self._looked_at: Card | None = None
        self.absence: Absence | None = None
        self.chosen: MissedReason | None = None

    def look(self, today: Today) -> None:
        """Evenings close when the card changes, and only then."""
        if today.card != self._looked_at:
            self._looked_at = today.card
            self.absence = self._journal().absence()

    def choose(self, reason: str) -> None:
        """Not told yet."""
        self.chosen = MissedReason(reason)

    async def tell(self) -> None:
        """Keep the answer and send it; a second tap finds nothing to tell."""
        absence, reason = self.absence, self.chosen
        if absence is None or reason is None:
            return
        self._leave()
        try:
            await self._journal().note_missed_reason(absence, reason)
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self._wake()

    def skip(self) -> None:
        """Nothing is recorded, and nobody asks again."""
        if self.absence is None:
            return
        try:
            self._journal().have_asked(self.absence)
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self._leave()

    def _leave(self) -> None:
        self.absence = self.chosen = None
