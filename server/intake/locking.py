"""Locking diary days, so that nothing of them changes, and unlocking them. What comes meanwhile is kept and waits.

A record that comes for a locked day is stored and receipted like any other: its phone has done its part. It is left
out of grading and export until the day is unlocked.
"""

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app.core.facts import Fact
from diary_app.core.locks import any_locked
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, LockingReason
from server.access.proving import Person
from server.access.roles import Permission
from server.intake.held import holding
from server.intake.known import facts_of
from server.intake.staff import refused, take_effect
from server.services import Services

Range = tuple[date, date] | None


def lock(services: Services, participant: str, days: Range, reason: LockingReason, *, by: Person) -> Fact:
    """Lock a participant's diary days from first to last; None for all. Raises `RequestRefused`."""
    first, last = _ends(days)

    def said(role: str, site: str, _: tuple[Fact, ...]) -> BaseModel:
        return DaysLocked(by_role=role, by_site=site, first=first, last=last, reason=reason)

    return _recorded(services, participant, said, by)


def unlock(services: Services, participant: str, days: Range, reason: LockingReason, *, by: Person) -> Fact:
    """Unlock them again; what came meanwhile counts at once. Raises `RequestRefused`."""
    first, last = _ends(days)

    def said(role: str, site: str, facts: tuple[Fact, ...]) -> BaseModel:
        if not any_locked(facts, first or date.min, last or date.max):
            raise refused("None of these days is locked.", "Check the participant and the days.")
        return DaysUnlocked(by_role=role, by_site=site, first=first, last=last, reason=reason)

    return _recorded(services, participant, said, by)


def check_order(first: date, last: date) -> None:
    """Raises `RequestRefused` for a range that ends before it begins."""
    if last < first:
        raise refused("{last} is before {first}.", "Name the first day first.", first=first, last=last)


def _recorded(
    services: Services, participant: str, said: Callable[[str, str, tuple[Fact, ...]], BaseModel], by: Person
) -> Fact:
    def work(connection: Connection) -> Fact:
        with holding(connection, participant) as held:
            role, facts = by.role_for(connection, Permission.LOCK_DAYS, held.row.site), facts_of(connection, held.id)
            environment = services.environment
            return take_effect(
                held, services, facts, said(role, held.row.site, facts),
                author=by.account, at=environment.now(), id=environment.new_id(),
            )  # fmt: skip

    return services.writer.run(participant, work)


def _ends(days: Range) -> tuple[date | None, date | None]:
    if days is None:
        return None, None
    check_order(*days)
    return days
