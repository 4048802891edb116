"""Whose request it is: the token's hash against the one that the installation was activated with."""

import hashlib
import hmac

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.db import devices
from server.db.devices import Activation
from server.db.engine import reading
from server.services import Services

MOST_REMEMBERED = 20_000
_NOBODY = "0" * 64
_SCHEME = "bearer "


def authenticated(services: Services, device: str, authorization: str) -> Activation:
    """`authenticate` in a transaction of its own; the installation is remembered. Raises `RequestRefused`."""
    with reading(services.engine) as connection:
        activation = authenticate(connection, device, authorization)
    if len(services.phones) >= MOST_REMEMBERED:
        services.phones.clear()
    services.phones[device] = activation
    return activation


def remembered(services: Services, device: str, authorization: str) -> Activation | None:
    """The same without the database: an activation is a fact, so what was read once holds. None: ask the database."""
    activation = services.phones.get(device)
    return activation if activation and _fits(activation, authorization) else None


def authenticate(connection: Connection, device: str, authorization: str) -> Activation:
    """The installation that the header's token belongs to. Raises `RequestRefused` (device_unknown).

    An unknown installation and a wrong token take the same steps and get the same answer.
    """
    activation = devices.activation(connection, device)
    is_right = _fits(activation, authorization)
    if activation is None or not is_right:
        raise RequestRefused(
            Code.DEVICE_UNKNOWN,
            "The server does not know this phone.",
            "Nothing is lost: the phone keeps everything. Ask the site for a new code.",
        )
    return activation


def _fits(activation: Activation | None, authorization: str) -> bool:
    token = authorization[len(_SCHEME) :] if authorization[: len(_SCHEME)].lower() == _SCHEME else ""
    stated = hashlib.sha256(token.strip().encode()).hexdigest()
    return hmac.compare_digest(stated, activation.token_sha256 if activation else _NOBODY)
