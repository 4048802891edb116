"""`Cipher` with the browser's WebCrypto; can be imported only where `js` exists (Pyodide).

Whatever goes over is a copy made by `to_js`, and what comes back is let go of with its last name in Python: nothing is
left behind on either side, however many evenings a page stays open.
"""

from collections.abc import Awaitable
from typing import Any

from js import Object, crypto
from pyodide.ffi import JsException, to_js

from diary_app.core.sealing import KEY, Pair

_BITS = 8 * KEY
_ON_P256 = {"name": "ECDH", "namedCurve": "P-256"}


class BrowserCipher:
    """See `Cipher`."""

    async def stretch(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        """See `Cipher`."""
        key = await _imported("raw", secret, {"name": "PBKDF2"}, "deriveBits")
        how = {"name": "PBKDF2", "hash": "SHA-256", "salt": to_js(salt), "iterations": iterations}
        return await _bytes(crypto.subtle.deriveBits(_object(how), key, _BITS))

    async def encrypt(self, key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """See `Cipher`."""
        imported = await _imported("raw", key, {"name": "AES-GCM"}, "encrypt")
        return await _bytes(crypto.subtle.encrypt(_gcm(nonce, associated), imported, to_js(plain)))

    async def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """See `Cipher`."""
        imported = await _imported("raw", key, {"name": "AES-GCM"}, "decrypt")
        try:
            return await _bytes(crypto.subtle.decrypt(_gcm(nonce, associated), imported, to_js(sealed)))
        except JsException as error:
            raise ValueError("sealed under another key, or changed") from error

    async def new_pair(self) -> Pair:
        """See `Cipher`."""
        made = await crypto.subtle.generateKey(_object(_ON_P256), True, to_js(["deriveBits"]))
        private = await _bytes(crypto.subtle.exportKey("pkcs8", made.privateKey))
        return Pair(private, await _bytes(crypto.subtle.exportKey("raw", made.publicKey)))

    async def agree(self, private: bytes, public: bytes) -> bytes:
        """See `Cipher`."""
        ours = await _imported("pkcs8", private, _ON_P256, "deriveBits")
        try:
            theirs = await _imported("raw", public, _ON_P256)
        except JsException as error:
            raise ValueError("no point of the curve") from error
        return await _bytes(crypto.subtle.deriveBits(_object({"name": "ECDH", "public": theirs}), ours, _BITS))


async def _imported(form: str, key: bytes, algorithm: dict[str, Any], *uses: str) -> Any:
    return await crypto.subtle.importKey(form, to_js(key), _object(algorithm), False, to_js(list(uses)))


def _gcm(nonce: bytes, associated: bytes) -> Any:
    return _object({"name": "AES-GCM", "iv": to_js(nonce), "additionalData": to_js(associated), "tagLength": 128})


def _object(value: dict[str, Any]) -> Any:
    return to_js(value, dict_converter=Object.fromEntries)


async def _bytes(promise: Awaitable[Any]) -> bytes:
    return bytes((await promise).to_bytes())
