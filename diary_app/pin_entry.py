"""Typing a PIN: to open the diary, to choose one, to change it. What is typed goes to the keyring only."""

from collections.abc import Callable
from enum import StrEnum

import flet as ft

from diary_app.core.environment import Environment
from diary_app.core.errors import DiaryUnavailable
from diary_app.core.pins import is_easy
from diary_app.locking import Keyring

SHORTEST, LONGEST = 4, 6


class Step(StrEnum):
    """What is asked for; `NOTHING` while no PIN is being typed."""

    NOTHING = "nothing"
    ENTER = "enter"
    FORGOTTEN = "forgotten"
    OLD = "old"
    NEW = "new"
    AGAIN = "again"


class PinTrouble(StrEnum):
    """Why it goes no further."""

    WRONG = "wrong"
    EASY = "easy"
    DIFFERENT = "different"
    NOT_KEPT = "not_kept"
    NOT_OPENED = "not_opened"


@ft.observable
class PinEntry:
    """The digits so far; `done` is called when the PIN fits, or a new one counts."""

    def __init__(self, environment: Environment, keyring: Callable[[], Keyring], done: Callable[[], None]) -> None:
        self._environment = environment
        self._keyring = keyring
        self._done = done
        self._old: str | None = None
        self._new = ""
        self._counting = False
        self.step = Step.NOTHING
        self.typed = ""
        self.trouble: PinTrouble | None = None
        self.seconds_to_wait = 0
        self.busy = False

    # ---- what is asked ---------------------------------------------------------------------------------

    def ask(self) -> None:
        """The diary is locked; whoever is typing is not disturbed."""
        if self.step not in {Step.ENTER, Step.FORGOTTEN}:
            self._begin(Step.ENTER)

    def choose(self) -> None:
        """There is no PIN yet."""
        if self.step not in {Step.NEW, Step.AGAIN}:
            self._begin(Step.NEW)

    def change(self) -> None:
        """Another PIN instead of the one in use."""
        self._begin(Step.OLD)

    def forget(self) -> None:
        """The participant does not know it any more."""
        self._begin(Step.FORGOTTEN)

    def remember(self) -> None:
        """After all."""
        self._begin(Step.ENTER)

    def begin_again(self) -> None:
        """Another new PIN than the one typed first."""
        self._begin(Step.NEW, old=self._old)

    def leave(self) -> None:
        """Nothing is asked any more."""
        self._begin(Step.NOTHING)

    # ---- typing ----------------------------------------------------------------------------------------

    def type_pin(self, typed: str) -> None:
        """Digits only, and no more than a PIN has."""
        self.typed = "".join(digit for digit in typed if digit in "0123456789")[:LONGEST]
        self.trouble = None

    @property
    def may_go_on(self) -> bool:
        """There are enough digits, and nothing to wait for."""
        return len(self.typed) >= SHORTEST and not self.busy and not self.seconds_to_wait

    async def go_on(self) -> None:
        """What was typed is taken."""
        if self.may_go_on:
            await self._go_on()
            await self.count_down()

    async def take(self, pin: str) -> None:
        """A PIN that was typed elsewhere, to open the diary; it is not looked at during a wait."""
        if self.step is Step.ENTER and not self._wait():
            self.type_pin(pin)
            await self._go_on()

    def _wait(self) -> int:
        """Seconds until another try; a file that cannot be read is told by the try itself."""
        try:
            return self._keyring().wait_seconds()
        except DiaryUnavailable:
            return 0

    async def _go_on(self) -> None:
        self.busy = True
        try:
            await self._take(self.typed)
        except DiaryUnavailable:
            is_known = self.step in {Step.ENTER, Step.OLD}
            self.trouble = PinTrouble.NOT_OPENED if is_known else PinTrouble.NOT_KEPT
        finally:
            self.typed, self.busy = "", False

    async def count_down(self) -> None:
        """After wrong tries there is a wait; it is shown as it runs out."""
        if self._counting:
            return
        self._counting = True
        try:
            while self.step in {Step.ENTER, Step.OLD} and (seconds := self._wait()) > 0:
                self.seconds_to_wait = seconds
                await self._environment.sleep(1)
        finally:  # also where another step ends the effect in the middle of a second: the next one counts again
            self.seconds_to_wait, self._counting = 0, False

    async def _take(self, pin: str) -> None:
        match self.step:
            case Step.ENTER:
                await self._open(pin)
            case Step.OLD:
                await self._prove(pin)
            case Step.NEW if is_easy(pin):
                self.trouble = PinTrouble.EASY
            case Step.NEW:
                self._new = pin
                self._begin(Step.AGAIN, old=self._old)
            case Step.AGAIN:
                await self._settle(pin)

    async def _open(self, pin: str) -> None:
        if await self._keyring().unlock(pin):
            self._finish()
        else:
            self.trouble = PinTrouble.WRONG

    async def _prove(self, pin: str) -> None:
        if await self._keyring().unlock(pin):
            self._begin(Step.NEW, old=pin)
        else:
            self.trouble = PinTrouble.WRONG

    async def _settle(self, pin: str) -> None:
        if pin != self._new:
            self._begin(Step.NEW, old=self._old)
            self.trouble = PinTrouble.DIFFERENT
        elif self._old is None:
            await self._keyring().set_pin(pin)
            self._finish()
        elif await self._keyring().change_pin(self._old, pin):
            self._finish()
        else:
            self._begin(Step.OLD)
            self.trouble = PinTrouble.WRONG

    def _finish(self) -> None:
        self._begin(Step.NOTHING)
        self._done()

    def _begin(self, step: Step, *, old: str | None = None) -> None:
        if step is not Step.AGAIN:
            self._new = ""
        self._old = old
        self.step, self.typed, self.trouble = step, "", None
