"""Second factors that rest sealed with the server's former secret, sealed again with the one of now."""

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from server.access import totp
from server.db import second_factors
from server.logs import logger

_log = logger()


def reseal(connection: Connection, environment: Environment, secret: bytes, former: bytes) -> int:
    """All of them, so that none needs the former secret any more; how many there were."""
    done = 0
    for factor in second_factors.everyones(connection):
        if totp.opens(factor.sealed, secret, factor.account) or not totp.opens(factor.sealed, former, factor.account):
            continue
        shared = totp.unsealed(factor.sealed, former, factor.account)
        assert shared is not None
        closed = totp.sealed(shared, secret, factor.account, environment)
        done += second_factors.seal_anew(connection, factor, closed)
    if done:
        _log.info("second_factors_sealed_anew", count=done)
    return done
