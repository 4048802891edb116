"""Everything that makes a diary day hard to tell, lived once, and what each format has to say of it.

Alice: nights on which the clocks change and around treatment 1, skips, corrections, a void, locked days; her first
treatment was moved twice and her second delayed. Bob's second is never given.
"""

import shutil
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from diary_app.core.anchors import DateChange
from diary_app.core.correction_facts import DayMove, ItemChange, Voided
from diary_app.core.entries import Skip
from diary_app.core.facts import AnchorSet
from diary_app.core.staff_acts import LockingReason
from server.export.folders import FOLDERS
from server.intake import locking
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.conftest import SKIPS, run_jobs
from tests.export.parts import write_part
from tests.export.sdtm.staging import at, correct, save
from tests.server.desk import INES, staff_the_desk
from tests.server.handset import ANSWERS, Handset, ready, record_fact

#: Tuesday 20 October 2026, 20:00 in Copenhagen; the clocks go back in the night to Sunday 25 October.
BEGIN = at(20, 18)
PREFERRED, NONE = "prefer_not_to_answer", "not_applicable"
LATER = {**ANSWERS, "DMD01": 0}
#: Locked after it was filled in, and locked while its entry was still on the phone.
FILLED, HELD = date(2026, 11, 1), date(2026, 11, 2)
VOIDED, LEFT, MOVED = date(2026, 10, 29), date(2026, 10, 30), date(2026, 10, 23)


@dataclass(frozen=True)
class Evening:
    """What counts for a diary day: when it was saved by the clock on the wall, each answer or why there is none.

    `since`: days since treatment 1 and 2 by the diary day.
    """

    saved: str
    answers: Mapping[str, int | str]
    since: tuple[int | None, int | None]


Evenings = dict[tuple[str, str], Evening]


def _evening(saved: str, first: int, second: int | None = None, **answers: int | str) -> Evening:
    return Evening(saved, {**ANSWERS, **answers}, (first, second))


#: By participant and diary day, as long as 1 and 2 November are locked. Treatments: 27 October, 17 November.
WHILE_LOCKED: Evenings = {
    ("001", "2026-10-21"): _evening("2026-10-21T20:00:00", -6, -27),
    ("001", "2026-10-22"): _evening("2026-10-23T11:00:00", -5, -26),
    ("001", "2026-10-23"): _evening("2026-10-30T20:00:00", -4, -25),
    ("001", "2026-10-24"): _evening("2026-10-25T02:30:00", -3, -24),  # the second time
    ("001", "2026-10-25"): Evening("2026-10-26T00:40:00", SKIPS, (-2, -23)),
    ("001", "2026-10-26"): _evening("2026-10-27T00:40:00", -1, -22),
    ("001", "2026-10-27"): _evening("2026-10-27T20:00:00", 1, -21),
    ("001", "2026-10-28"): _evening("2026-10-28T20:00:00", 2, -20, DMD01=1, DMD04=NONE),
    ("001", "2026-11-01"): _evening("2026-11-01T20:00:00", 6, -16),
    ("001", "2026-11-18"): _evening("2026-11-18T20:00:00", 23, 2),
    ("002", "2026-10-26"): _evening("2026-10-27T11:00:00", -1),
    ("002", "2026-10-27"): _evening("2026-10-28T00:40:00", 1),
}
#: The same afterwards: a later version counts, and what had been held on the phone.
UNLOCKED: Evenings = {
    **WHILE_LOCKED,
    ("001", "2026-11-01"): _evening("2026-11-01T21:00:00", 6, -16, DMD01=0),
    ("001", "2026-11-02"): _evening("2026-11-02T20:00:00", 7, -15),
}


@dataclass(frozen=True)
class Told:
    """Every format in a folder of its own, while days were locked and afterwards; ids of facts and records by name."""

    locked: Path
    unlocked: Path
    ids: Mapping[str, str]
    sums: Mapping[str, tuple["Counter[str]", "Counter[str]"]]


