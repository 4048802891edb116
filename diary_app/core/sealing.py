"""How answers rest on a phone and how they travel from a locked one: byte formats, and what is done with them.

Each format begins with four letters that name it and its version; everything before the ciphertext is authenticated.

    sealed    XDS1, key id 8, nonce 12, AES-256-GCM under the data key; authenticates also what the text is about
    wrapped   XDW1, salt 16, iterations 4, key id 8, nonce 12, the data key under PBKDF2-SHA-256 of the PIN
    envelope  XDE1, public key 65, nonce 12, AES-256-GCM under HKDF-SHA-256 of ECDH on P-256 with the study's key

The cryptography itself comes from the platform through `Cipher`. The browser's answers later (a promise), so all of it
is awaited *before* the synchronous transaction that stores the result; a step that has nothing to wait for may be
driven to its end at once with `without_waiting`.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeGuard, TypeVar

from diary_app.core.environment import Environment

T = TypeVar("T")

SEALED, WRAPPED, ENVELOPE = b"XDS1", b"XDW1", b"XDE1"
KEY_ID, NONCE, SALT, KEY, PUBLIC = 8, 12, 16, 32, 65
ITERATIONS = 600_000
#: A file that asks for more was not made by this app; it would only keep the phone busy.
MOST_ITERATIONS = 10_000_000
#: The curve y^2 = x^3 - 3x + b over the integers modulo p.
_CURVE_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_CURVE_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_UNCOMPRESSED = 4
_ENVELOPE_INFO = b"xerodiary envelope 1"
#: How an envelope stands among the texts of a request.
ENVELOPE_TEXT = "xe1:"


@dataclass(frozen=True)
class Pair:
    """A key pair on P-256: the private key as PKCS#8, the public one as an uncompressed point."""

    private: bytes = field(repr=False)
    public: bytes


