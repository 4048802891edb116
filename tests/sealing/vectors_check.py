"""Compare a cipher with the golden vectors; plain code, so that CPython and Pyodide run the same."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from diary_app.core.sealing import Cipher, DataKey, Envelope, Pair, seal, seal_to_study, unseal, unwrap, wrap


async def differences(cipher: Cipher, golden: str) -> list[str]:
    """What differs from the vectors in the JSON text given; empty when all agree."""
    vectors = json.loads(golden)
    checks = (_sealed, _wrapped, _envelope, _refused, _own_pair)
    return [wrong for check in checks async for wrong in check(cipher, vectors)]


async def _sealed(cipher: Cipher, vectors: dict[str, Any]) -> AsyncIterator[str]:
    vector, key = vectors["sealed"], _key(vectors)
    made = await seal(cipher, key, _bytes(vector["nonce"]), vector["text"], vector["about"])
    if made.hex() != vector["content"]:
        yield f"sealed {made.hex()}"
    if await unseal(cipher, key, _bytes(vector["content"]), vector["about"]) != vector["text"]:
        yield "unsealed another text"


async def _wrapped(cipher: Cipher, vectors: dict[str, Any]) -> AsyncIterator[str]:
    vector = vectors["wrapped"]
    salt, nonce = _bytes(vector["salt"]), _bytes(vector["nonce"])
    made = await wrap(cipher, _key(vectors), vector["pin"], salt, nonce, vector["iterations"])
    if made.hex() != vector["content"]:
        yield f"wrapped {made.hex()}"
    if await unwrap(cipher, _bytes(vector["content"]), vector["pin"]) != _key(vectors):
        yield "unwrapped another key"


async def _envelope(cipher: Cipher, vectors: dict[str, Any]) -> AsyncIterator[str]:
    vector, study = vectors["envelope"], _pair(vectors["study"])
    made = await seal_to_study(cipher, study.public, _bytes(vector["nonce"]), vector["text"], _pair(vector["sender"]))
    if made.hex() != vector["content"]:
        yield f"envelope {made.hex()}"
    found = Envelope.parse(made)
    key = found.key(await cipher.agree(study.private, found.public), study.public)
    if (await cipher.decrypt(key, found.nonce, found.ciphertext, found.head)).decode() != vector["text"]:
        yield "opened another text"


async def _refused(cipher: Cipher, vectors: dict[str, Any]) -> AsyncIterator[str]:
    sealed, wrapped, study = vectors["sealed"], vectors["wrapped"], _pair(vectors["study"])
    changed = _bytes(sealed["content"])[:-1] + b"!"
    no_point = b"\x04" + bytes(64)
    attempts: dict[str, Callable[[], Any]] = {
        "changed": lambda: unseal(cipher, _key(vectors), changed, sealed["about"]),
        "about something else": lambda: unseal(cipher, _key(vectors), _bytes(sealed["content"]), "another"),
        "another key": lambda: unseal(cipher, DataKey(bytes(8), bytes(32)), _bytes(sealed["content"]), "record"),
        "another PIN": lambda: unwrap(cipher, _bytes(wrapped["content"]), "0000"),
        "no point": lambda: cipher.agree(study.private, no_point),
    }
    for name, attempt in attempts.items():
        try:
            await attempt()
        except ValueError:
            continue
        yield f"{name} was not refused"


async def _own_pair(cipher: Cipher, vectors: dict[str, Any]) -> AsyncIterator[str]:
    study, fresh = _pair(vectors["study"]), await cipher.new_pair()
    if await cipher.agree(fresh.private, study.public) != await cipher.agree(study.private, fresh.public):
        yield "a fresh pair does not agree"


def _key(vectors: dict[str, Any]) -> DataKey:
    return DataKey(_bytes(vectors["data_key"]["id"]), _bytes(vectors["data_key"]["secret"]))


def _pair(vector: dict[str, str]) -> Pair:
    return Pair(_bytes(vector["private"]), _bytes(vector["public"]))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text)
