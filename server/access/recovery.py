"""Recovery codes: ten that each let in once whoever has lost the authenticator. Shown once, kept as keyed hashes."""

import hashlib
import hmac

from diary_app.core.enrolment_code import ALPHABET, forgiven
from diary_app.core.environment import Environment

HOW_MANY = 10
_HALF = 5


def new_codes(environment: Environment) -> tuple[str, ...]:
    """Ten as they are shown, of 50 random bits each: `XXXXX-XXXXX`."""
    letters = [_letters(environment.random_bytes(2 * _HALF)) for _ in range(HOW_MANY)]
    return tuple(f"{one[:_HALF]}-{one[_HALF:]}" for one in letters)


def keyed_hash(key: bytes, account: str, code: str) -> str:
    """What is kept of a code, however it is typed. `key`: the server's secret."""
    return hmac.new(key, f"recovery\n{account}\n{forgiven(code)}".encode(), hashlib.sha256).hexdigest()


def _letters(randomness: bytes) -> str:
    return "".join(ALPHABET[byte & 31] for byte in randomness)
