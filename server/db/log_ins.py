"""Store: log-ins of staff, by the hash of the secret that the browser holds."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from server.db import shapes

TABLE = shapes.table("session")


@dataclass(frozen=True, slots=True)
class Session:
    """A row of `session`; `id` names it where its owner ends it."""

    secret_sha256: str = field(repr=False)
    id: str
    account: str
    csrf: str = field(repr=False)
    created_at: datetime
    last_seen_at: datetime
    browser: str
    system: str
    second_at: datetime | None = None
    offered: str | None = field(default=None, repr=False)


_ALL = select(*shapes.columns(TABLE, Session))


def add(connection: Connection, session: Session) -> None:
    """Insert a log-in."""
    shapes.add(connection, TABLE, [session])


def of_secret(connection: Connection, secret_sha256: str) -> Session | None:
    """A log-in by the hash of its secret, lapsed or not."""
    return shapes.first(connection, _ALL.where(TABLE.c.secret_sha256 == secret_sha256), Session)


def of_account(connection: Connection, account: str) -> list[Session]:
    """All of an account, lapsed or not, the newest first."""
    return shapes.read(connection, _ALL.where(TABLE.c.account == account).order_by(TABLE.c.created_at.desc()), Session)


def touch(connection: Connection, secret_sha256: str, at: datetime) -> None:
    """Somebody was there at `at`."""
    connection.execute(update(TABLE).where(TABLE.c.secret_sha256 == secret_sha256).values(last_seen_at=at))


def offer(connection: Connection, secret_sha256: str, sealed: str | None) -> None:
    """Keep what is being set up in this log-in; None forgets it."""
    connection.execute(update(TABLE).where(TABLE.c.secret_sha256 == secret_sha256).values(offered=sealed))


def remove(connection: Connection, secret_sha256: str) -> bool:
    """Log out; whether it was there."""
    return connection.execute(delete(TABLE).where(TABLE.c.secret_sha256 == secret_sha256)).rowcount == 1


def remove_one_of(connection: Connection, account: str, id: str) -> bool:
    """End one log-in of an account; whether it was there."""
    return connection.execute(delete(TABLE).where(TABLE.c.account == account, TABLE.c.id == id)).rowcount == 1


def remove_of(connection: Connection, account: str, *, but: str = "") -> int:
    """Log an account out everywhere, or everywhere but in the log-in of that hash; how many ended."""
    theirs = TABLE.c.account == account
    return connection.execute(delete(TABLE).where(theirs, TABLE.c.secret_sha256 != but)).rowcount


def remove_lapsed(connection: Connection, last_seen: datetime, created: datetime) -> int:
    """Drop log-ins that can no longer be used; how many there were."""
    lapsed = or_(TABLE.c.last_seen_at <= last_seen, TABLE.c.created_at <= created)
    return connection.execute(delete(TABLE).where(lapsed)).rowcount
