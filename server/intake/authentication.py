"""Whose request it is: the token's hash against the one that the installation was activated with."""

import hashlib
import hmac

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.db import devices
from server.db.devices import Activation

_NOBODY = "0" * 64
_SCHEME = "bearer "


def authenticate(connection: Connection, device: str, authorization: str) -> Activation:
    """The installation that the header's token belongs to. Raises `RequestRefused` (device_unknown).

    An unknown installation and a wrong token take the same steps and get the same answer.
    """
    token = authorization[len(_SCHEME) :] if authorization[: len(_SCHEME)].lower() == _SCHEME else ""
    stated = hashlib.sha256(token.strip().encode()).hexdigest()
    activation = devices.activation(connection, device)
    is_right = hmac.compare_digest(stated, activation.token_sha256 if activation else _NOBODY)
    if activation is None or not is_right:
        raise RequestRefused(
            Code.DEVICE_UNKNOWN,
            "The server does not know this phone.",
            "Nothing is lost: the phone keeps everything. Ask the site for a new code.",
        )
    return activation
