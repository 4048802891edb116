"""Passwords: hashed with Argon2id, and checked with the same work whether or not the account exists."""

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from diary_app.core.errors import Code, CommandRefused

SHORTEST, LONGEST = 12, 200
SALT_BYTES = 16
#: 32 MiB and three passes: about 50 ms, and small enough for a server of 120 MiB.
HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
#: As many at once as memory is set aside for; whoever tries many passwords together only waits.
TURNS = BoundedSemaphore(4)


def hash_password(password: str, salt: bytes) -> str:
    """The text to store. Raises `CommandRefused` for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise CommandRefused(
            Code.SETTING_INVALID,
            "A password has {shortest} to {longest} characters.",
            "Choose several words that do not belong together.",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    with TURNS:
        return HASHER.hash(_same_everywhere(password), salt=salt)


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the hash; None stands for an account that is not there."""
    known = stored or _nobodys()
    try:
        with TURNS:
            HASHER.verify(known, _same_everywhere(password[: LONGEST + 1]))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters and is to be made again at the next log-in."""
    return HASHER.check_needs_rehash(stored)


def _same_everywhere(password: str) -> str:
    """Keyboards send ø or å composed or not; both are the same password."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobodys() -> str:
    return HASHER.hash("of nobody", salt=bytes(SALT_BYTES))
