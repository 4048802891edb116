"""The one question after an absence: when it is on the screen, what was chosen, told or left open."""

from collections.abc import Callable

import flet as ft

from diary_app.absence import Absence
from diary_app.core.missed_reason import MissedReason
from diary_app.journal import Journal
from diary_app.today import Card, Today


@ft.observable
class AskingWhy:
    """Shown in place of Today while `absence` is there; asked once, whatever is answered."""

    def __init__(self, journal: Callable[[], Journal], wake: Callable[[], None]) -> None:
        self._journal = journal
        self._wake = wake
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
        """Keep the answer and send it. Raises `DiaryUnavailable`."""
        if self.absence is not None and self.chosen is not None:
            await self._journal().note_missed_reason(self.absence, self.chosen)
            self._leave()
            self._wake()

    def skip(self) -> None:
        """Nothing is recorded. Raises `DiaryUnavailable`."""
        if self.absence is not None:
            self._journal().have_asked(self.absence)
            self._leave()

    def _leave(self) -> None:
        self.absence = self.chosen = None
