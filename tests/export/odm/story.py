"""A study in which everything happened that can happen to an evening, told in the same way on any database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    DayMove,
    ItemChange,
    ParticipantAnswer,
    RefusalReason,
    Voided,
    WaiverReason,
)
from diary_app.core.corrections import answer_body
from diary_app.core.entries import FilledBy, Skip
from diary_app.core.facts import (
    AnchorSet,
    ContactField,
    Excused,
    ExcuseReason,
    Randomised,
    Status,
    StatusRevoked,
    StatusSet,
)
from diary_app.core.paper import PaperReason
from diary_app.core.staff_acts import LockingReason, Meaning
from server.access.acting import Acting
from server.access.proving import Person
from server.access.roles import Role
from server.intake import corrections, locking, paper, reaching
from server.intake.paper import Sheet
from server.intake.sweep import extend, sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.signing import Wanted, sign
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.handset import ANSWERS, DMD, Handset, ready, record_fact

DORA, ERIK = "01-002", "01-003"
FIRST = date(2026, 11, 23)
SKIPS: dict[str, int | str] = {**ANSWERS, "DMD02": "prefer_not_to_answer", "DMD04": "not_applicable"}
TAPPED = {item: int(answer) for item, answer in ANSWERS.items()}
#: How Alice is reached; neither is in any file.
REACHED = {ContactField.EMAIL: "alice@example.org", ContactField.PHONE: "+4512345678"}
#: What Erik answered after he had withdrawn; it is in no file.
SEALED = {**ANSWERS, "DMD01": 10}


@dataclass
class Told:
    """Who is who, and the ids that tests ask for."""

    services: Services
    ids: dict[str, str]


def day(number: int) -> date:
    """The evening so many days after the first."""
    return FIRST + timedelta(days=number)


def at(number: int, hour: int, minute: int = 0) -> datetime:
    """UTC, so many days after the first."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, minute, tzinfo=UTC) + timedelta(days=number)


def tell(services: Services, clock: SimulatedEnvironment) -> Told:
    """Everything, until the evening of the thirteenth day."""
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"), display="Ines Holm")
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    desk = _Desk(services, Acting(carol), Acting(ines))
    alice = ready(services, ALICE)
    ready(services, BOB, "bob")
    ready(services, DORA, "dora")
    erik = ready(services, ERIK, "erik")
    desk.reaches()
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=day(2)))
    record_fact(services, ALICE, Randomised(day=FIRST))
    ids = {**_evenings(services, clock, alice), **_withdrawn(services, clock, erik)}
    ids["paper"] = desk.typed(clock)
    ids |= desk.corrected(alice, ids)
    record_fact(
        services, ALICE, Excused(instrument=DMD, diary_day=day(9), reason=ExcuseReason.TOO_ILL)
    )  # fmt: skip
    _jobs(services)
    alice.sync()
    desk.locked_and_signed()
    clock.move_to(at(12, 20))
    _jobs(services)
    return Told(services, ids)


def _evenings(services: Services, clock: SimulatedEnvironment, alice: Handset) -> dict[str, str]:
    ids = {}
    clock.move_to(at(0, 20))
    ids["first"] = alice.fill_in(day(0)).id
    alice.sync()
    clock.move_to(at(0, 21))
    ids["amended"] = alice.fill_in(day(0), answers=SKIPS, revision=2, parent=ids["first"]).id
    alice.sync()
    clock.move_to(at(1, 23, 40))  # 00:40 on the wall at home
    ids["night"] = alice.fill_in(day(1), zone="Europe/Lisbon", utc_offset_minutes=0).id
    alice.sync()
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=day(2), actual=day(3), actual_time="10:00"))
    clock.move_to(at(3, 7))
    ids["late"] = alice.fill_in(day(2), late_reason="forgot").id
    alice.sync()
    for number, name in ((3, "skips"), (4, "voided"), (5, "moved"), (8, "slip")):
        clock.move_to(at(number, 20))
        ids[name] = alice.fill_in(day(number), answers=SKIPS if name == "skips" else ANSWERS).id
        alice.sync()
    clock.move_to(at(8, 21))
    ids["second root"] = alice.fill_in(day(8), answers={**ANSWERS, "DMD01": 3}).id
    alice.sync()
    status = StatusSet(status=Status.TREATMENT_STOPPED, effective=day(8), reason="other")
    stopped = record_fact(services, ALICE, status).id
    record_fact(services, ALICE, StatusRevoked(revokes=stopped, reason="recorded_in_error"))
    return ids


