"""A small study in its first week, and the next version of its file."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Engine, select

from diary_app.core.facts import AnchorSet, RemindersChosen, Status, StatusSet
from diary_app.core.study import Study
from server.db.engine import reading
from server.db.tables import METADATA
from server.rehearsal.comparing import Compared, Evening, Kind
from server.rehearsal.ground import ground_of
from server.rehearsal.proposed import read_proposed
from server.rehearsal.rehearsing import Rehearsal, Summary
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, add, ready, record_fact

DORA, EMIL, FRIDA = "01-003", "02-004", "01-005"
WEDNESDAY = date(2026, 11, 25)
Change = tuple[str, str]


def stage(services: Services, clock: SimulatedEnvironment) -> Handset:
    """It is Wednesday at noon. Alice is reminded, Bob has an early evening, Dora pauses, Emil has withdrawn.

    Frida has no phone yet. What comes back is Alice's phone.
    """
    soon = clock.now().date() + timedelta(days=9)
    alice = ready(services, ALICE)
    bob, dora, emil = (ready(services, number, number) for number in (BOB, DORA, EMIL))
    add(services, FRIDA)
    for number in (ALICE, BOB, DORA):
        record_fact(services, number, RemindersChosen(channels=("email",)))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=soon))
    bob.record("choice", instrument="DMD", choice="early_evening")
    dora.record("pause", until=soon.isoformat())
    for phone in (bob, dora, emil):
        phone.sync()
    clock.advance(days=1)
    effective = clock.now().date()
    record_fact(services, EMIL, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=effective, reason="own_wish"))
    clock.advance(days=2, hours=-7)
    return alice


def next_text(services: Services, *changes: Change) -> str:
    """Version 2 of the file."""
    text = services.study.text
    for before, after in (('version = "1"\n', 'version = "2"\n'), *changes):
        assert before in text, before
        text = text.replace(before, after)
    return text


def rehearsed(services: Services, *changes: Change, days: int = 14) -> dict[str, Compared]:
    """What version 2 with these changes would do to everybody."""
    now = services.environment.now()
    with reading(services.engine) as connection:
        ground = ground_of(connection, services.versions, services.licensed, now.date())
        study: Study = read_proposed(next_text(services, *changes).encode(), "next.toml", ground)
        rehearsal = Rehearsal(connection, services.settings, services.versions, study, now, days)
        return {one.id: one for one in rehearsal.run(rehearsal.people(None))}


def summed(found: dict[str, Compared]) -> Summary:
    summary = Summary()
    for one in found.values():
        summary.add(one)
    return summary


def touched(found: dict[str, Compared]) -> dict[str, set[Kind]]:
    """Who sees what change."""
    return {number: set(one.kinds) for number, one in found.items() if one.kinds}


def evening(one: Compared, day: date) -> Evening:
    return next(found for found in one.evenings if found.day == day)


def opens_by(found: Compared, side: int) -> list[timedelta]:
    """By how much each evening opens after midnight UTC."""
    sides = [(one.before, one.after)[side] for one in found.evenings]
    return [one.day.opens - one.day.opens.replace(hour=0, minute=0) for one in sides if one]


def everything(engine: Engine) -> dict[str, Sequence[object]]:
    """Every row of every table."""
    with reading(engine) as connection:
        return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in METADATA.tables.items()}