class Cipher(Protocol):
    """What the platform's cryptography does. Keys are raw bytes; AES-256-GCM with a tag of 16 bytes at the end."""

    async def stretch(self, secret: bytes, salt: bytes, iterations: int) -> bytes:
        """PBKDF2-SHA-256, 32 bytes."""
        ...

    async def encrypt(self, key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """Ciphertext and tag."""
        ...

    async def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """The reverse. Raises ValueError for another key or changed bytes."""
        ...

    async def new_pair(self) -> Pair:
        """A fresh key pair."""
        ...

    async def agree(self, private: bytes, public: bytes) -> bytes:
        """ECDH. Raises ValueError when the public key is no point of the curve."""
        ...


@dataclass(frozen=True)
class DataKey:
    """The random key under which everything rests on one phone, from one PIN set anew to the next."""

    id: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def fresh(cls, environment: Environment) -> Self:
        """Another one."""
        return cls(environment.random_bytes(KEY_ID), environment.random_bytes(KEY))

    def sealed(self, content: bytes) -> bool:
        """Whether the content says that it rests under this key."""
        return content.startswith(SEALED + self.id)


@dataclass(frozen=True)
class Sealed:
    """Content under a data key, taken apart."""

    key_id: bytes
    nonce: bytes
    ciphertext: bytes

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Raises ValueError when it is something else."""
        key_id, nonce, ciphertext = _taken_apart(content, SEALED, KEY_ID, NONCE)
        return cls(key_id, nonce, ciphertext)

    def compose(self) -> bytes:
        """The bytes to store."""
        return self.head + self.ciphertext

    @property
    def head(self) -> bytes:
        """What is authenticated besides what the text is about."""
        return SEALED + self.key_id + self.nonce


@dataclass(frozen=True)
class Wrap:
    """A data key under a PIN, taken apart."""

    salt: bytes
    iterations: int
    key_id: bytes
    nonce: bytes
    ciphertext: bytes = b""

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Raises ValueError when it is something else."""
        salt, iterations, key_id, nonce, ciphertext = _taken_apart(content, WRAPPED, SALT, 4, KEY_ID, NONCE)
        rounds = int.from_bytes(iterations)
        if not 0 < rounds <= MOST_ITERATIONS:
            raise ValueError("no number of iterations that this app would use")
        return cls(salt, rounds, key_id, nonce, ciphertext)

    def compose(self) -> bytes:
        """The bytes to store."""
        return self.head + self.ciphertext

    @property
    def head(self) -> bytes:
        """What is authenticated."""
        return WRAPPED + self.salt + self.iterations.to_bytes(4) + self.key_id + self.nonce


@dataclass(frozen=True)
class Envelope:
    """What only the study can open, taken apart. `public`: the sender's key, made for this envelope alone."""

    public: bytes
    nonce: bytes
    ciphertext: bytes = b""

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Raises ValueError when it is something else."""
        public, nonce, ciphertext = _taken_apart(content, ENVELOPE, PUBLIC, NONCE)
        return cls(public, nonce, ciphertext)

    def compose(self) -> bytes:
        """The bytes to store and send."""
        return self.head + self.ciphertext

    @property
    def head(self) -> bytes:
        """What is authenticated."""
        return ENVELOPE + self.public + self.nonce

    def key(self, shared: bytes, study: bytes) -> bytes:
        """The key of this envelope, from what both ends agreed on and the study's public key."""
        return hkdf(shared, self.public + study, _ENVELOPE_INFO)


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869), 32 bytes: one block."""
    pseudorandom = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(pseudorandom, info + b"\x01", hashlib.sha256).digest()


def is_open_text(content: bytes) -> bool:
    """Whether it is the text itself, as a phone without a PIN (a simulated one) keeps it."""
    return content.startswith(b"{")


def is_envelope(content: bytes | None) -> TypeGuard[bytes]:
    """Whether it has the form of one; what has not is damaged, and nobody can open it."""
    try:
        return content is not None and bool(Envelope.parse(content))
    except ValueError:
        return False


async def seal(cipher: Cipher, key: DataKey, nonce: bytes, text: str, about: str) -> bytes:
    """A text under the data key, tied to what it is about, so that no two can change places."""
    head = Sealed(key.id, nonce, b"").head
    ciphertext = await cipher.encrypt(key.secret, nonce, text.encode(), head + about.encode())
    return Sealed(key.id, nonce, ciphertext).compose()


async def unseal(cipher: Cipher, key: DataKey, content: bytes, about: str) -> str:
    """The reverse. Raises ValueError for another key, changed bytes, or a text about something else."""
    sealed = Sealed.parse(content)
    plain = await cipher.decrypt(key.secret, sealed.nonce, sealed.ciphertext, sealed.head + about.encode())
    return plain.decode()


async def wrap(
    cipher: Cipher, key: DataKey, pin: str, salt: bytes, nonce: bytes, iterations: int = ITERATIONS
) -> bytes:
    """The data key under a PIN."""
    made = Wrap(salt, iterations, key.id, nonce)
    stretched = await cipher.stretch(pin.encode(), salt, iterations)
    return made.head + await cipher.encrypt(stretched, nonce, key.secret, made.head)


async def unwrap(cipher: Cipher, content: bytes, pin: str) -> DataKey:
    """The data key again. Raises ValueError for another PIN or changed bytes."""
    found = Wrap.parse(content)
    stretched = await cipher.stretch(pin.encode(), found.salt, found.iterations)
    return DataKey(found.key_id, await cipher.decrypt(stretched, found.nonce, found.ciphertext, found.head))


async def seal_to_study(cipher: Cipher, study: bytes, nonce: bytes, text: str, sender: Pair | None = None) -> bytes:
    """An envelope that only the holder of the study's private key can open. `sender`: fresh unless given."""
    sender = sender or await cipher.new_pair()
    made = Envelope(sender.public, nonce)
    key = made.key(await cipher.agree(sender.private, study), study)
    return made.head + await cipher.encrypt(key, nonce, text.encode(), made.head)


def as_text(envelope: bytes) -> str:
    """An envelope among the texts of a request or of a rescue file."""
    return ENVELOPE_TEXT + to_base64(envelope)


def envelope_in(text: str) -> bytes | None:
    """The envelope that a text is; None for a record as it was written. Raises ValueError for broken base64."""
    return from_base64(text.removeprefix(ENVELOPE_TEXT)) if text.startswith(ENVELOPE_TEXT) else None


def to_base64(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def from_base64(text: str) -> bytes:
    """The reverse. Raises ValueError for anything that `to_base64` does not make."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64(data) != text:
        raise ValueError("not URL-safe base64 without padding")
    return data


def require_point(public: bytes) -> None:
    """Raises ValueError for what is no uncompressed point of P-256 (SP 800-186), as a key that was damaged."""
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    if len(public) != PUBLIC or public[0] != _UNCOMPRESSED or (y * y - x**3 + 3 * x - _CURVE_B) % _CURVE_P:
        raise ValueError("not a point of P-256")


def without_waiting(step: Coroutine[Any, Any, T]) -> T:
    """The result of a step that has nothing to wait for. Raises RuntimeError when it does wait."""
    try:
        step.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    step.close()
    raise RuntimeError("this step waits: await the sealing, then keep its result")


def _taken_apart(content: bytes, kind: bytes, *lengths: int) -> list[bytes]:
    """The fixed parts after the name of the format, then the rest."""
    if not content.startswith(kind) or len(content) < len(kind) + sum(lengths):
        raise ValueError(f"not of the format {kind.decode()}")
    parts, at = [], len(kind)
    for length in lengths:
        parts.append(content[at : at + length])
        at += length
    return [*parts, content[at:]]
