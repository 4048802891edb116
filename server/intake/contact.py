"""What one contact says about its installation: doubt, proof, flags; and keeping it as evidence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from diary_app.core.chain import START
from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState
from diary_app.core.grading import proves_until
from diary_app.core.wire import CLOCK_TOLERANCE_MS, ChainHead, SyncRequest
from server.db import records
from server.db.contacts import Contact
from server.db.devices import Device
from server.intake import installations
from server.intake.ahead import Ahead
from server.intake.held import Held
from server.intake.judging import Judge
from server.intake.push import Pushed
from server.services import Services

#: Flags of a contact in which the installation fell into doubt.
DOUBTS = frozenset({Code.NONCE_STALE, Code.DEVICE_DOUBTFUL})


@dataclass(frozen=True)
class Visit:
    """What every step of one sync needs."""

    held: Held
    services: Services
    request: SyncRequest
    judge: Judge
    ahead: Ahead
    now: datetime


def suspicion(visit: Visit, device: Device, pushed: Pushed) -> Code | None:
    """Why this may be a clone or a phone that was set back; the nonce and head mean nothing in another epoch.

    A phone with several chains, and one that is enrolled once more, knows of a new epoch before it is heard with each
    chain: see `_is_new_here`.
    """
    request = visit.request
    if pushed.broken:
        return pushed.broken
    if is_overtaken(request, device) or _is_overtaken_by_hand(visit, device):
        return None
    if request.epoch != visit.services.epoch:
        # Whoever has heard of this epoch names it from then on: here speaks an earlier state of the phone, or a copy.
        had_heard = installations.is_from(device.previous_nonce, visit.services.epoch)
        return Code.NONCE_STALE if had_heard else None
    is_known = request.nonce in (device.nonce, device.previous_nonce)
    if not is_known and not _is_new_here(request, device, visit.services.epoch):
        return Code.NONCE_STALE
    if request.head.sequence < device.have_sequence or not _is_same_chain(visit, pushed.head):
        return Code.DEVICE_DOUBTFUL
    return None


def _is_new_here(request: SyncRequest, device: Device, epoch: str) -> bool:
    """Whether this chain may have heard no nonce of this epoch yet, and so has none that could be compared.

    A message of the epoch before that was late on its way was given a nonce that nobody heard, and so was a phone whose
    answer was lost when it was enrolled here. What was sent since in the part that the database forgot went on from
    nonces that nobody knows any more.
    """
    if not device.nonce:
        return True
    was_heard = installations.is_from(device.previous_nonce, epoch)
    return not was_heard and not installations.may_be_from(request.nonce, epoch)


def is_overtaken(request: SyncRequest, device: Device) -> bool:
    """Whether the phone was already heard with something that it sent later, or with this very request.

    A request that timed out may still arrive, twice or behind the next one. Its nonce and head are then old without
    there being two phones, and whatever it is answered, nobody may be listening. An installation that was not heard yet
    sent its enrolment last.
    """
    if request.nonce == device.nonce:
        return False
    if device.last_seen_at is None or device.clock_offset_ms is None:
        return device.nonce != "" and request.device_clock < device.active_from
    last_sent = device.last_seen_at - timedelta(milliseconds=device.clock_offset_ms)
    is_repeated = request.device_clock == last_sent and request.nonce == device.previous_nonce
    return is_repeated or request.device_clock < last_sent


def _is_overtaken_by_hand(visit: Visit, device: Device) -> bool:
    """Whether a rescue file brought what the phone saved after it had sent this: its end is old, and no copy's.

    A phone that was set back sends after the moment at which it had saved what it lost.
    """
    request, head = visit.request, visit.request.head
    if head.sequence >= device.have_sequence or not (head == START or _is_known(visit, head)):
        return False
    saved_next = records.made_at(visit.held.connection, request.device, head.sequence + 1)
    return saved_next is not None and request.device_clock < saved_next


def _is_same_chain(visit: Visit, head: ChainHead) -> bool:
    """Whether the phone's head, where the server has that place, is the server's."""
    request = visit.request
    if request.head.sequence > head.sequence:
        return True
    if request.head.sequence == head.sequence:
        return request.head.hash == head.hash
    if request.head.sequence == START.sequence:
        return request.head == START
    return _is_known(visit, request.head)


def _is_known(visit: Visit, head: ChainHead) -> bool:
    """Whether the server has that record at that place of the phone's chain."""
    return records.hash_at(visit.held.connection, visit.request.device, head.sequence) == head.hash


def flags_of(visit: Visit, pushed: Pushed, doubt: Code | None) -> tuple[Code, ...]:
    """What is shown and kept with the contact; it changes no grade."""
    flags = {*pushed.flags, *clock_flags(visit.request.device_clock, visit.now)}
    if doubt is not None:
        flags.add(doubt if doubt in DOUBTS else Code.DEVICE_DOUBTFUL)
    return tuple(sorted(flags))


def clock_flags(device_clock: datetime, now: datetime) -> tuple[Code, ...]:
    """Whether the phone's clock is further off than is passed over."""
    return (Code.CLOCK_OFF,) if abs(_clock_offset_ms(device_clock, now)) > CLOCK_TOLERANCE_MS else ()


def _clock_offset_ms(device_clock: datetime, now: datetime) -> int:
    """How far the server's clock is ahead of the phone's, as entries state it too."""
    return (now - device_clock) // timedelta(milliseconds=1)


def met(
    visit: Visit, device: Device, pushed: Pushed, doubt: Code | None, flags: tuple[Code, ...]
) -> tuple[Device, Contact | None]:
    """The installation after this contact, and the contact as evidence; one that was overtaken says nothing new.

    The caller writes both. What follows from doubt is recorded here.
    """
    request = visit.request
    if doubt is None and (is_overtaken(request, device) or _is_overtaken_by_hand(visit, device)):
        return device._replace(have_sequence=pushed.head.sequence, have_hash=pushed.head.hash), None
    contact = Contact(
        id=visit.services.environment.new_id(), participant=visit.held.id, device=device.device,
        received_at=visit.now, device_clock=request.device_clock, pending=request.pending,
        head_sequence=request.head.sequence, head_hash=request.head.hash,
        complete=1 if _is_complete(visit, device, pushed) else 0, flags=",".join(flags),
    )  # fmt: skip
    if doubt is not None:
        device = installations.doubt(visit.held, visit.services, device, doubt, visit.now)
    seen = under_contact(device, contact)._replace(
        nonce=installations.new_nonce(visit.services),
        previous_nonce=device.nonce if doubt is Code.NONCE_STALE else request.nonce,
        have_sequence=pushed.head.sequence,
        have_hash=pushed.head.hash,
        app_version=request.app_version,
    )
    return seen, contact


def _is_complete(visit: Visit, device: Device, pushed: Pushed) -> bool:
    """Nothing is pending and both ends name the same head: the phone holds nothing that the server has not.

    What was confirmed in another epoch may be gone, so nothing pending there proves nothing here.
    """
    request = visit.request
    if device.state == DeviceState.LOST or request.epoch != visit.services.epoch:
        return False
    return request.pending == 0 and request.head == pushed.head


def under_contact(device: Device, contact: Contact) -> Device:
    """The installation after a contact. Only one without doubt moves what is proven."""
    proven = device.complete_until
    if contact.complete and not device.doubtful:
        proves = proves_until(contact.received_at, contact.device_clock)
        proven = max(proven, proves) if proven else proves
    return device._replace(
        last_seen_at=contact.received_at,
        pending=contact.pending,
        complete_until=proven,
        clock_offset_ms=_clock_offset_ms(contact.device_clock, contact.received_at),
    )
