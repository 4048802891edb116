"""Codes of an authenticator app (TOTP, RFC 6238): six digits that change every half minute, made from a shared secret.

The secret rests sealed with a key derived from the server's own, bound to the account that it belongs to.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp.exceptions import OTPVerificationError

from diary_app.core.environment import Environment
from diary_app.core.sealing import hkdf
from server.logs import logger

#: 160 bits, as RFC 4226 recommends; 32 letters of base 32.
_SECRET_BYTES = 20
_NONCE_BYTES = 12
#: A clock may be half a minute off in either direction.
_STEPS_OFF = 1
_SALT, _INFO = b"xerodiary second factor", b"seal 1"
#: Before the first step of all: no code was taken yet.
NO_STEP = 0
_log = logger()


@dataclass(frozen=True)
class Shared:
    """What server and authenticator both know."""

    secret: str = field(repr=False)

    def step_of(self, code: str, now: datetime) -> int | None:
        """For which step of time this is the code; None when it is that of none close to now."""
        try:
            return pyotp.TOTP(self.secret).verify_and_get_timecode(code, for_time=now, valid_window=_STEPS_OFF)
        except OTPVerificationError:
            return None

    def code_at(self, moment: datetime) -> str:
        """What an authenticator shows then."""
        return pyotp.TOTP(self.secret).at(moment)

    def address(self, username: str, issuer: str) -> str:
        """What a QR code carries into an authenticator."""
        return pyotp.TOTP(self.secret).provisioning_uri(name=username, issuer_name=issuer)

    @property
    def in_groups(self) -> str:
        """For typing it by hand: groups of four."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


def new_shared(environment: Environment) -> Shared:
    """One that nobody knows yet."""
    return Shared(base64.b32encode(environment.random_bytes(_SECRET_BYTES)).decode())


def sealed(shared: Shared, key: bytes, account: str, environment: Environment) -> str:
    """As it may be stored. `key`: the server's secret."""
    nonce = environment.random_bytes(_NONCE_BYTES)
    closed = AESGCM(_derived(key)).encrypt(nonce, shared.secret.encode(), account.encode())
    return base64.b64encode(nonce + closed).decode()


def unsealed(text: str, key: bytes, account: str) -> Shared | None:
    """What was stored for that account; None where it was sealed with another key, or for somebody else."""
    found = _opened(text, key, account)
    if found is None:
        _log.warning("second_factor_of_another_key", account=account)
    return found


def opens(text: str, key: bytes, account: str) -> bool:
    """Whether it was sealed with that key, for that account."""
    return _opened(text, key, account) is not None


def _opened(text: str, key: bytes, account: str) -> Shared | None:
    closed = base64.b64decode(text)
    nonce, rest = closed[:_NONCE_BYTES], closed[_NONCE_BYTES:]
    try:
        return Shared(AESGCM(_derived(key)).decrypt(nonce, rest, account.encode()).decode())
    except InvalidTag:
        return None


def _derived(key: bytes) -> bytes:
    return hkdf(key, _SALT, _INFO)
