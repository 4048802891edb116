"""Installations of the app: how one begins, is followed by another, falls into doubt, and what it may still do."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState, DeviceStateSet, Fact, PhoneActivated, PhoneLent
from diary_app.core.lending import is_lent
from diary_app.core.records import GENESIS
from diary_app.core.status import withdrawn_from
from diary_app.core.wire import Successor
from server.db import devices
from server.db.devices import Activation, Device
from server.intake.held import Held
from server.intake.known import SERVER, append, facts_of
from server.services import Services


def begin(held: Held, services: Services, activation: Activation, *, state: DeviceState = DeviceState.ACTIVE) -> Device:
    """Register a new installation; an active one becomes a fact about the participant's schedule."""
    at = activation.activated_at
    device = blank(activation, nonce=new_nonce(services))
    devices.activate(held.connection, activation, device)
    if state is DeviceState.ACTIVE:
        append(held, PhoneActivated(device=device.device), author=SERVER, at=at, id=services.environment.new_id())
        held.change(activated_at=held.row.activated_at or at)
        return device
    return set_state(held, services, device, state, reason="second_successor", doubtful=True, now=at)


def blank(activation: Activation, nonce: str) -> Device:
    """A new installation before its first contact."""
    return Device(
        device=activation.device, participant=activation.participant, state=DeviceState.ACTIVE, doubtful=0,
        active_from=activation.activated_at, active_until=None,
        nonce=nonce, previous_nonce="", have_sequence=0, have_hash=GENESIS,
    )  # fmt: skip


def new_nonce(services: Services) -> str:
    """A token of one contact, so that two phones with one identity show; it says in which epoch it was given."""
    return f"{_mark(services.epoch)}.{services.environment.new_id()}"


def may_be_from(nonce: str, epoch: str) -> bool:
    """Whether a nonce was given in that epoch; of one that an earlier release gave, nobody can say."""
    mark, dot, _ = nonce.partition(".")
    return not dot or mark == _mark(epoch)


def is_from(nonce: str, epoch: str) -> bool:
    """Whether a nonce says that it was given in that epoch."""
    return nonce.startswith(_mark(epoch) + ".")


def _mark(epoch: str) -> str:
    """Short, as a phone sends no more than 64 letters; of two epochs with one mark, nonces are compared."""
    return epoch[:8]


def set_state(
    held: Held, services: Services, device: Device, state: DeviceState, *, reason: str, doubtful: bool, now: datetime
) -> Device:
    """Record a fact about an installation and let it take effect."""
    detail = DeviceStateSet(device=device.device, state=state, reason=reason, doubtful=1 if doubtful else 0)
    append(held, detail, author=SERVER, at=now, id=services.environment.new_id())
    changed = under(device, detail, now)
    devices.save(held.connection, changed)
    return changed


def note_lent(
    held: Held, services: Services, facts: Iterable[Fact], device: Device, lent: bool, now: datetime
) -> None:  # fmt: skip
    """Say that a phone is lent out, or the participant's own after all, where the facts say something else of it."""
    if is_lent(facts, [device.device]) is not lent:
        detail = PhoneLent(device=device.device, lent=1 if lent else 0)
        append(held, detail, author=SERVER, at=now, id=services.environment.new_id())


def under(device: Device, detail: DeviceStateSet, at: datetime) -> Device:
    """The installation after that fact; doubt never goes away."""
    is_active = detail.state is DeviceState.ACTIVE
    return device._replace(
        state=detail.state.value,
        doubtful=max(device.doubtful, detail.doubtful),
        active_until=None if is_active else device.active_until or at,
    )


def doubt(held: Held, services: Services, device: Device, reason: Code, now: datetime) -> Device:
    """From now on what the installation says about itself proves nothing."""
    if device.doubtful:
        return device
    return set_state(held, services, device, DeviceState(device.state), reason=reason, doubtful=True, now=now)


def standing(device: Device, facts: Iterable[Fact], now: datetime) -> DeviceState:
    """What the installation may do: its own state, or withdrawn once consent is."""
    state = DeviceState(device.state)
    since = withdrawn_from(facts) if state is DeviceState.ACTIVE else None
    return DeviceState.WITHDRAWN if since is not None and since <= now else state


def active(connection: Connection, participant: str) -> Device | None:
    """The participant's active installation."""
    running = [row for row in devices.of(connection, [participant]) if row.state == DeviceState.ACTIVE]
    return running[-1] if running else None


def enrolled_at(connection: Connection, device: Device) -> datetime:
    """When a code was typed on its phone, which may have gone on under other ids since: nobody enrols it by that."""
    known = {one.device: one for one in devices.activations(connection, device.participant)}
    first = known[device.device]
    while (before := known.get(first.predecessor or "")) is not None:
        first = before
    return first.activated_at


def succeed(held: Held, services: Services, device: Device, successor: Successor, now: datetime) -> Device:
    """The installation goes on under a new id and chain; a second successor of the same one comes in doubt.

    The same successor named again is the same one. Raises `RequestRefused` for an id that is somebody else's.
    """
    existing = devices.activation(held.connection, successor.device)
    if existing is not None:
        return _same(held.connection, existing, device, successor)
    activation = Activation(successor.device, held.id, successor.token_sha256, now, predecessor=device.device)
    if device.successor is not None or device.state != DeviceState.ACTIVE:
        return begin(held, services, activation, state=DeviceState.REPLACED)
    retired = device._replace(successor=successor.device)
    set_state(held, services, retired, DeviceState.REPLACED, reason="succeeded", doubtful=False, now=now)
    begun = begin(held, services, activation)
    facts = facts_of(held.connection, held.id)
    note_lent(held, services, facts, begun, is_lent(facts, [device.device]), now)
    return begun


def _same(connection: Connection, existing: Activation, device: Device, successor: Successor) -> Device:
    if (existing.predecessor, existing.token_sha256) != (device.device, successor.token_sha256):
        raise RequestRefused(
            Code.REQUEST_INVALID,
            "The new device id is taken already.",
            "The phone makes another one; nothing is lost.",
        )
    registered = devices.get(connection, existing.device)
    assert registered is not None
    return registered
