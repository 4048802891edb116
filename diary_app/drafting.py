"""Keeping what is filled in so far while one goes on answering: always the newest state, one write at a time."""

import asyncio
from collections.abc import Callable

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.journal import Journal
from diary_app.questionnaire import Filling


class Drafting:
    """`failed` hears when a draft could not be kept. A diary locked meanwhile is no failure: the answers are in memory
    until the PIN is typed, and kept then."""

    def __init__(self, journal: Callable[[], Journal], failed: Callable[[DiaryUnavailable], None]) -> None:
        self._journal = journal
        self._failed = failed
        self._next: Filling | None = None
        self._at_work: asyncio.Task[None] | None = None

    def keep(self, filling: Filling) -> None:
        """Soon; what was to be kept before it and has not been begun is not written any more."""
        self._next = filling
        if self._at_work is None:
            self._at_work = asyncio.ensure_future(self._keep_the_newest())

    def forget(self) -> None:
        """Saved or discarded: nothing that waits is written any more."""
        self._next = None

    async def _keep_the_newest(self) -> None:
        try:
            while (filling := self._next) is not None:
                self._next = None
                await self._journal().keep(filling)
        except DiaryUnavailable as fault:
            if fault.code is not Code.DIARY_LOCKED:
                self._failed(fault)
        finally:
            self._at_work = None
