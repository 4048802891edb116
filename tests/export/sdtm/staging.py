"""A few weeks around a first treatment and the end of summer time, lived by four participants on a real server."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from diary_app.core.correction_facts import CorrectionChange, CorrectionReason, CorrectionSource, WaiverReason
from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Status, StatusSet
from server.access.acting import Acting
from server.export.content import CutKind
from server.export.sdtm import open_reference, open_sdtm
from server.intake import corrections
from server.intake.corrections import Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import SKIPS, run_jobs
from tests.export.parts import write_part
from tests.server.handset import Handset, add, ready, record_fact

CHARLIE = "01-002"
DORA = "02-002"
#: Tuesday 20 October 2026, 20:00 in Copenhagen; the clocks go back in the night to Sunday 25 October.
BEGIN = datetime(2026, 10, 20, 18, tzinfo=UTC)
TREATMENT = date(2026, 10, 27)

Row = dict[str, Any]


@dataclass
class Written:
    """What a part wrote, read back; `said`: its own numbers, `there`: what there was to write."""

    folder: Path
    said: "Counter[str]" = field(default_factory=Counter)
    there: "Counter[str]" = field(default_factory=Counter)

    def head(self, name: str) -> Row:
        """The first line of an NDJSON file."""
        with (self.folder / f"{name}.ndjson").open(encoding="utf-8") as file:
            found: Row = json.loads(file.readline())
        return found

    def rows(self, name: str = "qs", **wanted: Any) -> list[Row]:
        """Rows of an NDJSON file by column, those that have all the values wanted."""
        names = [column["name"] for column in self.head(name)["columns"]]
        with (self.folder / f"{name}.ndjson").open(encoding="utf-8") as file:
            rows = [dict(zip(names, json.loads(line), strict=True)) for line in list(file)[1:]]
        return [row for row in rows if wanted.items() <= row.items()]

    def row(self, name: str = "qs", **wanted: Any) -> Row:
        """The only one."""
        (row,) = self.rows(name, **wanted)
        return row

    def said_of(self, row: Row, *, by: str = "QSGRPID") -> dict[str, str]:
        """What SUPPQS says of a row of QS."""
        wanted = {"USUBJID": row["USUBJID"], "IDVAR": by, "IDVARVAL": str(row[by])}
        return {one["QNAM"]: one["QVAL"] for one in self.rows("suppqs", **wanted)}


def live(services: Services, clock: SimulatedEnvironment) -> None:
    """Alice has an evening of every kind; Bob's last before the treatment comes an hour after it began, then he stops.

    Charlie's phone has said nothing since it was enrolled; Dora was put on the list and never got one.
    """
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    ready(services, CHARLIE, "charlie")
    add(services, DORA)
    for who, phone in ((ALICE, alice), (BOB, bob)):
        record_fact(services, who, AnchorSet(anchor="treatment_1", planned=TREATMENT))
        phone.sync()
    save(alice, at(21, 18), 21)
    save(alice, at(23, 9), 22, late_reason="forgot")  # 11:00
    save(bob, at(24, 18), 24)
    save(alice, at(25, 1, 30), 24)  # 02:30, the second time
    save(alice, at(25, 23, 40), 25, answers={**SKIPS})  # 00:40
    save(bob, at(25, 18), 25)
    save(alice, at(26, 23, 40), 26)  # 00:40 on the day of the treatment
    clock.move_to(at(27, 9))
    given = AnchorSet(anchor="treatment_1", planned=TREATMENT, actual=TREATMENT, actual_time="09:00")
    for who in (ALICE, BOB):
        record_fact(services, who, given)
    save(bob, at(27, 10), 26, late_reason="unwell")  # 11:00 in winter
    save(alice, at(27, 19), 27)
    record_fact(services, BOB, StatusSet(status=Status.DIARY_STOPPED, effective=date(2026, 10, 27), reason="wish"))
    save(bob, at(28, 19), 28)
    clock.move_to(at(30, 19))
    alice.sync()
    excuse = Excused(instrument="DMD", diary_day=date(2026, 10, 28), reason=ExcuseReason.TOO_ILL)
    record_fact(services, ALICE, excuse)
    record_fact(services, BOB, StatusSet(status=Status.CONSENT_WITHDRAWN, effective=date(2026, 10, 30), reason="wish"))
    run_jobs(services)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of October 2026 in UTC."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def save(phone: Handset, moment: datetime, day: int, **changes: Any) -> str:
    """An entry for that day of October, made and sent at that moment."""
    clock = phone.services.environment
    assert isinstance(clock, SimulatedEnvironment)
    if clock.now() < moment:
        clock.move_to(moment)
    made = phone.fill_in(date(2026, 10, day), **changes)
    phone.sync()
    return made.id


def sdtm(services: Services, folder: Path, kind: CutKind = CutKind.FINAL) -> Written:
    """QS and SUPPQS of now."""
    return Written(folder, *write_part(open_sdtm, services, folder, kind))


def reference(services: Services, folder: Path) -> Written:
    """The key of now."""
    return Written(folder, *write_part(open_reference, services, folder))


def correct(services: Services, entry: str, change: CorrectionChange, who: str = ALICE) -> None:
    """Asked for, waived and approved at the command line."""
    author, now = Acting("command line", is_operator=True), services.environment.now()
    asked = Wanted(entry, change, CorrectionSource.CALL, now.date(), CorrectionReason.TAPPED_WRONG)
    with services.engine.begin() as connection:
        key = corrections.request(connection, services, who, asked, who=author, at=now).id
        corrections.waive(connection, services, who, key, WaiverReason.NO_PHONE, who=author, at=now)
        corrections.approve(connection, services, who, key, who=author, at=now)
