"""A participant who has kept the diary for some weeks, for pages to be looked at: done, late, missed, a correction."""

from datetime import date, datetime, timedelta
from typing import Any

from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, ItemChange
from diary_app.core.facts import (
    AlertAcknowledged,
    AlertAction,
    AnchorSet,
    Channel,
    Excused,
    ExcuseReason,
    RemindersChosen,
)
from diary_app.core.times import local_date
from server.access.acting import Acting
from server.intake import corrections
from server.intake.corrections import Wanted
from server.intake.sweep import sweep
from server.reminders import queueing
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.console.staged import ZONE
from tests.server.handset import CAROL, Handset, ready, record_fact

NUMBER = "01-095"
DAYS = 40
ANSWERS = {"DMD01": 7, "DMD02": 6, "DMD03": 5, "DMD04": 4, "DMD05": 2, "DMD06": 1}
TREATMENT = {"anchor": "treatment_2", "what": "planned", "day": "2027-03-15"}
MISSED, LATE, TWICE, HOSPITAL = {9, 10, 27}, {5, 18}, {20, 37}, {30, 31}


def begin(morning: datetime) -> datetime:
    """When the simulated clock has to start."""
    return morning - timedelta(days=DAYS)


def keep(services: Services, morning: datetime) -> None:
    """Forty days of a diary, up to that morning."""
    clock = services.environment
    assert isinstance(clock, SimulatedEnvironment)
    handset = ready(services, NUMBER)
    record_fact(services, NUMBER, RemindersChosen(channels=(Channel.EMAIL,)))
    clock.advance(days=1)
    given = local_date(morning, ZONE) - timedelta(days=24)
    for number in range(1, DAYS):
        clock.advance(hours=11)  # 19:02 or 20:02
        clock.advance(hours=13 - _evening(handset, clock, number))
        queue(services)
        if number == DAYS - 24:
            record_fact(services, NUMBER, AnchorSet(anchor="treatment_1", actual=given, actual_time="10:30"))
        if number - 1 in HOSPITAL:
            day = local_date(clock.now(), ZONE) - timedelta(days=1)
            record_fact(services, NUMBER, Excused(instrument="DMD", diary_day=day, reason=ExcuseReason.HOSPITALISED))
        services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    clock.advance(hours=(morning - clock.now()) / timedelta(hours=1))
    handset.sync()
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    record_fact(services, NUMBER, AlertAcknowledged(alert="silent", since=clock.now(), action=AlertAction.CALLED))
    _ask(services, handset, local_date(morning, ZONE) - timedelta(days=2))


def queue(services: Services) -> None:
    """Plan reminders as the server's job does."""
    now = services.environment.now()
    services.writer.run("~", lambda connection: queueing.queue(connection, services, now))


def _evening(handset: Handset, clock: SimulatedEnvironment, number: int) -> int:
    """How many hours it took."""
    day, hours = local_date(clock.now(), ZONE), 0
    if number in MISSED | HOSPITAL:
        return hours
    changes: dict[str, Any] = {"answers": {**ANSWERS, "DMD01": 3 + number % 7 if number < 25 else 7}}
    if number in LATE:
        hours = 12
        clock.advance(hours=hours)
        changes["late_reason"] = "forgot"
    first = handset.fill_in(day, page_ms={"DMD01": 4_000 if number == 22 else 40_000}, **changes)
    if number in TWICE:
        again = {**changes["answers"], "DMD02": 8}
        handset.fill_in(day, **{**changes, "answers": again}, revision=2, parent=first.id)
    handset.sync()
    return hours


def _ask(services: Services, handset: Handset, said: date) -> None:
    entry = [one for one in handset.records if one.kind == "entry"][-5]
    wanted = Wanted(
        entry.id, ItemChange(item="DMD03", old=5, new=2), CorrectionSource.CALL, said, CorrectionReason.TAPPED_WRONG,
        "phone note 12",
    )  # fmt: skip
    who = Acting(CAROL, is_operator=True)
    services.writer.run(
        NUMBER,
        lambda connection: corrections.request(
            connection, services, NUMBER, wanted, who=who, at=services.environment.now()
        ),
    )
