"""A correction that the study asks about: is this right? Nothing changes by itself, and it can wait."""

from collections.abc import Callable

import flet as ft

from diary_app.core.correction_facts import ParticipantAnswer
from diary_app.core.errors import DiaryUnavailable
from diary_app.correcting import Question
from diary_app.journal import Journal


@ft.observable
class Confirming:
    """`question` is the first one without an answer; `open` while its screen stands in place of Today."""

    def __init__(
        self, journal: Callable[[], Journal], wake: Callable[[], None], failed: Callable[[DiaryUnavailable], None]
    ) -> None:
        self._journal = journal
        self._wake = wake
        self._failed = failed
        self.question: Question | None = None
        self.open = False

    def look(self) -> None:
        """The study may have asked, or may not ask any more. Raises `DiaryUnavailable`."""
        question = next(iter(self._journal().correcting.waiting()), None)
        if question != self.question:
            self.question, self.open = question, False

    def show(self) -> None:
        """What would change."""
        self.open = self.question is not None

    def put_off(self) -> None:
        """It stays on Today."""
        self.open = False

    async def confirm(self) -> None:
        """Yes, that is right."""
        await self._answer(ParticipantAnswer.RIGHT)

    async def decline(self) -> None:
        """No, leave it as it was."""
        await self._answer(ParticipantAnswer.LEAVE)

    async def _answer(self, answer: ParticipantAnswer) -> None:
        """Keep the answer and send it; a second tap finds nothing to answer."""
        question, self.question, self.open = self.question, None, False
        if question is None:
            return
        try:
            await self._journal().correcting.answer(question.asked, answer)
            self.look()
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self._wake()
