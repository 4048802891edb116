"""Accounts of staff: making, finding, changing and closing them. They are closed, never removed."""

import re
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, CommandRefused
from diary_app.resources import LANGUAGES
from server.access import account_names, passwords, rights
from server.access.account_facts import Happened, note
from server.db import accounts, invitations, log_ins
from server.db.accounts import Account
from server.intake.known import COMMAND_LINE

_USERNAME = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,63}$")


def add_account(
    connection: Connection,
    environment: Environment,
    *,
    username: str,
    display_name: str,
    password: str,
    language: str = "da",
    author: str = COMMAND_LINE,
) -> Account:
    """A new account without rights. Raises `CommandRefused` for a name that is taken or malformed.

    `author`: whoever makes it; a password is typed for somebody else only at the server itself.
    """
    rights.hold(connection)
    name = free_name(connection, username)
    account = Account(
        environment.new_id(), name, display_name.strip() or name, spoken(language),
        _hashed(environment, password, name), environment.now(),
    )  # fmt: skip
    accounts.add(connection, account)
    account_names.note(connection, environment, account, author=author)
    return account


def free_name(connection: Connection, username: str) -> str:
    """The user name as it is kept. Raises `CommandRefused` for one that is taken or malformed."""
    name = username.strip().lower()
    if not _USERNAME.match(name):
        raise CommandRefused(
            Code.SETTING_INVALID,
            "This cannot be a user name.",
            "Use 2 to 64 letters a to z, digits, and . _ @ or -.",
        )
    if accounts.of_username(connection, name):
        raise CommandRefused(Code.ALREADY_EXISTS, "This user name is taken.", "Choose another user name.")
    return name


def spoken(language: str) -> str:
    """The language as the account keeps it. Raises `CommandRefused` for one without words: no page could be shown."""
    if language not in LANGUAGES:
        raise CommandRefused(
            Code.SETTING_INVALID,
            "The pages are not available in this language.",
            "Choose one of those that are offered.",
        )
    return language


def account_named(connection: Connection, username: str) -> Account:
    """Raises `CommandRefused` when there is none."""
    account = accounts.of_username(connection, username.strip().lower())
    if account is None:
        raise CommandRefused(
            Code.NOT_FOUND, "There is no account {username}.", "Look at the list of accounts.", username=username
        )
    return account


def accounts_at(connection: Connection, at: datetime | None) -> list[Account]:
    """Accounts by user name as they were at a past moment: those made later are left out, those closed later open."""
    everyone = accounts.everyone(connection)
    if at is None:
        return everyone
    return [_as_it_was(one, at) for one in everyone if one.created_at <= at]


def _as_it_was(account: Account, at: datetime) -> Account:
    is_closed = account.disabled_at is not None and account.disabled_at <= at
    return account if is_closed else replace(account, disabled_at=None)


def call(connection: Connection, account: Account, display_name: str) -> Account:
    """How colleagues see somebody who has no password, as after a restore from a bundle, which knows user names alone.

    Raises `CommandRefused` (not_allowed) once there is a password: what they sign bears the name, and it is theirs.
    """
    if account.password_hash:
        raise CommandRefused(
            Code.NOT_ALLOWED, "Whoever has a password keeps the name.", "Leave it out, or invite another account."
        )
    accounts.set_display_name(connection, account.id, display_name.strip() or account.username)
    return replace(account, display_name=display_name.strip() or account.username)


def set_password(connection: Connection, environment: Environment, account: Account, new: str, *, author: str) -> None:
    """A new password, which logs the account out everywhere. Raises `CommandRefused` for one that is too plain."""
    accounts.set_password_hash(connection, account.id, _hashed(environment, new, account.username))
    log_ins.remove_of(connection, account.id)
    note(connection, environment, Happened.PASSWORD_CHANGED, account.id, author=author)


def set_email(
    connection: Connection, environment: Environment, account: Account, email: str | None, *, author: str
) -> None:
    """Where the account gets its mail from now on; None for nowhere. The trail keeps that it changed, not to what."""
    if email == account.email:
        return
    accounts.set_email(connection, account.id, email)
    note(connection, environment, Happened.ADDRESS_CHANGED, account.id, author=author)


def disable(connection: Connection, environment: Environment, account: str, *, author: str) -> None:
    """Nobody can log in with it any more, by an invitation neither, and whoever is logged in is out."""
    accounts.set_disabled(connection, account, environment.now())
    log_ins.remove_of(connection, account)
    invitations.withdraw(connection, account)
    note(connection, environment, Happened.CLOSED, account, author=author)


def _hashed(environment: Environment, password: str, username: str) -> str:
    passwords.check_choice(password, username)
    return passwords.hash_password(password, environment.random_bytes(passwords.SALT_BYTES))
