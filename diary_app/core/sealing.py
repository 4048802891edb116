"""What sealing means: one byte format, implemented by the browser's and the native cryptography.

The two implementations come with the participant's app; storage and sync already go through this interface.
The browser's cryptography answers later (a promise), so sealing is awaited *before* the synchronous transaction that
stores the ciphertext; a sealer that never waits may be driven to its end at once with `without_waiting`.
"""

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Sealer(Protocol):
    """Encrypts what rests on the phone under a random data key, and unsent records to the study's public key."""

    async def seal(self, plain: bytes) -> bytes:
        """Authenticated ciphertext under the data key; awaited before the transaction that stores it."""
        ...

    async def unseal(self, sealed: bytes) -> bytes:
        """The reverse. Raises ValueError when the bytes were changed or the key is another one."""
        ...

    async def seal_to_study(self, plain: bytes) -> bytes:
        """An envelope that only the study's server can open; needs no PIN."""
        ...


class OpenSealer:
    """Keeps bytes as they are: for the demonstration, until a PIN exists."""

    async def seal(self, plain: bytes) -> bytes:
        """See `Sealer.seal`."""
        return plain

    async def unseal(self, sealed: bytes) -> bytes:
        """See `Sealer.unseal`."""
        return sealed

    async def seal_to_study(self, plain: bytes) -> bytes:
        """See `Sealer.seal_to_study`."""
        return plain


def without_waiting(step: Coroutine[Any, Any, T]) -> T:
    """The result of a step that has nothing to wait for. Raises RuntimeError when it does wait."""
    try:
        step.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    step.close()
    raise RuntimeError("this sealer waits: await the sealing step, then keep its result")
