"""Store: where the browsers of installations take reminders. Erasable, and no value of it belongs into a log."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from diary_app.core.facts import DeviceState
from diary_app.core.wire import PushAddress
from server.db import shapes
from server.db.among import among
from server.db.upserts import insert_or_change

TABLE = shapes.table("push_address")
_DEVICE = shapes.table("device")


@dataclass(frozen=True, slots=True)
class KeptAddress:
    """A row of `push_address`."""

    device: str
    participant: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    set_at: datetime

    @property
    def said(self) -> PushAddress:
        """As its phone said it."""
        return PushAddress(endpoint=self.endpoint, p256dh=self.p256dh, auth=self.auth)


_ALL = select(*shapes.columns(TABLE, KeptAddress))
_OF = _ALL.where(among(TABLE.c.participant, "participants")).order_by(TABLE.c.device)
_OF_ACTIVE = (
    _ALL.join(_DEVICE, _DEVICE.c.device == TABLE.c.device)
    .where(among(TABLE.c.participant, "participants"), _DEVICE.c.state == DeviceState.ACTIVE.value)
    .order_by(TABLE.c.participant, TABLE.c.set_at)
)
_FORGET = delete(TABLE).where(among(TABLE.c.participant, "participants"))
_FORGET_ELSEWHERE = delete(TABLE).where(
    TABLE.c.endpoint == shapes.given("the_endpoint"), TABLE.c.device != shapes.given("the_device")
)
_FORGET_OLDER = delete(TABLE).where(
    TABLE.c.participant == shapes.given("the_participant"), TABLE.c.set_at <= shapes.given("at")
)


def keep(connection: Connection, address: KeptAddress) -> None:
    """In place of an earlier one of the same installation, and of another that was in the same browser before.

    A phone that was lent to one participant after the other would else be reminded for both.
    """
    connection.execute(_FORGET_ELSEWHERE, {"the_endpoint": address.endpoint, "the_device": address.device})
    insert_or_change(connection, TABLE, shapes.written(address))


def of(connection: Connection, participants: Collection[str]) -> list[KeptAddress]:
    """Those of all installations of these participants."""
    return shapes.read(connection, _OF, KeptAddress, participants=list(participants))


def of_active(connection: Connection, participants: Collection[str]) -> dict[str, KeptAddress]:
    """Those of the phones that these participants' diaries are on now."""
    found = shapes.read(connection, _OF_ACTIVE, KeptAddress, participants=list(participants))
    return {address.participant: address for address in found}


def forget_older(connection: Connection, participant: str, at: datetime) -> None:
    """Nobody is reached where messages went at that moment; what a phone has said since stays."""
    connection.execute(_FORGET_OLDER, {"the_participant": participant, "at": at})


def forget(connection: Connection, participants: Collection[str]) -> None:
    """Nobody is reached there any more; a phone that is says so at its next sync."""
    if participants:
        connection.execute(_FORGET, {"participants": list(participants)})
