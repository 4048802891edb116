"""Store: members of staff who can log in."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from server.db import shapes

ACCOUNT = shapes.table("account")


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
    last_log_in_at: datetime | None = None


_ACCOUNTS = select(*shapes.columns(ACCOUNT, Account))


def add(connection: Connection, account: Account) -> None:
    """Insert; the user name must be free."""
    shapes.add(connection, ACCOUNT, [account])


def of_id(connection: Connection, account: str) -> Account | None:
    """By id."""
    return shapes.first(connection, _ACCOUNTS.where(ACCOUNT.c.id == account), Account)


def held(connection: Connection, account: str) -> Account | None:
    """By id, as it is now and stays until the transaction ends."""
    return shapes.first(connection, _ACCOUNTS.where(ACCOUNT.c.id == account).with_for_update(), Account)


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


def set_display_name(connection: Connection, account: str, display_name: str) -> None:
    """How the person is shown to colleagues."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(display_name=display_name))


def set_language(connection: Connection, account: str, language: str) -> None:
    """The language of the console for this person."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(language=language))


def set_email(connection: Connection, account: str, email: str | None) -> None:
    """Where the morning's overview goes; None for nowhere."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(email=email))


def set_last_log_in(connection: Connection, account: str, at: datetime) -> None:
    """Somebody has logged in with it, all steps of it."""
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account).values(last_log_in_at=at))
