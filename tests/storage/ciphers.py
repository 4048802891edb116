"""Real cryptography for tests: without the long stretching, or waiting where a test says so."""

import asyncio
from collections.abc import Callable

from diary_app.sealing.native import NativeCipher


class QuickCipher(NativeCipher):
    """One round instead of hundreds of thousands."""

    async def stretch(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        return await super().stretch(secret, salt, 1)


class SlowCipher(QuickCipher):
    """Takes its time over every text, as the browser does; `meanwhile` happens once, in the middle."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], object]] = []

    async def encrypt(self, key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        await asyncio.sleep(0)
        if self.meanwhile:
            self.meanwhile.pop()()
        return await super().encrypt(key, nonce, plain, associated)
