"""When to sync and what to tell the screen: when woken, after a failure with back-off, and every quarter of an hour."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from diary_app.core.environment import Environment
from diary_app.core.errors import DiaryUnavailable, XerodiaryError
from diary_app.storage.diary import Diary
from diary_app.storage.installations import Installation
from diary_app.sync import backoff, outcome
from diary_app.sync.dialogue import Dialogue
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.push_desk import PushDesk
from diary_app.sync.transport import ServerUnreachable, Transport

log = logging.getLogger(__name__)
USUAL_PAUSE_SECONDS = 15 * 60.0
#: Whatever a server, or something between that answers for it, asks for: a phone that waits for ever is a silent one.
LONGEST_PATIENCE_SECONDS = 60 * 60

Listener = Callable[[SyncOutcome], None]


def nobody_listens(outcome: SyncOutcome) -> None:
    """Where no screen shows how sending stands."""


class SyncEngine:
    """Keeps one diary and the server in step; `run` is a task of the event loop and never holds up a screen."""

    def __init__(
        self,
        diary: Diary,
        transport: Transport,
        environment: Environment,
        on_outcome: Listener = nobody_listens,
        desk: PushDesk | None = None,
    ) -> None:
        self._diary = diary
        self._dialogue = Dialogue(diary, transport, environment, desk)
        self._environment = environment
        self._on_outcome = on_outcome
        self._one_at_a_time = asyncio.Lock()
        self._woken = asyncio.Event()
        self._failures = 0
        self._waiting = 0

    async def enrol(self, code: str, server_url: str) -> Installation:
        """Turn a typed code into an installation; safe to repeat with the same code when the answer was lost.

        Raises `RequestRefused` (also for a slip of the finger, before anything is sent), `ServerUnreachable`,
        `DiaryUnavailable` (also sending_elsewhere).
        """
        async with self._one_at_a_time:
            with self._diary.alone():
                return await self._dialogue.enrol(code, server_url)

    async def sync(self) -> SyncOutcome:
        """Send everything and fetch everything once, now; never raises for what a network or a server can do."""
        async with self._one_at_a_time:
            ended = await self._attempt()
        self._failures = 0 if ended.standing is Standing.ALL_SENT else self._failures + 1
        self._on_outcome(ended)
        return ended

    async def run(self) -> None:
        """Sync for ever: at once when woken, else after the pause that the last outcome asks for."""
        while True:
            self._woken.clear()
            try:
                ended = await self.sync() if self._diary.installation() else None
            except Exception:
                log.exception("a sync broke")
                ended = self._broken()
            if ended is None:  # not enrolled yet
                await self._woken.wait()
                continue
            await self._environment.sleep(min(ended.retry_after or 0, LONGEST_PATIENCE_SECONDS))
            await self._rest(self.pause_after(ended))

    def _broken(self) -> SyncOutcome:
        """One that ended as nobody expected; it must not be the last one of a phone that holds entries.

        The diary is not asked again: what broke may be the diary.
        """
        self._failures += 1
        ended = outcome.broken(self._waiting)
        self._on_outcome(ended)
        return ended

    def wake(self) -> None:
        """Something was saved, the app came to the front, or the network is back."""
        self._woken.set()

    def pause_after(self, ended: SyncOutcome) -> float:
        """Seconds until the next try unless woken; what the server asked for is waited beforehand."""
        if ended.standing is Standing.ALL_SENT:
            return USUAL_PAUSE_SECONDS
        return backoff.wait_seconds(self._failures, self._environment.random_bytes(backoff.RANDOM_BYTES))

    async def _attempt(self) -> SyncOutcome:
        try:
            with self._diary.alone():
                await self._dialogue.exchange_all()
            waiting = self._count()
        except ServerUnreachable as fault:
            return outcome.offline(self._count_if_possible(), fault)
        except XerodiaryError as error:
            return outcome.stopped_by(error, self._count_if_possible())
        return outcome.saved_meanwhile(waiting) if waiting else outcome.all_sent()

    def _count(self) -> int:
        self._waiting = self._diary.waiting()
        return self._waiting

    def _count_if_possible(self) -> int:
        """As it was last known where the phone's storage does not say: it may be what stopped the sync."""
        with suppress(DiaryUnavailable):
            return self._count()
        return self._waiting

    async def _rest(self, seconds: float) -> None:
        waits = (asyncio.ensure_future(self._environment.sleep(seconds)), asyncio.ensure_future(self._woken.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
