"""Where reminders stand is their events, no more: made again from them it is the same."""

from sqlalchemy import delete

from diary_app.core.facts import Status, StatusSet
from server.db import reminders
from server.intake.rebuild import rebuild
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import ALICES, BOBS, DAY, NUMBER, live, reminded, rows, work
from tests.reminders.post_office import PostOffice
from tests.server.handset import record_fact


def eventful_days(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    """Sent, refused and rerouted, failed, dropped, overtaken, cancelled, and one that waits."""
    alice = reminded(services, email=ALICES, phone=NUMBER)
    reminded(services, BOB, "bob", email=BOBS)
    post_office.refused[ALICES] = "550 5.7.1 not from you"
    live(services, clock, "2026-11-23 19:05")
    post_office.close()
    live(services, clock, "2026-11-24 18:00")
    alice.record("pause", until="2026-11-24")
    alice.sync()
    live(services, clock, "2026-11-25 19:20")
    record_fact(services, ALICE, StatusSet(status=Status.DIED, effective=DAY, reason="recorded"))
    live(services, clock, "2026-11-25 20:16")


def test_rebuilding_reminders_changes_nothing(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    eventful_days(services, clock, post_office)
    before = rows(services)
    assert {row.state for row in before} == {"sent", "failed", "dropped", "waiting", "cancelled"}
    with services.engine.begin() as connection:
        rebuild(connection, services, clock.now())
    assert rows(services) == before


def test_rebuilding_reminders_from_nothing_sends_none_again(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    eventful_days(services, clock, post_office)
    before = rows(services)
    with services.engine.begin() as connection:
        connection.execute(delete(reminders.TABLE))
        rebuild(connection, services, clock.now())
    assert rows(services) == before
    work(services, clock)
    assert [row.key for row in rows(services)] == [row.key for row in before]
