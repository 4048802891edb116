"""A copied phone: one copy confirmed a time zone that was set aside, and what server and phones lay out by it."""

from datetime import date, datetime, timedelta

from diary_app.core.facts import ZoneConfirmed
from diary_app.core.staff_acts import LockingReason, QuarantineSettled
from server.db import set_aside
from server.db.engine import reading
from server.intake import locking
from server.intake.known import facts_of
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import (
    INES,
    days_of,
    everything,
)
from tests.server.handset import Handset, ready

HOME, AWAY, THIRD = "Europe/Copenhagen", "America/New_York", "Asia/Tokyo"
DAY = date(2026, 11, 23)
NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)


def on_the_first_evening(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone, trained; the evening is open."""
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def parted(alice: Handset) -> tuple[Handset, Handset]:
    """The phone at home, and its copy in use, on which another zone was confirmed that is set aside."""
    away, home = part(alice, alice.copied(), AWAY)
    return home, away


def part(home: Handset, away: Handset, zone: str, *, stays: bool = False) -> list[Handset]:
    """The chains part; what the copy confirmed is set aside. The one in use comes first: it went on before the other.

    `stays`: the phone at home is it; else the copy.
    """
    home.record("app_event", what="opened")
    home.sync()
    away.record("zone", zone=zone)
    away.sync()
    ordered = [(home, "home"), (away, "away")] if stays else [(away, "away"), (home, "home")]
    following = [phone.goes_on(name) for phone, name in ordered]
    for phone in following:
        phone.sync([])
    return following


def laid_out(services: Services, day: date) -> str:
    return days_of(services)[day].zone


def shown(phone: Handset, day: date) -> tuple[datetime, datetime]:
    found = phone.evening(day)
    return found.opens, found.late_until


def agree(services: Services, *phones: Handset, days: tuple[date, ...] = (NEXT, LATER)) -> bool:
    """Whether they show what the server enforces, once they have heard."""
    for phone in phones:
        phone.sync([])
    rows = days_of(services)
    return all(
        shown(phone, day) == (rows[day].opens, rows[day].late_until) for phone in phones for day in days
    )  # fmt: skip


def lock(services: Services) -> None:
    locking.lock(services, ALICE, (LATER, LATER), LockingReason.DATA_REVIEWED, by=INES)


def settled(services: Services) -> list[QuarantineSettled]:
    with reading(services.engine) as connection:
        facts = facts_of(connection, ALICE)
    return [fact.detail for fact in facts if isinstance(fact.detail, QuarantineSettled)]


def zones(services: Services) -> list[str]:
    with reading(services.engine) as connection:
        return [fact.id for fact in facts_of(connection, ALICE) if isinstance(fact.detail, ZoneConfirmed)]


def aside_text(services: Services) -> str:
    with reading(services.engine) as connection:
        (one,) = everything(services)
        return (set_aside.data_of(connection, one.id) or b"").decode()
