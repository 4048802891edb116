"""Phones that are taken in together hear what each would have heard alone."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.records import compose
from diary_app.core.wire import SyncAnswer, SyncRequest
from server.db import records
from server.db.engine import reading
from server.db.writer import ThreadedWriter, Together
from server.intake import arrivals
from server.intake.sync import Asked, sync, sync_all
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.server.gate import Gate
from tests.server.handset import Handset, ready

DAY = date(2026, 11, 23)
NAMES = ("entry", "zone", "stale", "gap", "successor", "from zero", "again", "too late", "silent", "unreadable")


@pytest.fixture
def asked(services: Services, clock: SimulatedEnvironment) -> list[Asked]:
    """One phone in each situation that a sync can be in, all waiting at the same moment."""
    phones = {name: ready(services, f"01-{number:03}", name) for number, name in enumerate(NAMES, 1)}
    clock.advance(days=1)
    for name in ("entry", "stale", "gap", "successor", "from zero", "again"):
        phones[name].fill_in(DAY)
    again = phones["again"].request()
    phones["again"].sync()
    clock.advance(days=1, hours=1)
    phones["too late"].fill_in(DAY, opens=clock.now(), closes=clock.now(), late_until=clock.now())
    phones["zone"].record("zone", zone="America/New_York")
    phones["gap"].record("app_event")
    following = phones["successor"].successor()
    requests = {
        **{name: phones[name].request() for name in ("entry", "zone", "too late", "silent")},
        "stale": phones["stale"].request(nonce="of another phone"),
        "gap": phones["gap"].request([phones["gap"].records[-1].text]),
        "successor": phones["successor"].request(successor=following.as_successor()),
        "from zero": phones["from zero"].request(cursor=0),
        "again": again,
        "unreadable": phones["unreadable"].request(["?"]),
    }
    return [of(services, phones[name], requests[name]) for name in NAMES]


def of(services: Services, phone: Handset, request: SyncRequest) -> Asked:
    arrived = arrivals.read(request.records, services.sealing.open)
    return Asked(services, phone.participant, request, arrived, services.environment.now())


def undone(services: Services, work: Callable[[Connection], Sequence[SyncAnswer]]) -> list[SyncAnswer]:
    """What it answers; nothing of it stays."""
    with services.engine.connect() as connection, connection.begin() as transaction:
        answers = list(work(connection))
        transaction.rollback()
    return answers


def heard(answer: SyncAnswer) -> dict[str, Any]:
    """Everything but what is drawn by lot."""
    told = answer.model_dump(exclude={"nonce", "facts"})
    return {**told, "facts": [(fact.change_no, fact.body) for fact in answer.facts]}


def test_each_hears_the_same_as_alone(services: Services, asked: list[Asked]) -> None:
    alone = undone(
        services,
        lambda it: [sync(it, services, one.participant, one.request, one.arrivals, one.now) for one in asked],
    )
    together = undone(services, lambda it: sync_all(it, asked))
    for name, one, other in zip(NAMES, alone, together, strict=True):
        assert heard(one) == heard(other), name
    said = dict(zip(NAMES, together, strict=True))
    assert said["entry"].days[0].state == "done"
    assert said["stale"].flags == (Code.NONCE_STALE,)
    assert len(said["from zero"].days) > len(said["entry"].days)
    assert said["gap"].receipts == ()
    assert said["successor"].facts != ()


def test_one_record_under_two_names_is_stored_once(services: Services, clock: SimulatedEnvironment) -> None:
    """Two phones claim the same id in one batch: the database refuses it, and both are answered one by one."""
    alice, mallory = ready(services, "01-001"), ready(services, "01-002", "mallory")
    clock.advance(days=1)
    entry = alice.fill_in(DAY)
    forged = compose(
        id=entry.id, kind=entry.kind, device=mallory.device, sequence=mallory.head.sequence + 1,
        previous=mallory.head.hash, body=dict(entry.body),
    )  # fmt: skip
    both = [of(services, alice, alice.request()), of(services, mallory, mallory.request([forged.text]))]
    gate, writer = Gate(), ThreadedWriter(services.engine)
    writer.submit("", gate)
    assert gate.entered.wait(10)
    answers = [writer.submit(one.participant, Together(sync_all, one)) for one in both]
    gate.opened.set()
    first, second = (answer.result(10).receipts[0] for answer in answers)
    writer.close()
    assert (first.accepted, second.accepted, second.code) == (True, False, Code.RECORD_CONFLICT)
    with reading(services.engine) as connection:
        assert [row.hash for row in records.with_ids(connection, [entry.id])] == [entry.hash]
