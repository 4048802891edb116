"""Passwords: hashed with Argon2id, and checked with the same work whether or not the account exists."""

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from diary_app.core.errors import Code, CommandRefused
from server.access.common_passwords import is_common

SHORTEST, LONGEST = 12, 128
#: Of what is typed so much is looked at: longer ones were allowed once.
_LOOKED_AT = 200
#: Fewer different characters than this are a key held down.
_DIFFERENT = 5
#: A shorter user name turns up in a sentence by itself.
_NAME_COUNTS_FROM = 4
SALT_BYTES = 16
#: 32 MiB and three passes: about 50 ms, and small enough for a server of 120 MiB.
HASHER = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
#: As many at once as memory is set aside for; whoever tries many passwords together only waits.
TURNS = BoundedSemaphore(4)


def hash_password(password: str, salt: bytes) -> str:
    """The text to store. Raises `CommandRefused` for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused("A password has 12 to 128 characters.")
    with TURNS:
        return HASHER.hash(_same_everywhere(password), salt=salt)


def check_choice(password: str, username: str) -> None:
    """Raises `CommandRefused` for a new password that others would think of first. Its length is checked elsewhere."""
    if len(username) >= _NAME_COUNTS_FROM and username.lower() in password.lower():
        raise _refused("The user name is part of the password.")
    if len(set(password)) < _DIFFERENT:
        raise _refused("The password repeats a few characters.")
    if is_common(password[:LONGEST]):
        raise _refused("The password is one of the commonest, or close to one.")


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the hash; None or nothing stands for an account without one."""
    known = stored or _nobodys()
    try:
        with TURNS:
            HASHER.verify(known, _same_everywhere(password[: _LOOKED_AT + 1]))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(stored)


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters and is to be made again at the next log-in."""
    return HASHER.check_needs_rehash(stored)


def _same_everywhere(password: str) -> str:
    """Keyboards send ø or å composed or not; both are the same password."""
    return unicodedata.normalize("NFC", password)


def _refused(what: str) -> CommandRefused:
    return CommandRefused(Code.SETTING_INVALID, what, "Choose several words that do not belong together.")


@cache
def _nobodys() -> str:
    return HASHER.hash("of nobody", salt=bytes(SALT_BYTES))
