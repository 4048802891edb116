"""A study in which everything happens that a format has to tell, staged once a database, and its files read back.

Alice: amended, late, missed, skipped items, excused, 00:40, voided, on paper, corrected before and after a signature.
Bob's phone is silent. Charlie travelled, then withdrew, and went on filling in. Dora never got a phone.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    ItemChange,
    Voided,
    WaiverReason,
)
from diary_app.core.entries import FilledBy, Skip
from diary_app.core.facts import (
    AnchorSet,
    ContactField,
    Excused,
    ExcuseReason,
    Randomised,
    Status,
    StatusSet,
)
from diary_app.core.paper import PAPER, PaperReason, entry_id
from diary_app.core.staff_acts import Meaning
from server.access.acting import Acting
from server.access.roles import Role
from server.db import accounts
from server.db.engine import reading
from server.export.bundle import make_bundle
from server.export.content import CutKind, Opener
from server.export.formats import EVERYTHING, Format
from server.export.participant import ExportedParticipant
from server.export.reading import everybody
from server.export.wanted import Wanted as ToExport
from server.intake import corrections, paper
from server.intake.corrections import Wanted
from server.intake.paper import Sheet
from server.intake.reaching import change_contact
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail.signing import Wanted as ToSign
from server.trail.signing import sign
from tests.conftest import ALICE, BOB, postgresql_copy
from tests.console import staged
from tests.export.conftest import run_jobs
from tests.export.parts import write_part
from tests.server.handset import ANSWERS, Handset, add, ready, record_fact

CHARLIE, DORA = "01-002", "01-003"
FIRST = date(2026, 11, 23)
EMAIL, PHONE = "alice.hansen@example.org", "+4512345670"
ABROAD = "Asia/Tokyo"
ODD = "1.0 æøå \u0007\u2028=x"  # a version of the app as no app writes it
ON_PAPER: dict[str, int | Skip] = {
    "DMD01": 8, "DMD02": 7, "DMD03": 4, "DMD04": 3, "DMD05": Skip.PREFER_NOT, "DMD06": 2,
}  # fmt: skip
Resource = dict[str, Any]


@dataclass(frozen=True)
class Staged:
    """The study as it stands, and how to write it."""

    services: Services
    ids: dict[str, str]
    room: Path

    def write(
        self, opener: Opener, name: str, kind: CutKind = CutKind.FINAL
    ) -> tuple[Path, Counter[str], Counter[str]]:
        """The folder, what the format says that it wrote, and what there was."""
        return (self.room / name, *write_part(opener, self.services, self.room / name, kind))

    def people(self) -> list[ExportedParticipant]:
        """Everybody, without a trail that could be read later."""
        with reading(self.services.engine) as connection:
            return list(everybody(connection, self.services.study, self.services.environment.now()))


def lines(folder: Path, name: str) -> list[Resource]:
    """Every object of one NDJSON file."""
    text = (folder / f"{name}.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


@contextmanager
def eventful_on(request: pytest.FixtureRequest, room: Path) -> Iterator[Staged]:
    """The study on the database that a fixture's parameter names, `sqlite` or `postgresql`; gone at the end."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), room / "study.sqlite")
        copies = iter([f"sqlite:///{room / 'study.sqlite'}"])
    else:
        server, template = (request.getfixturevalue(f"postgresql_{what}") for what in ("server", "template"))
        copies = postgresql_copy(server, template, room)
    with eventful(next(copies), room) as found:
        yield found
    next(copies, None)


@contextmanager
def bundled(request: pytest.FixtureRequest, room: Path, formats: frozenset[Format] = EVERYTHING) -> Iterator[Path]:
    """The folder of its final cut, made an hour after everything had happened."""
    with eventful_on(request, room) as staged:
        clock = staged.services.environment
        assert isinstance(clock, SimulatedEnvironment)
        at = clock.now()
        clock.move_to(at + timedelta(hours=1))
        wanted = ToExport(CutKind.FINAL, at, formats)
        yield make_bundle(staged.services, room / "bundle", wanted, author="somebody").folder


@contextmanager
def eventful(url: str, room: Path) -> Iterator[Staged]:
    """Everything that happens, on the database at that address; it is noon of 2 December in the end."""
    clock = SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
    services = open_services(Settings(database_url=url, var_folder=room / "var"), clock)
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Holm")
    yield Staged(services, _live(services, clock), room)
    services.close()


