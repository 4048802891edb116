"""The cipher of this process."""

import sys

from diary_app.core.sealing import Cipher


def this_cipher() -> Cipher:
    """The browser's in a browser, else the one of the package `cryptography`."""
    if sys.platform == "emscripten":
        from diary_app.sealing.browser import BrowserCipher  # noqa: PLC0415 - exists in a browser only

        return BrowserCipher()
    from diary_app.sealing.native import NativeCipher  # noqa: PLC0415 - has no wheel for browsers

    return NativeCipher()
