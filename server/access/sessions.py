"""Logging in and out, and who is behind a request. A session's secret is in one cookie; its hash is in the database."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access import passwords, proving, throttle
from server.access.rights import Rights, rights_of
from server.db import accounts
from server.db.accounts import Account, Session
from server.services import Services
from server.settings import Settings

_SECRET_BYTES = 32
_TOUCH_AFTER = timedelta(minutes=1)


class NotLoggedIn(RequestRefused):
    """There is no log-in, or it has lapsed."""

    def __init__(self) -> None:
        super().__init__(Code.NOT_ALLOWED, "You are not logged in, or were logged out.", "Log in again.")


@dataclass(frozen=True)
class Staff:
    """Who is behind a request, and what they may do. `csrf` goes into every form."""

    account: str
    username: str
    display_name: str
    language: str
    rights: Rights
    csrf: str


@dataclass(frozen=True)
class LoggedIn:
    """`secret` goes into the cookie and is kept nowhere else."""

    secret: str
    staff: Staff


def log_in(
    services: Services, *, username: str, password: str, address: str, old_secret: str | None = None
) -> LoggedIn:
    """Open a new session and end the browser's old one. Raises `RequestRefused` (not_allowed, too_many_tries).

    The slow work on the password is done outside any transaction.
    """
    guess = proving.guess_of(services, username, address)
    services.writer.run("", lambda connection: throttle.admit(connection, guess))
    account = proving.account_with(services, username, password, guess)
    renewed = _renewed(services, account, password)
    return services.writer.run("", lambda connection: _open(connection, services, account, guess, renewed, old_secret))


def log_out(connection: Connection, secret: str) -> None:
    """End a session; nothing happens when it has ended."""
    accounts.remove_session(connection, _hashed(secret))


def staff_behind(connection: Connection, settings: Settings, secret: str, now: datetime) -> tuple[Staff, bool]:
    """Who holds this secret, and whether `touch` is due. Raises `NotLoggedIn`."""
    session = accounts.session(connection, _hashed(secret))
    account = accounts.of_id(connection, session.account) if session else None
    if session is None or account is None or account.disabled_at or has_lapsed(session, settings, now):
        raise NotLoggedIn
    return _staff(connection, account, session), now - session.last_seen_at >= _TOUCH_AFTER


def touch(connection: Connection, secret: str, now: datetime) -> None:
    """Somebody is still there; written at most once a minute."""
    accounts.touch_session(connection, _hashed(secret), now)


def has_lapsed(session: Session, settings: Settings, now: datetime) -> bool:
    """Idle for too long, or open for too long however busy."""
    idle = now - session.last_seen_at
    return idle >= timedelta(minutes=settings.session_idle_minutes) or now - session.created_at >= timedelta(
        hours=settings.session_longest_hours
    )


def tidy(connection: Connection, settings: Settings, now: datetime) -> int:
    """Drop lapsed sessions; how many there were."""
    return accounts.remove_lapsed_sessions(
        connection,
        now - timedelta(minutes=settings.session_idle_minutes),
        now - timedelta(hours=settings.session_longest_hours),
    )


def check_csrf(staff: Staff, sent: str) -> None:
    """Raises `RequestRefused` unless the form was made for this log-in."""
    if not hmac.compare_digest(staff.csrf.encode(), sent.encode()):
        raise RequestRefused(
            Code.NOT_ALLOWED, "This form belongs to another log-in or is too old.", "Open the page again and repeat it."
        )


def _renewed(services: Services, account: Account, password: str) -> str | None:
    if not passwords.is_outdated(account.password_hash):
        return None
    return passwords.hash_password(password, services.environment.random_bytes(passwords.SALT_BYTES))


def _open(
    connection: Connection,
    services: Services,
    account: Account,
    guess: throttle.Guess,
    renewed: str | None,
    old_secret: str | None,
) -> LoggedIn:
    throttle.accept(connection, guess)
    tidy(connection, services.settings, guess.at)
    if old_secret:
        log_out(connection, old_secret)
    if renewed:
        accounts.set_password_hash(connection, account.id, renewed)
    secret, csrf = (services.environment.random_bytes(_SECRET_BYTES).hex() for _ in range(2))
    session = Session(_hashed(secret), account.id, csrf, guess.at, guess.at)
    accounts.add_session(connection, session)
    return LoggedIn(secret, _staff(connection, account, session))


def _staff(connection: Connection, account: Account, session: Session) -> Staff:
    rights = rights_of(connection, account.id)
    return Staff(account.id, account.username, account.display_name, account.language, rights, session.csrf)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
