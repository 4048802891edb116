"""Staff at their desk: who acts, and what they find set aside."""

from collections.abc import Callable
from datetime import date

import pytest

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.staff_acts import Outcome, SettlingReason
from server.access import rights
from server.access.proving import Person
from server.access.rights import Right
from server.access.roles import Role
from server.db import days, set_aside
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.intake import settling
from server.intake.settling import Wanted
from server.services import Services
from tests.conftest import ALICE
from tests.server.handset import DMD

CAROL, INES, MALLORY = (Person(name, name, name.capitalize()) for name in ("carol", "ines", "mallory"))
RIGHTS = (
    Right("carol", Role.COORDINATOR, "copenhagen"),
    Right("ines", Role.INVESTIGATOR, "copenhagen"),
    Right("mallory", Role.INVESTIGATOR, "odense"),
)
REASON = SettlingReason.MORE_IS_KNOWN
NO_ENTRY, ACCEPTED = Wanted(Outcome.NO_ENTRY, REASON), Wanted(Outcome.ACCEPTED, REASON)


def assigned(day: date | None, instrument: str | None = DMD) -> Wanted:
    return Wanted(Outcome.ASSIGNED, REASON, instrument, day)


def waiting(services: Services, participant: str = ALICE) -> list[SetAside]:
    return [one for one in everything(services, participant) if one.waits]


def everything(services: Services, participant: str = ALICE) -> list[SetAside]:
    with reading(services.engine) as connection:
        return set_aside.at(connection, ["copenhagen", "odense"], participant)


def settle(services: Services, wanted: Wanted, by: Person = INES, item: str | None = None) -> str:
    """Settle the thing named, or the only one that waits; its id."""
    if item is None:
        (one,) = waiting(services)
        item = one.id
    settling.settle(services, item, wanted, by=by)
    return item


def staff_the_desk(services: Services) -> None:
    """They have their rights."""
    with services.engine.begin() as connection:
        for right in RIGHTS:
            rights.give(connection, right, author="root", environment=services.environment)


def refused(work: Callable[[], object]) -> Code:
    with pytest.raises(RequestRefused) as refusal:
        work()
    assert refusal.value.remedy
    return refusal.value.code


def days_of(services: Services, participant: str = ALICE) -> dict[date, ExpectedDay]:
    with reading(services.engine) as connection:
        return {row.diary_day: row for row in days.of(connection, participant)}


def states(services: Services, participant: str = ALICE) -> dict[date, tuple[str, str | None]]:
    return {day: (row.state, row.reason) for day, row in days_of(services, participant).items()}