def _live(services: Services, clock: SimulatedEnvironment) -> dict[str, str]:
    alice, charlie = ready(services, ALICE), ready(services, CHARLIE, "charlie")
    ready(services, BOB, "bob")
    add(services, DORA)
    with services.engine.begin() as connection:
        for field, value in ((ContactField.EMAIL, EMAIL), (ContactField.PHONE, PHONE)):
            change_contact(connection, services, ALICE, {field: value}, author="carol", at=clock.now())
    record_fact(services, ALICE, Randomised(day=FIRST))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", actual=day(2), planned=day(2), actual_time="10:00"))
    ids = _evenings(services, clock, alice, charlie)
    clock.move_to(at(day(8), 21))
    alice.sync()
    ids["paper"] = _on_paper(services, day(7))
    ids["corrected"] = correct(services, ids["amended"], ItemChange(item="DMD01", old=5, new=1))
    ids["void"] = correct(services, ids["voided"], Voided())
    wanted = ToSign(ALICE, day(0), day(3), Meaning.REVIEWED)
    ids["signed"] = sign(services, wanted, username="ines", password=staged.PASSWORD, address="192.0.2.1").id
    ids["corrected late"] = correct(services, ids["late"], ItemChange(item="DMD02", old=5, new=Skip.PREFER_NOT))
    clock.move_to(at(day(9), 11))
    run_jobs(services)
    return ids


def _evenings(services: Services, clock: SimulatedEnvironment, alice: Handset, charlie: Handset) -> dict[str, str]:
    ids = {}
    clock.move_to(at(day(0), 20))
    ids["first"] = alice.fill_in(day(0)).id
    charlie.fill_in(day(0))
    clock.advance(minutes=30)
    answers = {**ANSWERS, "DMD01": 5}
    ids["amended"] = alice.fill_in(day(0), answers=answers, revision=2, parent=ids["first"]).id
    charlie.record("zone", zone=ABROAD)
    _sync(alice, charlie)
    clock.move_to(at(day(2), 7))
    ids["late"] = alice.fill_in(day(1), late_reason="forgot", app_version=ODD).id
    alice.sync()
    clock.move_to(at(day(2), 11))
    ids["abroad"] = charlie.fill_in(day(2), zone=ABROAD, utc_offset_minutes=540).id
    charlie.sync()
    clock.move_to(at(day(3), 12))
    withdrawal = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=day(3), effective_at=clock.now(), reason="own_wish"
    )
    record_fact(services, CHARLIE, withdrawal)
    clock.move_to(at(day(3), 20))
    skipped = {**ANSWERS, "DMD01": 9, "DMD02": "prefer_not_to_answer", "DMD04": "not_applicable"}
    ids["skipped"] = alice.fill_in(day(3), answers=skipped).id
    ids["sealed"] = charlie.fill_in(day(2), answers={**ANSWERS, "DMD01": 10}, zone=ABROAD, utc_offset_minutes=540).id
    _sync(alice, charlie)
    clock.move_to(at(day(5), 20))
    record_fact(services, ALICE, Excused(instrument="DMD", diary_day=day(4), reason=ExcuseReason.TOO_ILL))
    clock.move_to(datetime.combine(day(5), time(23, 40), UTC))  # 00:40 in Copenhagen
    ids["after midnight"] = alice.fill_in(day(5)).id
    alice.sync()
    clock.move_to(at(day(6), 20))
    ids["voided"] = alice.fill_in(day(6), answers={**ANSWERS, "DMD01": 0}).id
    alice.sync()
    return ids


def _on_paper(services: Services, of: date) -> str:
    """Typed by Carol; its id as an entry."""
    sheet = Sheet(
        "form 1", of, of, time(21, 30), ON_PAPER, FilledBy.SELF,
        PaperReason.PHONE_FAILED, "binder 3, sheet 12", "da", is_dated=True,
    )  # fmt: skip
    now, who = services.environment.now(), Acting(_account(services, "carol"))
    fact = services.writer.run(
        ALICE, lambda connection: paper.transcribe(connection, services, ALICE, sheet, who=who, at=now)
    )
    return entry_id(PAPER, fact.id)


def correct(services: Services, entry: str, change: CorrectionChange) -> str:
    """Asked for by Carol, waived and approved by Ines; its id."""
    carol, ines = (Acting(_account(services, name)) for name in ("carol", "ines"))
    now = services.environment.now()
    asked = Wanted(entry, change, CorrectionSource.CALL, day(8), CorrectionReason.TAPPED_WRONG, "phone note 12")
    with services.engine.begin() as connection:
        key = corrections.request(connection, services, ALICE, asked, who=carol, at=now).id
        corrections.waive(connection, services, ALICE, key, WaiverReason.NO_PHONE, who=ines, at=now)
        corrections.approve(connection, services, ALICE, key, who=ines, at=now)
    return key


def _account(services: Services, name: str) -> str:
    with reading(services.engine) as connection:
        return next(one.id for one in accounts.everyone(connection) if one.username == name)


def _sync(*phones: Handset) -> None:
    for phone in phones:
        phone.sync()


def day(number: int) -> date:
    """Counted from the first evening, which is 0."""
    return FIRST + timedelta(days=number)


def at(of: date, hour: int) -> datetime:
    """An hour of UTC."""
    return datetime.combine(of, time(hour), UTC)
