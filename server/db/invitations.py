"""Store: invitations, at most one for an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from server.db import shapes
from server.db.upserts import insert_or_change

TABLE = shapes.table("invitation")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A row of `invitation`."""

    account: str
    code_sha256: str
    expires_at: datetime


_ALL = select(*shapes.columns(TABLE, Invitation))


def keep(connection: Connection, invitation: Invitation) -> None:
    """Add it, in place of an earlier one."""
    insert_or_change(connection, TABLE, shapes.written(invitation))


def of_code(connection: Connection, code_sha256: str) -> Invitation | None:
    """By the hash of its code, run out or not."""
    return shapes.first(connection, _ALL.where(TABLE.c.code_sha256 == code_sha256), Invitation)


def ends(connection: Connection) -> Mapping[str, datetime]:
    """Until when each account's invitation holds."""
    return {one.account: one.expires_at for one in shapes.read(connection, _ALL, Invitation)}


def take(connection: Connection, code_sha256: str) -> bool:
    """Use it up; False where there is none, or somebody else was quicker."""
    return connection.execute(delete(TABLE).where(TABLE.c.code_sha256 == code_sha256)).rowcount == 1


def withdraw(connection: Connection, account: str) -> None:
    """The account's invitation holds no longer; nothing happens when there is none."""
    connection.execute(delete(TABLE).where(TABLE.c.account == account))
