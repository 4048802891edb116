"""Invitations: an account is made with its roles, and whoever gets its one link chooses the password themselves."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, CommandRefused, RequestRefused
from server.access import account_names, passwords, rights, sessions, staff
from server.access.account_facts import Happened, note
from server.access.rights import Right
from server.access.roles import Role
from server.access.sessions import LoggedIn
from server.db import accounts, invitations, log_ins
from server.db.accounts import Account
from server.db.engine import reading
from server.db.invitations import Invitation
from server.services import Services

VALID = timedelta(hours=72)
PATH = "/console/join"
_CODE_BYTES = 32
_ASK = message("Ask whoever sent it to you for a new one.")


@dataclass(frozen=True)
class Wanted:
    """Who is to be invited, as what and where; `email` may be empty."""

    username: str
    display_name: str
    language: str
    roles: Collection[tuple[Role, str]]
    email: str = ""


@dataclass(frozen=True)
class Invited:
    """An account and the code of its link, which is kept nowhere."""

    account: Account
    code: str = field(repr=False)
    until: datetime

    def link(self, services: Services) -> str:
        """What the person opens; works once."""
        return f"{services.settings.public_url}{PATH}?code={self.code}"


def invite(connection: Connection, services: Services, wanted: Wanted, *, author: str) -> Invited:
    """Make an account without a password. Raises `CommandRefused`, also for roles that nobody may hold together."""
    if not wanted.roles:
        raise CommandRefused(Code.SETTING_INVALID, "No role is chosen.", "Choose what they will be.")
    rights.hold(connection)
    now = services.environment.now()
    name = staff.free_name(connection, wanted.username)
    account = Account(
        services.environment.new_id(), name, wanted.display_name.strip() or name, staff.spoken(wanted.language), "",
        now, email=wanted.email or None,
    )  # fmt: skip
    accounts.add(connection, account)
    account_names.note(connection, services.environment, account, author=author)
    for role, site in wanted.roles:
        rights.give(connection, Right(account.id, role, site), author=author, environment=services.environment)
    return renew(connection, services, account, author=author)


def renew(connection: Connection, services: Services, account: Account, *, author: str) -> Invited:
    """A new link, in place of an earlier one; also for somebody who has forgotten the password."""
    code = services.environment.random_bytes(_CODE_BYTES).hex()
    until = services.environment.now() + VALID
    invitations.keep(connection, Invitation(account.id, _hashed(code), until))
    note(connection, services.environment, Happened.INVITED, account.id, author=author)
    return Invited(account, code, until)


def invited_by(services: Services, code: str) -> Account:
    """Whose link it is. Raises `RequestRefused` (code_unknown, code_expired)."""
    with reading(services.engine) as connection:
        return _account_of(connection, services, code)


def join(services: Services, code: str, password: str, agent: str) -> LoggedIn:
    """Give the account its password, use the link up and open a session. Raises `RequestRefused`, `CommandRefused`."""
    account = invited_by(services, code)
    passwords.check_choice(password, account.username)
    hashed = passwords.hash_password(password, services.environment.random_bytes(passwords.SALT_BYTES))

    def work(connection: Connection) -> LoggedIn:
        _account_of(connection, services, code)
        if not invitations.take(connection, _hashed(code)):
            raise _unknown()
        accounts.set_password_hash(connection, account.id, hashed)
        log_ins.remove_of(connection, account.id)
        opened = sessions.open_session(connection, services, account, agent)
        # Later than the log-in it brings about, which else would be shown it, and could press it away.
        note(connection, services.environment, Happened.JOINED, account.id, author=account.id)
        return opened

    return services.writer.run("", work)


def _account_of(connection: Connection, services: Services, code: str) -> Account:
    found = invitations.of_code(connection, _hashed(code))
    account = accounts.of_id(connection, found.account) if found else None
    if found is None or account is None or account.disabled_at is not None:
        raise _unknown()
    if found.expires_at <= services.environment.now():
        raise RequestRefused(Code.CODE_EXPIRED, "This link has run out.", _ASK)
    return account


def _unknown() -> RequestRefused:
    return RequestRefused(Code.CODE_UNKNOWN, "This link is not known, or was used before.", _ASK)


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
