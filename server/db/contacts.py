"""Contacts: each committed sync as evidence of what a phone said it held."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from server.db import shapes

TABLE = shapes.table("contact")
_DEVICE = shapes.table("device")


class Contact(NamedTuple):
    """A row of `contact`."""

    id: str
    participant: str
    device: str
    received_at: datetime
    device_clock: datetime
    pending: int
    head_sequence: int
    head_hash: str
    complete: int
    flags: str


_OF = (
    select(*shapes.columns(TABLE, Contact))
    .where(TABLE.c.device == shapes.given("device"))
    .order_by(TABLE.c.received_at, TABLE.c.id)
)
_PROVEN_BEFORE = select(
    func.max(case((TABLE.c.received_at < TABLE.c.device_clock, TABLE.c.received_at), else_=TABLE.c.device_clock))
).where(
    TABLE.c.device == shapes.given("device"), TABLE.c.received_at < shapes.given("before"), TABLE.c.complete == 1
)  # fmt: skip
#: The last one of each installation is one look into an index; that of all would be a look at every contact.
_LAST_OF_EACH = (
    select(
        select(TABLE.c.received_at)
        .where(TABLE.c.device == _DEVICE.c.device)
        .order_by(TABLE.c.received_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("received_at")
    )
    .select_from(_DEVICE)
    .subquery()
)
_LATEST = select(func.max(_LAST_OF_EACH.c.received_at))


def add(connection: Connection, rows: Iterable[Contact]) -> None:
    """Insert all."""
    shapes.add(connection, TABLE, rows)


def of(connection: Connection, device: str) -> list[Contact]:
    """All contacts of one installation, in order."""
    return shapes.read(connection, _OF, Contact, device=device)


def proven_before(connection: Connection, device: str, before: datetime) -> datetime | None:
    """Until when an installation had proved by then to hold nothing unsent; by the earlier clock, as ever."""
    return next(iter(shapes.column(connection, _PROVEN_BEFORE, device=device, before=before)), None)


def latest(connection: Connection) -> datetime | None:
    """When any installation was in contact last, by the clock of then; None before the first contact."""
    found: datetime | None = connection.execute(_LATEST).scalar()
    return found


def any_of(connection: Connection, devices: Collection[str], since: datetime, before: datetime, without: str) -> bool:
    """Whether one of these installations was in contact in that span, other than by contacts flagged `without`."""
    statement = select(TABLE.c.id).where(
        TABLE.c.device.in_(devices),
        TABLE.c.received_at >= since,
        TABLE.c.received_at < before,
        TABLE.c.flags.not_like(f"%{without}%"),
    )
    return connection.execute(statement.limit(1)).first() is not None
