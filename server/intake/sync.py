"""Syncs in one transaction: `sync` and `sync_all` read as the protocol in `diary_app/core/wire.py`.

Whatever has gathered while the last commit went to disk is taken in together: read ahead, classified phone by phone,
written together. One phone alone takes the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState
from diary_app.core.status import OVER, display_status
from diary_app.core.wire import CURRENT, OLDEST, Directive, SyncAnswer, SyncRequest
from server.db import contacts, days, devices
from server.db.contacts import Contact
from server.db.days import ExpectedDay
from server.db.devices import Device
from server.intake import installations
from server.intake.ahead import Ahead, Sent
from server.intake.arrivals import Arrival
from server.intake.contact import Visit, flags_of, met, suspicion
from server.intake.corrected import corrections_told
from server.intake.formers import take_in_former
from server.intake.held import Held, holding_all
from server.intake.judging import Judge
from server.intake.pull import Pulled, nothing, only_days, pull
from server.intake.push import Push, Pushed, write_down
from server.intake.push_addresses import keep_push_address
from server.intake.regrade import OPEN_QUESTIONS, Change, moved, settle, unchanged
from server.intake.schedule import extra_days, reschedule
from server.intake.visits_told import NOTHING, VisitsTold, of_visits
from server.reminders.stopping import page_if_stopped
from server.services import Services


@dataclass(frozen=True)
class Asked:
    """One authenticated request with its records."""

    services: Services
    participant: str
    request: SyncRequest
    arrivals: Sequence[Arrival]
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
    (answer,) = sync_all(connection, [Asked(services, participant, request, arrivals, now)])
    return answer


def sync_all(connection: Connection, asked: Sequence[Asked]) -> list[SyncAnswer]:
    """Take in requests of as many participants, no one twice, and answer them in order.

    Raises `RequestRefused` with nothing changed for anybody.
    """
    now = max(one.now for one in asked)
    with holding_all(connection, [one.participant for one in asked]) as people:
        sent = [Sent(one.participant, one.request.device, one.arrivals) for one in asked]
        ahead = Ahead(connection, sent, now)
        turns = [_taken(people[one.participant], one, ahead) for one in asked]
        _write(connection, turns)
        asked[0].services.graded.note(now)
        for turn in turns:
            turn.speaker = _speaker(turn.visit, turn.seen)
        _regrade(turns, people, now)
        return [_answered(turn) for turn in turns]


@dataclass
class _Turn:
    """How far one request has come. `seen`: the installation after its contact; `speaker`: whom the answer is for."""

    visit: Visit
    device: Device
    pushed: Pushed
    flags: tuple[Code, ...]
    seen: Device
    contact: Contact | None
    speaker: Device
    changed: list[ExpectedDay] = field(default_factory=list)


def _taken(held: Held, asked: Asked, ahead: Ahead) -> _Turn:
    """Classify everything that came; nothing is written but what follows from doubt."""
    request, services, now = asked.request, asked.services, asked.now
    judge = Judge(held.connection, services, held.id, request.device, ahead)
    visit, device = Visit(held, services, request, judge, ahead, now), ahead.device(request.device)
    pushed = Push(held, services, device, judge, ahead, now).take(asked.arrivals)
    doubt = suspicion(visit, device, pushed)
    flags = flags_of(visit, pushed, doubt)
    seen, contact = met(visit, device, pushed, doubt, flags)
    return _Turn(visit, device, pushed, flags, seen, contact, speaker=seen)


def _write(connection: Connection, turns: Sequence[_Turn]) -> None:
    write_down(connection, [turn.pushed for turn in turns])
    contacts.add(connection, [turn.contact for turn in turns if turn.contact])
    devices.save_all(connection, [turn.seen for turn in turns])


def _regrade(turns: Sequence[_Turn], people: Mapping[str, Held], now: datetime) -> None:
    """Grade what the pushes and the changes of standing touch, all days together."""
    changes: list[Change] = []
    for turn in turns:
        visit, seen, device = turn.visit, turn.seen, turn.device
        is_changed = _standing(seen) != _standing(device) or turn.speaker is not seen
        changes += to_regrade(
            visit.held, visit.services, visit.judge, visit.ahead, turn.pushed, now, is_changed=is_changed
        )
    read = {record: body for turn in turns for record, body in turn.pushed.bodies.items()}
    written: dict[str, list[ExpectedDay]] = {}
    for row in settle(people.values(), changes, now, read):
        written.setdefault(row.participant, []).append(row)
    for turn in turns:
        turn.changed = written.get(turn.visit.held.id, [])


def _answered(turn: _Turn) -> SyncAnswer:
    visit, speaker = turn.visit, turn.speaker
    state = installations.standing(speaker, visit.judge.facts, visit.now)
    return _answer(visit, speaker, state, turn.pushed, _pull(turn, state), turn.flags)


def _speaker(visit: Visit, device: Device) -> Device:
    """Whom the answer is for: the installation, or the one that it goes on as from now on."""
    successor, former = visit.request.successor, visit.request.former
    if former is not None:
        take_in_former(visit.held, visit.services, device, former, visit.now)
    if successor is None or device.state == DeviceState.LOST:
        return device
    next_one = installations.succeed(visit.held, visit.services, device, successor, visit.now)
    if next_one.last_seen_at is not None:
        return next_one  # presented again, or late: it has a conversation of its own by now
    speaker = next_one._replace(nonce=device.nonce)
    devices.save(visit.held.connection, speaker)
    return speaker


def _standing(device: Device) -> tuple[str, int]:
    return device.state, device.doubtful


def to_regrade(
    held: Held, services: Services, judge: Judge, ahead: Ahead, pushed: Pushed, now: datetime, *, is_changed: bool
) -> list[Change]:
    """What a push can have changed: its own days and open questions; everything after a change of standing."""
    touched: Sequence[ExpectedDay] = ahead.named(held.id, pushed.touched)
    open_questions = ahead.unsettled(held.id)
    if judge.changed_schedule:
        settle([held], moved(reschedule(held, services.versions, judge.facts, now)), now)
        touched = days.named(held.connection, held.id, pushed.touched)
        open_questions = days.unsettled(held.connection, held.id, OPEN_QUESTIONS, now)
    if is_changed or pushed.new_aside:
        open_questions = days.of(held.connection, held.id)
    rows = {row.key: row for row in (*touched, *open_questions)}
    return [*unchanged(rows.values()), *extra_days(held.id, pushed.accepted, touched)]


def _pull(turn: _Turn, state: DeviceState) -> Pulled:
    """A new epoch is pulled from zero."""
    request, held, visit = turn.visit.request, turn.visit.held, turn.visit
    if not _hears(visit, state):
        return nothing(request.cursor)
    cursor = request.cursor if request.epoch == visit.services.epoch else 0
    if _was_in_step(turn, cursor):
        return only_days(held.row, turn.changed)
    return pull(held.connection, held.row, turn.speaker.device, cursor, anew=turn.speaker is not turn.seen)


def _hears(visit: Visit, state: DeviceState) -> bool:
    """Only an active installation that speaks this protocol hears of changes, study, visits and corrections."""
    return state is DeviceState.ACTIVE and visit.request.protocol >= OLDEST.number


def _was_in_step(turn: _Turn, cursor: int) -> bool:
    """Whether the phone had heard everything before, and nothing but days was changed since."""
    before, after = turn.visit.held.stored, turn.visit.held.row
    is_told = cursor == before.change_no and after.fact_sequence == before.fact_sequence
    return is_told and turn.speaker is turn.seen and not turn.visit.judge.changed_schedule


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
        study_text=study.text if is_new and _hears(visit, state) else None,
        wordings=told.wordings,
        visits=told.done,
        corrections=_of_corrections(visit, state),
        sealing_key=visit.services.sealing.public,
        push_key=push_key,
        push_held=push_held,
        stopped_at=_stopped_at(visit, state),
        server_time=visit.now,
    )


def _of_visits(visit: Visit, state: DeviceState) -> VisitsTold:
    """Licensed words go to an active installation only."""
    request, held = visit.request, visit.held
    if not _hears(visit, state):
        return NOTHING
    return of_visits(held.connection, visit.services, held.id, request.wordings, visit.now)


def _of_corrections(visit: Visit, state: DeviceState) -> tuple[dict[str, Any], ...]:
    """They hold answers, so an active installation hears them and no other."""
    if not _hears(visit, state):
        return ()
    told = corrections_told(visit.held.connection, visit.held.id, visit.judge.facts)
    return tuple(one.model_dump(mode="json") for one in told)


def _of_push(visit: Visit, speaker: Device, state: DeviceState) -> tuple[str, str]:
    """The key to be reminded under, and which address is kept.

    Nobody but an active installation is reminded, and an address that comes from somebody whose part is over is not
    kept: what was erased at the end would come back with the next sync.
    """
    services = visit.services
    if state is not DeviceState.ACTIVE:
        return "", ""
    if visit.request.push is not None and display_status(visit.judge.facts, visit.now) in OVER:
        return "", ""
    kept = visit.ahead.address(speaker.device)
    held = keep_push_address(visit.held.connection, services, speaker, visit.request.push, kept, visit.now)
    return services.push.public, held


def _stopped_at(visit: Visit, state: DeviceState) -> str:
    """Whoever can use it stops reminders or has them again, so an active installation hears it and no other."""
    return page_if_stopped(visit.services, visit.held.id, visit.judge.facts) if _hears(visit, state) else ""


def _directive(request: SyncRequest, speaker: Device) -> Directive:
    if speaker.state == DeviceState.LOST:
        return Directive.LOCK
    if request.protocol < OLDEST.number:
        return Directive.UPDATE_APP
    if speaker.doubtful and speaker.state == DeviceState.ACTIVE:
        return Directive.NEW_DEVICE
    return Directive.NONE
