"""A crowd that is made quickly is one that could have enrolled, participant by participant."""

from datetime import timedelta

import pytest

from diary_app.core.records import GENESIS, chain_hash
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SyncAnswer, SyncRequest
from server import jobs
from server.db import days, devices, participants, records, staff_facts
from server.db.engine import reading
from server.db.export_rows import entries_of
from server.intake import arrivals
from server.intake.authentication import authenticate
from server.intake.evidence import diary_day
from server.intake.known import fact_text
from server.intake.rebuild import rebuild
from server.intake.sync import sync
from server.services import Services
from server.simulate.crowd import crowd, multiply
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import LightPhone
from server.trail.verify import verify

ANSWERS = {"DMD01": 6, "DMD02": 5, "DMD03": 4, "DMD04": 3, "DMD05": 2, "DMD06": 1}


@pytest.fixture
def phones(services: Services, clock: SimulatedEnvironment) -> list[LightPhone]:
    return crowd(services, clock, 3, clock.now() + timedelta(days=2))


def sent(services: Services, phone: LightPhone) -> SyncAnswer:
    now = services.environment.now()
    request = SyncRequest.model_validate_json(phone.request(now))
    with reading(services.engine) as connection:
        known = authenticate(connection, phone.device, f"Bearer {phone.token}")
    arrived = arrivals.read(request.records, services.sealing.open)
    answer = services.writer.run(
        known.participant, lambda connection: sync(connection, services, known.participant, request, arrived, now)
    )
    phone.hear(answer)
    return answer


def first_evening(services: Services, participant: str) -> DiaryDay:
    with reading(services.engine) as connection:
        shown = diary_day(days.of(connection, participant)[0])
    assert shown is not None
    return shown


def test_everybody_is_in_step(phones: list[LightPhone], services: Services) -> None:
    answers = [sent(services, phone) for phone in phones]
    assert [(one.flags, one.days, one.facts, one.directive) for one in answers] == [((), (), (), "none")] * 3


def test_an_entry_of_each_counts(phones: list[LightPhone], services: Services, clock: SimulatedEnvironment) -> None:
    for phone in phones:
        shown = first_evening(services, phone.participant)
        phone.fill_in(shown, ANSWERS, clock.new_id(), shown.opens + timedelta(hours=1))
        sent(services, phone)
    assert [phone.told["DMD", shown.day] for phone in phones] == ["done"] * 3


def test_rebuilding_from_facts_changes_nothing(phones: list[LightPhone], services: Services) -> None:
    def working(participant: str) -> tuple[object, ...]:
        with reading(services.engine) as connection:
            row = participants.get(connection, participant)
            assert row is not None
            graded = [day._replace(revision=0, change_no=0) for day in days.of(connection, participant)]
            return row._replace(change_no=0), devices.of(connection, [participant]), graded

    before = {phone.participant: working(phone.participant) for phone in phones}
    with services.engine.begin() as connection:
        assert rebuild(connection, services, services.environment.now()) == 3
    assert {phone.participant: working(phone.participant) for phone in phones} == before


def test_every_chain_holds(phones: list[LightPhone], services: Services) -> None:
    for phone in phones:
        previous = GENESIS
        with reading(services.engine) as connection:
            chain = staff_facts.of(connection, phone.participant)
            end = records.chain_end(connection, phone.device)
        for row in chain:
            text = fact_text(
                id=row.id, participant=row.participant, sequence=row.sequence, at=row.at,
                author=row.author, revision=row.revision, body=row.body,
            )  # fmt: skip
            assert (row.previous, row.hash) == (previous, chain_hash(previous, text))
            previous = row.hash
        assert end is not None
        assert end.hash == phone.head.hash


def test_no_day_is_due_again(phones: list[LightPhone], services: Services) -> None:
    assert jobs.sweep_due(services, services.environment.now()) == 0


def test_whoever_is_multiplied_has_lived_through_the_same(services: Services, clock: SimulatedEnvironment) -> None:
    (first,) = crowd(services, clock, 1, clock.now() + timedelta(days=2))
    shown = first_evening(services, first.participant)
    first.fill_in(shown, ANSWERS, clock.new_id(), shown.opens + timedelta(hours=1))
    sent(services, first)
    multiply(services, first, 3)
    with reading(services.engine) as connection:
        everybody = [participants.get(connection, name) for name in participants.ids(connection)]
        entries = [entry for one in everybody if one for entry in entries_of(connection, one.id)]
        states = [row.state for one in everybody if one for row in days.of(connection, one.id) if row.entry]
        assert verify(connection).found == []
    assert [one.version.body.participant for one in entries] == [one.id for one in everybody if one]
    assert len({one.version.id for one in entries}) == len(states) == 3
    assert set(states) == {"done"}
