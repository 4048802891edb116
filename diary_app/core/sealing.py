"""What sealing means: one byte format, implemented by the browser's and the native cryptography.

The two implementations come with the participant's app; storage and sync already go through this interface.
"""

from typing import Protocol


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
