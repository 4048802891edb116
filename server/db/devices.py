"""Installations: what vouched for each (a fact), and where each stands (rebuilt from facts)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from diary_app.core.facts import DeviceState
from server.db import shapes
from server.db.among import among
from server.db.bulk import Bulk

TABLE = shapes.table("device")
_ACTIVATION = shapes.table("activation")
_PARTICIPANT = shapes.table("participant")


class Activation(NamedTuple):
    """A row of `activation`: one installation, vouched for by a code or by its predecessor."""

    device: str
    participant: str
    token_sha256: str
    activated_at: datetime
    code_hash: str | None = None
    predecessor: str | None = None


class Device(NamedTuple):
    """A row of `device`."""

    device: str
    participant: str
    state: str
    doubtful: int
    active_from: datetime
    active_until: datetime | None
    nonce: str
    previous_nonce: str
    have_sequence: int
    have_hash: str
    successor: str | None = None
    last_seen_at: datetime | None = None
    complete_until: datetime | None = None
    pending: int = 0
    clock_offset_ms: int | None = None
    app_version: str = ""


class Proof(NamedTuple):
    """What grading needs of a row of `device`."""

    device: str
    participant: str
    state: str
    doubtful: int
    active_from: datetime
    active_until: datetime | None
    last_seen_at: datetime | None
    complete_until: datetime | None
    pending: int


_ALL = select(*shapes.columns(TABLE, Device))
_PROOFS = (
    select(*shapes.columns(TABLE, Proof))
    .where(among(TABLE.c.participant, "participants"))
    .order_by(TABLE.c.active_from, TABLE.c.device)
)
_ONE = _ALL.where(TABLE.c.device == shapes.given("device"))
_OF = _ALL.where(among(TABLE.c.participant, "participants")).order_by(TABLE.c.active_from, TABLE.c.device)
_ACTIVATIONS = select(*shapes.columns(_ACTIVATION, Activation))
_ONE_ACTIVATION = _ACTIVATIONS.where(_ACTIVATION.c.device == shapes.given("device"))
_ACTIVATIONS_OF = _ACTIVATIONS.where(_ACTIVATION.c.participant == shapes.given("participant")).order_by(
    _ACTIVATION.c.activated_at, _ACTIVATION.c.device
)
_SAVE = Bulk(TABLE, Device._fields[1:], found_by=("device",))
_DROP = delete(TABLE).where(TABLE.c.participant == shapes.given("the_participant"))
_FORGET_NONCES = update(TABLE).values(nonce="", previous_nonce="")


def forget_nonces(connection: Connection) -> None:
    """No installation was heard in this epoch, so that none has a nonce to be compared."""
    connection.execute(_FORGET_NONCES)


def activate(connection: Connection, activation: Activation, device: Device) -> None:
    """Add a new installation; the caller made sure that its id is new."""
    shapes.add(connection, _ACTIVATION, [activation])
    add(connection, [device])


def add(connection: Connection, rows: Iterable[Device]) -> None:
    """Insert working rows."""
    shapes.add(connection, TABLE, rows)


def activation(connection: Connection, device: str) -> Activation | None:
    """What vouched for an installation."""
    return shapes.first(connection, _ONE_ACTIVATION, Activation, device=device)


def activations(connection: Connection, participant: str) -> list[Activation]:
    """The participant's installations in the order in which they came."""
    return shapes.read(connection, _ACTIVATIONS_OF, Activation, participant=participant)


def get(connection: Connection, device: str) -> Device | None:
    """Where one installation stands."""
    return shapes.first(connection, _ONE, Device, device=device)


def of(connection: Connection, participants: Collection[str]) -> list[Device]:
    """All installations of these participants, in the order in which they came."""
    return shapes.read(connection, _OF, Device, participants=list(participants))


def proofs(connection: Connection, participants: Collection[str]) -> list[Proof]:
    """The same as far as grading needs it."""
    return shapes.read(connection, _PROOFS, Proof, participants=list(participants))


def in_use_at(connection: Connection, sites: Collection[str]) -> list[tuple[str, datetime]]:
    """App version and last contact, else activation, of each phone in use at these sites; nothing says whose it is."""
    heard = func.coalesce(TABLE.c.last_seen_at, TABLE.c.active_from, type_=TABLE.c.active_from.type)
    statement = (
        select(TABLE.c.app_version, heard)
        .join(_PARTICIPANT, _PARTICIPANT.c.id == TABLE.c.participant)
        .where(TABLE.c.state == DeviceState.ACTIVE.value, _PARTICIPANT.c.site.in_(sites))
    )
    return [(app, at) for app, at in connection.execute(statement)]


def save(connection: Connection, row: Device) -> None:
    """Write back a row whose participant this transaction holds."""
    save_all(connection, [row])


def save_all(connection: Connection, rows: Iterable[Device]) -> None:
    """Write back several."""
    _SAVE.run(connection, list(rows))


def drop(connection: Connection, participant: str) -> None:
    """Forget the working rows; only a rebuild does that."""
    connection.execute(_DROP, {"the_participant": participant})
