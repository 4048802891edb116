"""Keeps the server told where this browser takes reminders, and sends it only when the server has another address."""

from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from diary_app.core.wire import PushAddress, SyncAnswer

#: Asks the browser for its address for the server's key, as JSON of `PushAddress`; empty where there is none.
AskBrowser = Callable[[str], Awaitable[str]]


class PushDesk:
    """What the browser and the server last said."""

    def __init__(self) -> None:
        self._key = ""
        self._held = ""
        self._address: PushAddress | None = None

    def heard(self, answer: SyncAnswer) -> None:
        """The server has answered."""
        self._key, self._held = answer.push_key, answer.push_held

    async def ask(self, browser: AskBrowser) -> bool:
        """Learn the browser's address, where the server pushes reminders at all; whether it is worth a sync now.

        That is so once for each address: a server that will not have it must not be asked again and again.
        """
        before = self._address
        self._address = _read(await browser(self._key)) if self._key else None
        return self._address != before and self.to_send() is not None

    def to_send(self) -> PushAddress | None:
        """The address that the server lacks."""
        has_other = self._address is not None and self._address.fingerprint != self._held
        return self._address if self._key and has_other else None


def _read(said: str) -> PushAddress | None:
    """One that cannot be sent counts as none: a sync must not fail by it."""
    try:
        return PushAddress.model_validate_json(said)
    except ValidationError:
        return None
