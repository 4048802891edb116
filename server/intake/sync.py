"""One sync of one installation, in one transaction: `sync` reads as the protocol in `diary_app/core/wire.py`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState
from diary_app.core.grading import proves_until
from diary_app.core.wire import CLOCK_TOLERANCE_MS, CURRENT, OLDEST, ChainHead, Directive, SyncAnswer, SyncRequest
from server.db import contacts, days, devices, records
from server.db.contacts import Contact
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.intake import installations
from server.intake.arrivals import Arrival
from server.intake.held import Held, holding
from server.intake.judging import Judge
from server.intake.pull import Pulled, nothing, pull
from server.intake.push import Push, Pushed
from server.intake.regrade import OPEN_QUESTIONS, Change, settle, unchanged
from server.intake.schedule import extra_day, reschedule
from server.services import Services

#: Flags of a contact in which the installation fell into doubt.
DOUBTS = frozenset({Code.NONCE_STALE, Code.DEVICE_DOUBTFUL})


@dataclass(frozen=True)
class _Visit:
    """What every step of one sync needs."""

    held: Held
    services: Services
    request: SyncRequest
    judge: Judge
    now: datetime


def sync(
    connection: Connection,
    services: Services,
    participant: str,
    request: SyncRequest,
    arrivals: Sequence[Arrival],
    now: datetime,
) -> SyncAnswer:
    """Take in one authenticated request and answer it. Raises `RequestRefused` with nothing changed."""
    with holding(connection, participant) as held:
        visit = _Visit(held, services, request, Judge(connection, services, participant, request.device), now)
        device = _device(connection, request)
        pushed = Push(held, services, device, visit.judge, now).take(arrivals)
        suspicion = _suspicion(connection, services, device, request, pushed)
        flags = _flags(request, pushed, suspicion, now)
        seen = _note_contact(visit, device, pushed, suspicion, flags)
        speaker = _speaker(visit, seen)
        _regrade(visit, pushed, is_changed=_standing(seen) != _standing(device) or speaker is not seen)
        state = installations.standing(speaker, visit.judge.facts, now)
        pulled = _pull(visit, speaker, state)
        return _answer(visit, speaker, state, pushed, pulled, flags)


def _device(connection: Connection, request: SyncRequest) -> Device:
    device = devices.get(connection, request.device)
    assert device is not None, "an authenticated installation has a row"
    return device


def _suspicion(
    connection: Connection, services: Services, device: Device, request: SyncRequest, pushed: Pushed
) -> Code | None:
    """Why this may be a clone or a phone that was set back; the nonce and head mean nothing in another epoch."""
    if pushed.broken:
        return pushed.broken
    if request.epoch != services.epoch:
        return None
    if request.nonce not in (device.nonce, device.previous_nonce):
        return Code.NONCE_STALE
    if request.head.sequence < device.have_sequence or not _same_chain(connection, request, pushed.head):
        return Code.DEVICE_DOUBTFUL
    return None


def _same_chain(connection: Connection, request: SyncRequest, head: ChainHead) -> bool:
    """Whether the phone's head, where the server has that place, is the server's."""
    if request.head.sequence > head.sequence:
        return True
    if request.head.sequence == head.sequence:
        return request.head.hash == head.hash
    return records.hash_at(connection, request.device, request.head.sequence) == request.head.hash


def _flags(request: SyncRequest, pushed: Pushed, suspicion: Code | None, now: datetime) -> tuple[Code, ...]:
    flags = set(pushed.flags)
    if abs(_clock_offset_ms(request.device_clock, now)) > CLOCK_TOLERANCE_MS:
        flags.add(Code.CLOCK_OFF)
    if suspicion is not None:
        flags.add(Code.NONCE_STALE if suspicion is Code.NONCE_STALE else Code.DEVICE_DOUBTFUL)
    return tuple(sorted(flags))


def _clock_offset_ms(device_clock: datetime, now: datetime) -> int:
    """How far the server's clock is ahead of the phone's, as entries state it too."""
    return (now - device_clock) // timedelta(milliseconds=1)


def _note_contact(
    visit: _Visit, device: Device, pushed: Pushed, suspicion: Code | None, flags: tuple[Code, ...]
) -> Device:
    """Keep the contact as evidence, then let doubt and proof take effect."""
    request, connection = visit.request, visit.held.connection
    contact = Contact(
        id=visit.services.environment.new_id(), participant=visit.held.id, device=device.device,
        received_at=visit.now, device_clock=request.device_clock, pending=request.pending,
        head_sequence=request.head.sequence, head_hash=request.head.hash,
        complete=1 if _is_complete(device, request, pushed) else 0, flags=",".join(flags),
    )  # fmt: skip
    contacts.add(connection, contact)
    if suspicion is not None:
        device = installations.doubt(visit.held, visit.services, device, suspicion, visit.now)
    met = replace(
        under_contact(device, contact),
        nonce=installations.new_nonce(visit.services),
        previous_nonce=device.nonce if suspicion is Code.NONCE_STALE else request.nonce,
        have_sequence=pushed.head.sequence,
        have_hash=pushed.head.hash,
        app_version=request.app_version,
    )
    devices.save(connection, met)
    return met


def _is_complete(device: Device, request: SyncRequest, pushed: Pushed) -> bool:
    """Nothing is pending and both ends name the same head: the phone holds nothing that the server has not."""
    return device.state != DeviceState.LOST and request.pending == 0 and request.head == pushed.head


def under_contact(device: Device, contact: Contact) -> Device:
    """The installation after a contact. Only one without doubt moves what is proven."""
    proven = device.complete_until
    if contact.complete and not device.doubtful:
        proves = proves_until(contact.received_at, contact.device_clock)
        proven = max(proven, proves) if proven else proves
    return replace(
        device,
        last_seen_at=contact.received_at,
        pending=contact.pending,
        complete_until=proven,
        clock_offset_ms=_clock_offset_ms(contact.device_clock, contact.received_at),
    )


def _speaker(visit: _Visit, device: Device) -> Device:
    """Whom the answer is for: the installation, or the one that it goes on as from now on."""
    successor = visit.request.successor
    if successor is None or device.state == DeviceState.LOST:
        return device
    next_one = installations.succeed(visit.held, visit.services, device, successor, visit.now)
    speaker = replace(next_one, nonce=device.nonce)
    devices.save(visit.held.connection, speaker)
    return speaker


def _standing(device: Device) -> tuple[str, int]:
    return device.state, device.doubtful


def _regrade(visit: _Visit, pushed: Pushed, *, is_changed: bool) -> None:
    """Grade what this sync can have changed: its own days and open questions; everything after a change of standing."""
    held, now = visit.held, visit.now
    if visit.judge.changed_schedule:
        settle([held], reschedule(held, visit.services.study, visit.judge.facts, now), now)
    touched = days.named(held.connection, held.id, pushed.touched)
    if is_changed or pushed.set_aside:
        open_questions = days.of(held.connection, held.id)
    else:
        open_questions = days.unsettled(held.connection, held.id, OPEN_QUESTIONS, now)
    rows = {row.key: row for row in (*touched, *open_questions)}
    settle([held], [*unchanged(rows.values()), *_extra_days(held, pushed, touched)], now)


def _extra_days(held: Held, pushed: Pushed, touched: Sequence[ExpectedDay]) -> list[Change]:
    """Rows for entries on days that have none; grading tells that they are extra."""
    there = {(row.instrument, row.diary_day) for row in touched}
    missing = {(body.instrument, body.diary_day): body for body in reversed(pushed.accepted)}
    return [extra_day(held.id, body) for key, body in sorted(missing.items()) if key not in there]


def _pull(visit: _Visit, speaker: Device, state: DeviceState) -> Pulled:
    """Only an active installation that speaks this protocol hears anything; a new epoch is pulled from zero."""
    request = visit.request
    if state is not DeviceState.ACTIVE or request.protocol < OLDEST.number:
        return nothing(request.cursor)
    cursor = request.cursor if request.epoch == visit.services.epoch else 0
    return pull(visit.held.connection, visit.held.row, speaker.device, cursor)


def _answer(
    visit: _Visit, speaker: Device, state: DeviceState, pushed: Pushed, pulled: Pulled, flags: tuple[Code, ...]
) -> SyncAnswer:
    study, from_zero = visit.services.study, visit.request.cursor == 0 or visit.request.epoch != visit.services.epoch
    return SyncAnswer(
        protocol=CURRENT.number,
        epoch=visit.services.epoch,
        receipts=pushed.receipts,
        have_through=pushed.head,
        facts=pulled.facts,
        days=pulled.days,
        cursor=pulled.cursor,
        more=pulled.more,
        nonce=speaker.nonce,
        device_state=state,
        directive=_directive(visit.request, speaker),
        flags=flags,
        study_version=study.version,
        study_text=study.text if from_zero and state is DeviceState.ACTIVE else None,
        server_time=visit.now,
    )


def _directive(request: SyncRequest, speaker: Device) -> Directive:
    if speaker.state == DeviceState.LOST:
        return Directive.LOCK
    if request.protocol < OLDEST.number:
        return Directive.UPDATE_APP
    if speaker.doubtful and speaker.state == DeviceState.ACTIVE:
        return Directive.NEW_DEVICE
    return Directive.NONE
