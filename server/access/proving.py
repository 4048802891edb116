"""Who somebody is, shown by their password: at the log-in, and again for what is signed or settled (R24)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from server.access import passwords, throttle
from server.access.acting import Acting, role_of
from server.access.roles import Permission
from server.db import accounts
from server.db.accounts import Account
from server.db.engine import reading
from server.logs import logger
from server.services import Services

_log = logger()


@dataclass(frozen=True)
class Person:
    """A member of staff who does something, whom the trail names."""

    account: str
    username: str
    display_name: str

    def role_for(self, connection: Connection, permission: Permission, site: str) -> str:
        """The role in which they may do it at that site now. Raises `RequestRefused` (not_allowed)."""
        return role_of(connection, Acting(self.account), permission, site)


def prove(services: Services, *, username: str, password: str, address: str) -> Person:
    """Whoever has this name and password. Raises `RequestRefused` (not_allowed, too_many_tries).

    Wrong tries count as at the log-in, with those of the log-in.
    """
    guess = guess_of(services, username, address)
    services.writer.run("", lambda connection: throttle.admit(connection, guess))
    account = account_with(services, username, password, guess)
    services.writer.run("", lambda connection: throttle.accept(connection, guess))
    return Person(account.id, account.username, account.display_name)


def guess_of(services: Services, username: str, address: str) -> throttle.Guess:
    """One try under that name from that address, now."""
    name, now = known_as(username), services.environment.now()
    return throttle.guess(services.secret, name, address, now, former=services.former_secret)


def known_as(username: str) -> str:
    """A user name as it is kept."""
    return username.strip().lower()[:64]


def account_with(services: Services, username: str, password: str, guess: throttle.Guess) -> Account:
    """The account of that name and password. Raises `RequestRefused` (not_allowed).

    Takes the same time whether or not the account exists, is closed, or has another password.
    """
    with reading(services.engine) as connection:
        account = accounts.of_username(connection, known_as(username))
    usable = account if account and account.password_hash and account.disabled_at is None else None
    right = passwords.is_right(password, usable.password_hash if usable else None)
    _log.info("log-in", right=usable is not None and right, account=account.id if account else None, place=guess.place)
    if usable is None or not right:
        raise _wrong()
    return usable


def still(connection: Connection, account: Account) -> Account:
    """The account whose password was right a moment ago, held so that nothing about it changes from here on.

    Raises `RequestRefused` (not_allowed) where the password was changed, or the account closed, while it was looked at:
    whoever changes it because somebody else knows it would else leave them a log-in, or even the old password.
    """
    found = accounts.held(connection, account.id)
    if found is None or found.disabled_at is not None or found.password_hash != account.password_hash:
        raise _wrong()
    return found


def _wrong() -> RequestRefused:
    return RequestRefused(Code.NOT_ALLOWED, "User name or password is wrong.", "Check both and try again.")
