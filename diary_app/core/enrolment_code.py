"""Enrolment codes: 50 random bits and two check characters, written in three groups, forgiving of how people type.

Alphabet: Crockford's base 32 (no I, L, O, U). The check is 10 bits of SHA-256 over the payload, so a slip is told
before anything is sent.
"""

import hashlib

from diary_app.core.errors import Code, RequestRefused

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAYLOAD_BITS = 50
_MISREAD = {"O": "0", "I": "1", "L": "1"}
_BETWEEN = dict.fromkeys(" \t\u00a0-\u2010\u2011\u2013\u2014.", "")
_FORGIVEN = str.maketrans({**_MISREAD, **_BETWEEN})


def code_from(randomness: bytes) -> str:
    """A code as `XXXX-XXXX-XXXX` from at least 7 random bytes. Raises ValueError for fewer."""
    if len(randomness) < 7:
        raise ValueError("a code needs 7 random bytes")
    payload = _text(int.from_bytes(randomness[:7]) & (2**PAYLOAD_BITS - 1), 10)
    return grouped(payload + _check(payload))


def normalise(typed: str) -> str:
    """The 12 characters of a typed code. Raises `RequestRefused` (code_malformed) for a slip of the finger."""
    code = forgiven(typed)
    if len(code) != 12 or any(letter not in ALPHABET for letter in code):
        raise _malformed()
    if _check(code[:10]) != code[10:]:
        raise _malformed()
    return code


def forgiven(typed: str) -> str:
    """What is meant by it: capitals without gaps and dashes, and letters that are easily misread set right."""
    return typed.strip().upper().translate(_FORGIVEN)


def grouped(code: str) -> str:
    """`XXXX-XXXX-XXXX`."""
    return "-".join((code[:4], code[4:8], code[8:]))


def _check(payload: str) -> str:
    digest = hashlib.sha256(b"xerodiary-code:" + payload.encode()).digest()
    return _text(int.from_bytes(digest[:2]) & 0x3FF, 2)


def _text(number: int, length: int) -> str:
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(length)))


def _malformed() -> RequestRefused:
    return RequestRefused(
        Code.CODE_MALFORMED,
        "That is not an enrolment code.",
        "Compare it with the letter, character by character, and type it again.",
    )
