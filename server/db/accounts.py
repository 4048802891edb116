"""Store: members of staff who can log in, and their log-ins."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, update

from server.db import shapes

ACCOUNT = shapes.table("account")
SESSION = shapes.table("session")


@dataclass(frozen=True, slots=True)
class Account:
    """A row of `account`."""

    id: str
    username: str
    display_name: str
    language: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A row of `session`."""

    secret_sha256: str
    account: str
    csrf: str
    created_at: datetime
    last_seen_at: datetime


_ACCOUNTS = select(*shapes.columns(ACCOUNT, Account))
_SESSIONS = select(*shapes.columns(SESSION, Session))


def add(connection: Connection, account: Account) -> None:
    """Insert; the user name must be free."""
    shapes.add(connection, ACCOUNT, [account])


def of_id(connection: Connection, account: str) -> Account | None:
    """By id."""
    return shapes.first(connection, _ACCOUNTS.where(ACCOUNT.c.id == account), Account)


def of_username(connection: Connection, username: str) -> Account | None:
    """By user name, which is kept in lower case."""
    return shapes.first(connection, _ACCOUNTS.where(ACCOUNT.c.username == username), Account)


def everyone(connection: Connection) -> list[Account]:
    """All accounts, by user name."""
    return shapes.read(connection, _ACCOUNTS.order_by(ACCOUNT.c.username), Account)


def names(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """How these are called; who has no account is absent."""
    query = select(ACCOUNT.c.id, ACCOUNT.c.display_name).where(ACCOUNT.c.id.in_(accounts))
    return {account: name for account, name in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def count(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(func.count()).select_from(ACCOUNT)).scalar_one()


def set_password_hash(connection: Connection, account: str, password_hash: str) -> None:
    """Replace the stored hash."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(password_hash=password_hash))


def set_disabled(connection: Connection, account: str, at: datetime | None) -> None:
    """Close the account from then on, or open it again with None."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(disabled_at=at))


def set_language(connection: Connection, account: str, language: str) -> None:
    """The language of the console for this person."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(language=language))


def set_email(connection: Connection, account: str, email: str | None) -> None:
    """Where the morning's overview goes; None for nowhere."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(email=email))


def add_session(connection: Connection, session: Session) -> None:
    """Insert a log-in."""
    shapes.add(connection, SESSION, [session])


def session(connection: Connection, secret_sha256: str) -> Session | None:
    """A log-in by the hash of its secret, lapsed or not."""
    return shapes.first(connection, _SESSIONS.where(SESSION.c.secret_sha256 == secret_sha256), Session)


def touch_session(connection: Connection, secret_sha256: str, at: datetime) -> None:
    """Somebody was there at `at`."""
    connection.execute(update(SESSION).where(SESSION.c.secret_sha256 == secret_sha256).values(last_seen_at=at))


def remove_session(connection: Connection, secret_sha256: str) -> None:
    """Log out; nothing happens when it is gone."""
    connection.execute(delete(SESSION).where(SESSION.c.secret_sha256 == secret_sha256))


def remove_sessions_of(connection: Connection, account: str) -> None:
    """Log out everywhere."""
    connection.execute(delete(SESSION).where(SESSION.c.account == account))


def remove_lapsed_sessions(connection: Connection, last_seen: datetime, created: datetime) -> int:
    """Drop log-ins that can no longer be used; how many there were."""
    lapsed = or_(SESSION.c.last_seen_at <= last_seen, SESSION.c.created_at <= created)
    return connection.execute(delete(SESSION).where(lapsed)).rowcount
