"""`Cipher` with the package `cryptography`; never waits. The long stretching of a PIN leaves the event loop free."""

import asyncio

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from diary_app.core.sealing import KEY, Pair

_CURVE = ec.SECP256R1()


class NativeCipher:
    """See `Cipher`."""

    async def stretch(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        """See `Cipher`."""
        derivation = PBKDF2HMAC(algorithm=SHA256(), length=KEY, salt=salt, iterations=iterations)
        return await asyncio.to_thread(derivation.derive, secret)

    async def encrypt(self, key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """See `Cipher`."""
        return AESGCM(key).encrypt(nonce, plain, associated)

    async def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """See `Cipher`."""
        try:
            return AESGCM(key).decrypt(nonce, sealed, associated)
        except InvalidTag as error:
            raise ValueError("sealed under another key, or changed") from error

    async def new_pair(self) -> Pair:
        """See `Cipher`."""
        private = ec.generate_private_key(_CURVE)
        return Pair(
            private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        )

    async def agree(self, private: bytes, public: bytes) -> bytes:
        """See `Cipher`."""
        ours = load_der_private_key(private, None)
        if not isinstance(ours, ec.EllipticCurvePrivateKey):
            raise TypeError("no key on an elliptic curve")
        return ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public))
