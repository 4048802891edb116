"""Logging in and out, and who is behind a request. A session's secret is in one cookie; its hash is in the database."""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.resources import LANGUAGES
from server.access import familiar, passwords, proving, throttle
from server.access.browsers import Browser, described
from server.access.rights import Rights, rights_of
from server.clocks import is_ahead
from server.db import accounts, log_ins, second_factors
from server.db.accounts import Account
from server.db.log_ins import Session
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


class Due(StrEnum):
    """What is still to do after the password, before anything may be opened."""

    CODE = "code"
    SET_UP = "set_up"


@dataclass(frozen=True)
class Held:
    """A log-in and how far it is. Only what leads to the second step, or out, may work with one that is not through."""

    staff: Staff
    session: Session = field(repr=False)
    due: Due | None
    has_second_factor: bool
    touch_due: bool = False


class StepDue(RequestRefused):
    """The password was right, and that is not enough; `due` says what is missing."""

    def __init__(self, due: Due) -> None:
        super().__init__(
            Code.NOT_ALLOWED,
            "You are not logged in yet: the second step is missing.",
            "Go on with the second step of the log-in.",
        )
        self.due = due


@dataclass(frozen=True)
class LoggedIn:
    """`secret` goes into the cookie and is kept nowhere else."""

    secret: str = field(repr=False)
    staff: Staff
    due: Due | None = None


def log_in(
    services: Services, *, username: str, password: str, address: str, agent: str = "", old_secret: str | None = None
) -> LoggedIn:
    """Open a new session and end the browser's old one. Raises `RequestRefused` (not_allowed, too_many_tries).

    The slow work on the password is done outside any transaction. `agent`: what the browser calls itself.
    """
    guess = proving.guess_of(services, username, address)
    services.writer.run("", lambda connection: throttle.admit(connection, guess))
    account = proving.account_with(services, username, password, guess)
    renewed = _renewed(services, account, password)

    def work(connection: Connection) -> LoggedIn:
        throttle.accept(connection, guess)
        now_known = proving.still(connection, account)
        if old_secret:
            log_out(connection, old_secret)
        if renewed:
            accounts.set_password_hash(connection, account.id, renewed)
        return open_session(connection, services, now_known, agent)

    return services.writer.run("", work)


def open_session(connection: Connection, services: Services, account: Account, agent: str) -> LoggedIn:
    """A new session of whoever has just shown that the account is theirs, as far as the second step."""
    now = services.environment.now()
    tidy(connection, services.settings, now)
    browser = described(agent)
    secret, csrf = _fresh(services), _fresh(services)
    session = Session(
        _hashed(secret), services.environment.new_id(), account.id, csrf, now, now, browser.family, browser.system
    )
    log_ins.add(connection, session)
    held = _held(connection, services.settings, account, session)
    if held.due is None:
        _is_in(connection, services, session)
    return LoggedIn(secret, held.staff, held.due)


def renew(connection: Connection, services: Services, session: Session, *, passed_second: bool) -> LoggedIn:
    """Go on with a new secret and new forms, as more may be done with it than before. Raises `NotLoggedIn`."""
    now = services.environment.now()
    account = accounts.of_id(connection, session.account)
    if account is None or not log_ins.remove(connection, session.secret_sha256):
        raise NotLoggedIn
    secret, csrf = _fresh(services), _fresh(services)
    second_at = now if passed_second else session.second_at
    renewed = replace(
        session, secret_sha256=_hashed(secret), csrf=csrf, last_seen_at=now, second_at=second_at, offered=None
    )
    log_ins.add(connection, renewed)
    held = _held(connection, services.settings, account, renewed)
    if passed_second:
        _is_in(connection, services, renewed)
    return LoggedIn(secret, held.staff, held.due)


def log_out(connection: Connection, secret: str) -> None:
    """End a session; nothing happens when it has ended."""
    log_ins.remove(connection, _hashed(secret))


def held_by(connection: Connection, settings: Settings, secret: str, now: datetime) -> Held:
    """The log-in of this secret, through or not, and whether `touch` is due. Raises `NotLoggedIn`."""
    session = log_ins.of_secret(connection, _hashed(secret))
    account = accounts.of_id(connection, session.account) if session else None
    if session is None or account is None or account.disabled_at or has_lapsed(session, settings, now):
        raise NotLoggedIn
    held = _held(connection, settings, account, session)
    return replace(held, touch_due=abs(now - session.last_seen_at) >= _TOUCH_AFTER)


def through(held: Held) -> Staff:
    """Whoever has done every step of the log-in. Raises `StepDue` for anybody else."""
    if held.due is not None:
        raise StepDue(held.due)
    return held.staff


def staff_behind(connection: Connection, settings: Settings, secret: str, now: datetime) -> tuple[Staff, bool]:
    """Who holds this secret, and whether `touch` is due. Raises `NotLoggedIn`, `StepDue`."""
    held = held_by(connection, settings, secret, now)
    return through(held), held.touch_due


def touch(connection: Connection, secret: str, now: datetime) -> None:
    """Somebody is still there; written at most once a minute."""
    log_ins.touch(connection, _hashed(secret), now)


def has_lapsed(session: Session, settings: Settings, now: datetime) -> bool:
    """Idle for too long, or open for too long however busy; one of a clock that was ahead would be open for longer."""
    idle = now - session.last_seen_at
    is_long = now - session.created_at >= timedelta(hours=settings.session_longest_hours)
    return is_long or is_ahead(session.created_at, now) or idle >= timedelta(minutes=settings.session_idle_minutes)


def tidy(connection: Connection, settings: Settings, now: datetime) -> int:
    """Drop lapsed sessions; how many there were."""
    return log_ins.remove_lapsed(
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


def _is_in(connection: Connection, services: Services, session: Session) -> None:
    """Somebody has just done every step of a log-in."""
    accounts.set_last_log_in(connection, session.account, services.environment.now())
    browser = Browser(session.browser, session.system)
    familiar.note_other_browser(connection, services, session.account, browser)


def _renewed(services: Services, account: Account, password: str) -> str | None:
    if not passwords.is_outdated(account.password_hash):
        return None
    return passwords.hash_password(password, services.environment.random_bytes(passwords.SALT_BYTES))


def _held(connection: Connection, settings: Settings, account: Account, session: Session) -> Held:
    has_one = second_factors.of(connection, account.id) is not None
    return Held(_staff(connection, account, session), session, _due(settings, session, has_one=has_one), has_one)


def _due(settings: Settings, session: Session, *, has_one: bool) -> Due | None:
    if settings.second_factor == "off" or (has_one and session.second_at):
        return None
    if has_one:
        return Due.CODE
    return Due.SET_UP if settings.second_factor == "required" else None


def _fresh(services: Services) -> str:
    return services.environment.random_bytes(_SECRET_BYTES).hex()


def _staff(connection: Connection, account: Account, session: Session) -> Staff:
    rights = rights_of(connection, account.id)
    language = account.language if account.language in LANGUAGES else LANGUAGES[0]  # of another release, or mistyped
    return Staff(account.id, account.username, account.display_name, language, rights, session.csrf)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