def _withdrawn(services: Services, clock: SimulatedEnvironment, erik: Handset) -> dict[str, str]:
    clock.move_to(at(9, 20))
    before = erik.fill_in(day(9)).id
    erik.sync()
    clock.move_to(at(10, 20))
    after = erik.fill_in(day(10), answers=SEALED).id
    erik.sync()
    withdrawn = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=day(10), effective_at=at(10, 12), reason="participant_wish"
    )
    record_fact(services, ERIK, withdrawn)
    return {"before withdrawal": before, "after withdrawal": after}


@dataclass(frozen=True)
class _Desk:
    """Carol asks and Ines decides."""

    services: Services
    carol: Acting
    ines: Acting

    def reaches(self) -> None:
        now = self.services.environment.now()
        self.services.writer.run(
            ALICE,
            lambda connection: reaching.change_contact(
                connection, self.services, ALICE, REACHED, author=self.carol.author, at=now
            ),
        )

    def typed(self, clock: SimulatedEnvironment) -> str:
        clock.move_to(at(12, 12))
        sheet = Sheet(
            "form 1", day(9), day(9), time(21, 30), {**TAPPED, "DMD05": Skip.PREFER_NOT}, FilledBy.SELF,
            PaperReason.PHONE_FAILED, "binder <3> & \"12\" æøå", "da", is_dated=True,
        )  # fmt: skip
        return str(self.act(paper.transcribe, sheet, who=self.carol, participant=DORA).id)

    def corrected(self, alice: Handset, ids: dict[str, str]) -> dict[str, str]:
        made = {
            "void": self.approved(ids["voided"], Voided()),
            "move": self.approved(ids["moved"], DayMove(day=day(6))),
            "waived": self.approved(ids["slip"], ItemChange(item="DMD01", old=6, new=1)),
        }
        refused = self.ask(ids["skips"], ItemChange(item="DMD01", old=6, new=9))
        self.act(corrections.refuse, refused, RefusalReason.NOT_JUSTIFIED, who=self.ines)
        confirmed = self.ask(ids["slip"], ItemChange(item="DMD04", old=3, new=Skip.NOT_APPLICABLE))
        alice.sync()
        alice.record("acknowledgement", **answer_body(confirmed, ParticipantAnswer.RIGHT))
        alice.sync()
        self.act(corrections.approve, confirmed, who=self.ines)
        return {**made, "refused": refused, "confirmed": confirmed}

    def approved(self, entry: str, change: CorrectionChange) -> str:
        key = self.ask(entry, change)
        self.act(corrections.waive, key, WaiverReason.NO_PHONE, who=self.ines)
        self.act(corrections.approve, key, who=self.ines)
        return key

    def ask(self, entry: str, change: CorrectionChange) -> str:
        stated = self.services.environment.now().date()
        wanted = corrections.Wanted(
            entry, change, CorrectionSource.CALL, stated, CorrectionReason.TAPPED_WRONG, "phone note <12>"
        )
        return str(self.act(corrections.request, wanted, who=self.carol).id)

    def locked_and_signed(self) -> None:
        ines = Person(self.ines.author, "ines", "Ines Holm")
        locking.lock(self.services, ALICE, (day(0), day(2)), LockingReason.DATA_REVIEWED, by=ines)
        wanted = Wanted(ALICE, day(0), day(2), Meaning.REVIEWED)
        sign(self.services, wanted, username="ines", password=staged.PASSWORD, address="192.0.2.1")

    def act(self, what: Callable[..., Any], *given: Any, who: Acting, participant: str = ALICE) -> Any:
        now = self.services.environment.now()
        return self.services.writer.run(
            participant, lambda connection: what(connection, self.services, participant, *given, who=who, at=now)
        )


def _jobs(services: Services) -> None:
    now = services.environment.now()
    while services.writer.run("~", lambda connection: sweep(connection, now)):
        pass
    services.writer.run("~", lambda connection: extend(connection, services, now))
