"""One sync of one installation, in one transaction: `sync` reads as the protocol in `diary_app/core/wire.py`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState
from diary_app.core.wire import CURRENT, OLDEST, Directive, SyncAnswer, SyncRequest
from server.db import days, devices
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.intake import installations
from server.intake.arrivals import Arrival
from server.intake.contact import Visit, flags_of, note_contact, suspicion
from server.intake.held import Held, holding
from server.intake.judging import Judge
from server.intake.pull import Pulled, nothing, pull
from server.intake.push import Push, Pushed
from server.intake.push_addresses import keep_push_address
from server.intake.regrade import OPEN_QUESTIONS, Change, moved, settle, unchanged
from server.intake.schedule import extra_day, reschedule
from server.intake.visits_told import NOTHING, VisitsTold, of_visits
from server.services import Services


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
        visit = Visit(held, services, request, Judge(connection, services, participant, request.device), now)
        device = _device(connection, request)
        pushed = Push(held, services, device, visit.judge, now).take(arrivals)
        doubt = suspicion(visit, device, pushed)
        flags = flags_of(visit, pushed, doubt)
        seen = note_contact(visit, device, pushed, doubt, flags)
        speaker = _speaker(visit, seen)
        is_changed = _standing(seen) != _standing(device) or speaker is not seen
        regrade_pushed(held, services, visit.judge, pushed, now, is_changed=is_changed)
        state = installations.standing(speaker, visit.judge.facts, now)
        pulled = _pull(visit, speaker, state)
        return _answer(visit, speaker, state, pushed, pulled, flags)


def _device(connection: Connection, request: SyncRequest) -> Device:
    device = devices.get(connection, request.device)
    assert device is not None, "an authenticated installation has a row"
    return device


def _speaker(visit: Visit, device: Device) -> Device:
    """Whom the answer is for: the installation, or the one that it goes on as from now on."""
    successor = visit.request.successor
    if successor is None or device.state == DeviceState.LOST:
        return device
    next_one = installations.succeed(visit.held, visit.services, device, successor, visit.now)
    if next_one.last_seen_at is not None:
        return next_one  # presented again, or late: it has a conversation of its own by now
    speaker = replace(next_one, nonce=device.nonce)
    devices.save(visit.held.connection, speaker)
    return speaker


def _standing(device: Device) -> tuple[str, int]:
    return device.state, device.doubtful


def regrade_pushed(
    held: Held, services: Services, judge: Judge, pushed: Pushed, now: datetime, *, is_changed: bool
) -> None:
    """Grade what a push can have changed: its own days and open questions; everything after a change of standing."""
    if judge.changed_schedule:
        settle([held], moved(reschedule(held, services.versions, judge.facts, now)), now)
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


def _pull(visit: Visit, speaker: Device, state: DeviceState) -> Pulled:
    """Only an active installation that speaks this protocol hears anything; a new epoch is pulled from zero."""
    request = visit.request
    if state is not DeviceState.ACTIVE or request.protocol < OLDEST.number:
        return nothing(request.cursor)
    cursor = request.cursor if request.epoch == visit.services.epoch else 0
    return pull(visit.held.connection, visit.held.row, speaker.device, cursor)


def _answer(
    visit: Visit, speaker: Device, state: DeviceState, pushed: Pushed, pulled: Pulled, flags: tuple[Code, ...]
) -> SyncAnswer:
    study = visit.services.study
    is_new = visit.request.study_sha256 != study.sha256
    told = _of_visits(visit, state)
    push_key, push_held = _of_push(visit, speaker, state)
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
        study_text=study.text if is_new and state is DeviceState.ACTIVE else None,
        wordings=told.wordings,
        visits=told.done,
        sealing_key=visit.services.sealing.public,
        push_key=push_key,
        push_held=push_held,
        server_time=visit.now,
    )


def _of_visits(visit: Visit, state: DeviceState) -> VisitsTold:
    """Licensed words go to an active installation only."""
    request, held = visit.request, visit.held
    if state is not DeviceState.ACTIVE or request.protocol < OLDEST.number:
        return NOTHING
    return of_visits(held.connection, visit.services, held.id, request.wordings, visit.now)


def _of_push(visit: Visit, speaker: Device, state: DeviceState) -> tuple[str, str]:
    """The key to be reminded under, and which address is kept; nobody but an active installation is reminded."""
    services = visit.services
    if state is not DeviceState.ACTIVE:
        return "", ""
    held = keep_push_address(visit.held.connection, services, speaker, visit.request.push, visit.now)
    return services.push.public, held


def _directive(request: SyncRequest, speaker: Device) -> Directive:
    if speaker.state == DeviceState.LOST:
        return Directive.LOCK
    if request.protocol < OLDEST.number:
        return Directive.UPDATE_APP
    if speaker.doubtful and speaker.state == DeviceState.ACTIVE:
        return Directive.NEW_DEVICE
    return Directive.NONE