def tell(template: Path, home: Path) -> Told:
    """On a database of its own below `home`."""
    shutil.copy(template, home / "study.sqlite")
    clock = SimulatedEnvironment(BEGIN)
    services = open_services(Settings(database_url=f"sqlite:///{home}/study.sqlite", var_folder=home / "var"), clock)
    with ExitStack() as left:
        left.callback(services.close)
        staff_the_desk(services)
        alice, bob = ready(services, ALICE), ready(services, "01-002", "bob")
        ids = {**_to_treatment(services, alice, bob), **_corrected(services, clock, alice)}
        ids |= _locked(services, clock, alice)
        clock.move_to(november(17, 8))
        given = date(2026, 11, 17)
        record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=given, actual=given))
        save_in_november(alice, 18)
        run_jobs(services)
        sums = {name: _written(services, home / "locked", name) for name in FOLDERS}
        for day in (FILLED, HELD):
            ids[f"unlock {day}"] = locking.unlock(services, ALICE, (day, day), LockingReason.LATE_DATA, by=INES).id
        run_jobs(services)
        for name in FOLDERS:
            _written(services, home / "unlocked", name)
    return Told(home / "locked", home / "unlocked", ids, sums)


def november(day: int, hour: int) -> datetime:
    """A moment of November 2026 in UTC."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def save_in_november(phone: Handset, day: int) -> str:
    """At 20:00 in Copenhagen."""
    clock = phone.services.environment
    assert isinstance(clock, SimulatedEnvironment)
    clock.move_to(november(day, 19))
    made = phone.fill_in(date(2026, 11, day))
    phone.sync()
    return made.id


def _to_treatment(services: Services, alice: Handset, bob: Handset) -> dict[str, str]:
    """Planned for the 25th, then the 26th; recorded for that day, and corrected to the 27th."""
    ids = {}
    never = AnchorSet(anchor="treatment_2", not_given=date(2026, 10, 22), reason="other")
    ids["never given"] = record_fact(services, bob.participant, never).id
    for phone in (alice, bob):
        for planned in (25, 26):
            fact = AnchorSet(anchor="treatment_1", planned=date(2026, 10, planned))
            ids[f"planned {planned}"] = record_fact(services, phone.participant, fact).id
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2026, 11, 10)))
    ids["delayed"] = record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2026, 11, 17))).id
    save(alice, at(21, 18), 21)
    save(alice, at(23, 9), 22, late_reason="forgot")
    save(alice, at(25, 1, 30), 24)
    save(alice, at(25, 23, 40), 25, answers={**SKIPS})
    save(alice, at(26, 23, 40), 26)
    for phone in (alice, bob):
        for actual in (26, 27):
            day = date(2026, 10, actual)
            why = DateChange.TYPED_WRONG if actual == 27 else None
            given = AnchorSet(
                anchor="treatment_1", planned=date(2026, 10, 26), actual=day, actual_time="09:00", reason=why
            )
            ids[f"given {actual}"] = record_fact(services, phone.participant, given).id
    save(bob, at(27, 10), 26, late_reason="unwell")
    save(alice, at(27, 19), 27)
    save(bob, at(27, 23, 40), 27)
    return ids


def _corrected(services: Services, clock: SimulatedEnvironment, alice: Handset) -> dict[str, str]:
    made = {day: save(alice, at(day, 19), day) for day in (28, 29, 30)}
    clock.move_to(at(31, 12))
    correct(services, made[28], ItemChange(item="DMD01", old=ANSWERS["DMD01"], new=1))
    correct(services, made[28], ItemChange(item="DMD04", old=ANSWERS["DMD04"], new=Skip.NOT_APPLICABLE))
    correct(services, made[29], Voided())
    correct(services, made[30], DayMove(day=MOVED))
    return {"corrected": made[28], "voided": made[29], "moved": made[30]}


def _locked(services: Services, clock: SimulatedEnvironment, alice: Handset) -> dict[str, str]:
    ids = {"filled": save_in_november(alice, 1)}
    lock = locking.lock(services, ALICE, (FILLED, FILLED), LockingReason.DATA_REVIEWED, by=INES)
    ids[f"lock {FILLED}"] = lock.id
    clock.advance(hours=1)
    ids["later"] = alice.fill_in(FILLED, revision=2, parent=ids["filled"], answers=LATER).id
    alice.sync()
    clock.move_to(november(2, 19))
    ids["held"] = alice.fill_in(HELD).id
    clock.move_to(november(2, 19) + timedelta(days=2))
    run_jobs(services)
    ids[f"lock {HELD}"] = locking.lock(services, ALICE, (HELD, HELD), LockingReason.DATA_REVIEWED, by=INES).id
    alice.sync()
    return ids


def _written(services: Services, folder: Path, name: str) -> tuple["Counter[str]", "Counter[str]"]:
    return write_part(FOLDERS[name][1], services, folder / name)
