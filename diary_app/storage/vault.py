"""Texts as they rest in the file: sealed before the transaction that stores them, opened when they are read.

The one place that holds the `Sealer`. A sealer that waits opens everything once with `await unlock(...)`; what is
read later comes from memory. One that never waits (`OpenSealer`, native cryptography) opens each text as it is read.
A locked diary still sends: that needs each unsent record sealed to the study too, in a table of its own that a later
step of the ladder adds together with the first real sealer.
"""

from collections.abc import Iterable

from diary_app.core.records import Record, parse
from diary_app.core.sealing import OpenSealer, Sealer, without_waiting


class Vault:
    """Seals and opens; remembers what it sealed or unlocked."""

    def __init__(self, sealer: Sealer | None = None) -> None:
        self._sealer = sealer or OpenSealer()
        self._texts: dict[bytes, str] = {}

    async def seal(self, text: str) -> bytes:
        """The bytes to store."""
        content = await self._sealer.seal(text.encode())
        self._texts[content] = text
        return content

    async def unlock(self, contents: Iterable[bytes]) -> None:
        """Open these for good. Raises ValueError for another key."""
        for content in contents:
            self._texts[content] = (await self._sealer.unseal(content)).decode()

    def text(self, content: bytes) -> str:
        """What was sealed. Raises RuntimeError when it was not unlocked and the sealer waits."""
        known = self._texts.get(content)
        return without_waiting(self._sealer.unseal(content)).decode() if known is None else known

    def record(self, content: bytes) -> Record:
        """The record in these bytes."""
        return parse(self.text(content))
