"""Store: where the browsers of installations take reminders. Erasable, and no value of it belongs into a log."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from server.db import shapes
from server.db.upserts import insert_or_change

TABLE = shapes.table("push_address")


@dataclass(frozen=True, slots=True)
class KeptAddress:
    """A row of `push_address`."""

    device: str
    participant: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    set_at: datetime


_ALL = select(*shapes.columns(TABLE, KeptAddress))
_ONE = _ALL.where(TABLE.c.device == shapes.given("device"))
_OF = _ALL.where(TABLE.c.participant.in_(shapes.any_given("participants"))).order_by(TABLE.c.device)


def keep(connection: Connection, address: KeptAddress) -> None:
    """In place of an earlier one of the same installation."""
    insert_or_change(connection, TABLE, shapes.written(address))


def get(connection: Connection, device: str) -> KeptAddress | None:
    """That of one installation."""
    return shapes.first(connection, _ONE, KeptAddress, device=device)


def of(connection: Connection, participants: Collection[str]) -> list[KeptAddress]:
    """Those of all installations of these participants."""
    return shapes.read(connection, _OF, KeptAddress, participants=list(participants))


def forget(connection: Connection, device: str) -> None:
    """The installation is not reached there any more."""
    connection.execute(delete(TABLE).where(TABLE.c.device == device))
