"""What staff do at the console with entries: corrections, sheets of paper, what was set aside."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel

from diary_app import resources
from diary_app.core.correction_facts import (
    CorrectionReason,
    CorrectionRequested,
    CorrectionSource,
    DayMove,
    ItemChange,
    RefusalReason,
    Voided,
    WaiverReason,
)
from diary_app.core.corrections import APPROVABLE, Correction, CorrectionState
from diary_app.core.entries import FilledBy
from diary_app.core.errors import RequestRefused
from diary_app.core.facts import SCHEDULE_RECORDS, Fact
from diary_app.core.paper import PaperReason
from diary_app.core.records import RecordKind
from diary_app.core.staff_acts import Outcome, SettlingReason
from diary_app.core.times import local, parse_utc
from server.db import days, set_aside
from server.db.engine import reading
from server.db.set_aside import SetAside
from server.intake import corrections, paper, settling
from server.intake.corrected import corrections_of
from server.intake.paper import Sheet
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm import statuses, words
from server.simulate.storm.anybody import WHO, Anybody
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import Confirmed
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Act, Ledger
from server.simulate.storm.persons import Person, evening_of
from server.simulate.storm.steps import Do, Step

_DIARY = "DMD"
_ITEM = "DMD01"
_VALUES = 11


_KINDS: dict[Callable[..., Fact], Kind] = {
    corrections.request: Kind.CORRECTION_ASKED,
    corrections.approve: Kind.CORRECTION_APPROVED,
    corrections.refuse: Kind.CORRECTION_REFUSED,
    corrections.waive: Kind.CORRECTION_WAIVED,
    corrections.withdraw: Kind.CORRECTION_WITHDRAWN,
    paper.transcribe: Kind.SHEET_TYPED,
}


@dataclass
class Desk:
    """Everybody who works with entries; `decided` is what they brought about."""

    world: SimulatedEnvironment
    house: House
    ledger: Ledger
    decided: Decided = field(default_factory=Decided)
    copies: dict[str, Decided] = field(default_factory=dict)
    _sheets: int = 0

    def take(self, step: Step, person: Person) -> bool:
        """Whether the step was one of theirs. Raises `ServerDown`, `RequestRefused`."""
        match step.do:
            case Do.CORRECT:
                self._ask(person, step.detail)
            case Do.DECIDE:
                self._decide(person, approves=step.detail["approves"])
            case Do.TAKE_BACK:
                return self._take_all_back(person)
            case Do.TYPE_SHEET:
                self._type_sheet(person, step.detail)
            case Do.ACCEPT_ASIDE:
                self._settle_aside(person, step.detail.get("zones"))
            case Do.REOPEN:
                return self._reopen(person)
            case _:
                return False
        return True

    def excused(self, step: Step, person: Person) -> None:
        """The office excused an evening."""
        self.decided.excused.add((person.participant, date.fromisoformat(step.detail["day"])))

    def recorded(self, person: Person, what: BaseModel | str, fact: str = "") -> None:
        """Somebody recorded a fact just now, whose kind is enough where only the server knows the rest."""
        kind, detail = (what, None) if isinstance(what, str) else (str(getattr(what, "kind", "")), what)
        act = Act(person.participant, kind, self.house.clock.now(), detail, fact)
        self.decided.acts.append(act)
        self.ledger.acts.append(act)
        self._seal()

    def copied(self, where: str) -> None:
        """The database was; what is decided later would be lost with it. `where`: what the copy is called."""
        self.copies[where] = self.decided.copied()

    def gone_back(self, where: str) -> None:
        """That copy is in the database's place."""
        self.decided = self.copies[where].copied()
        self._seal()

    def _seal(self) -> None:
        self.ledger.sealed.clear()
        for participant, since in statuses.sealed_from(self.decided.acts):
            self.ledger.sealed[participant] = min(since, self.ledger.sealed.get(participant, since))

    # ---- corrections -----------------------------------------------------------------------------------

    def _ask(self, person: Person, detail: Any) -> None:
        day = date.fromisoformat(detail["day"])
        with reading(self.house.services.engine) as connection:
            (row,) = days.named(connection, person.participant, [(_DIARY, day)]) or (None,)
        if row is None or row.entry not in self.ledger.records:
            return
        wanted = corrections.Wanted(
            row.entry, self._change(row.entry, detail), CorrectionSource.CALL, local(self.world.now(), HOME).date(),
            CorrectionReason.TAPPED_WRONG, "note 7",
        )  # fmt: skip
        self._act(person, corrections.request, wanted)

    def _change(self, entry: str, detail: Any) -> ItemChange | DayMove | Voided:
        match detail["what"]:
            case "day":
                return DayMove(day=date.fromisoformat(detail["to"]))
            case "void":
                return Voided()
        said = json.loads(self.ledger.records[entry].text)["body"]["answers"][_ITEM]
        old = self.decided.answers.get(entry, {}).get(_ITEM, said)
        return ItemChange(item=_ITEM, old=old, new=(old + 3) % _VALUES)

    def waiting(self, person: Person) -> list[Correction]:
        """Corrections that nobody has decided on, as a page shows them now. Raises `ServerDown`."""
        with reading(self.house.services.engine) as connection:
            return [one for one in corrections_of(connection, person.participant) if one.is_open]

    def _decide(self, person: Person, *, approves: bool) -> None:
        """About everything that waits: somebody who did not answer was not reached."""
        for one in self.waiting(person):
            if not approves:
                self.refuse(person, one)
                continue
            if one.state is CorrectionState.ASKED:
                self.waive(person, one)
            if one.state in {CorrectionState.ASKED, *APPROVABLE}:
                self.approve(person, one)

    def _take_all_back(self, person: Person) -> bool:
        """The site asks for nothing any more; whether it had asked."""
        waiting = self.waiting(person)
        for one in waiting:
            self.take_back(person, one)
        return bool(waiting)

    def waive(self, person: Person, one: Correction) -> None:
        """The participant is not asked any more. Raises `RequestRefused`."""
        self._act(person, corrections.waive, one.id, WaiverReason.UNREACHABLE)

    def refuse(self, person: Person, one: Correction) -> None:
        """The entry stays as it was. Raises `RequestRefused`."""
        self._act(person, corrections.refuse, one.id, RefusalReason.NOT_JUSTIFIED)

    def take_back(self, person: Person, one: Correction) -> None:
        """The site asks for it no more. Raises `RequestRefused`."""
        self._act(person, corrections.withdraw, one.id)

    def approve(self, person: Person, one: Correction) -> bool:
        """Whether it counts now."""
        try:
            self._act(person, corrections.approve, one.id)
        except RequestRefused:  # it may be too early, or the day locked; it is looked at again another time
            return False
        with reading(self.house.services.engine) as connection:
            if (why := words.against(connection, self.decided, person.participant, one.id)) is not None:
                self.ledger.violated(f"a correction of {person.participant}'s was approved, though {why}")
        self._counts(one.wanted)
        return True

    def _counts(self, wanted: CorrectionRequested) -> None:
        match wanted.change:
            case ItemChange(item=item, new=int(new)):
                self.decided.answers.setdefault(wanted.entry, {})[item] = new
            case DayMove(day=day):
                self.decided.moved[self._first(wanted.entry)] = day
            case Voided():
                self.decided.moved[self._first(wanted.entry)] = None

    def _first(self, entry: str) -> str:
        """All versions of an entry go together."""
        return self.ledger.records[entry].first

    # ---- paper, and what was set aside -----------------------------------------------------------------

    def _type_sheet(self, person: Person, detail: Any) -> None:
        day, services = date.fromisoformat(detail["day"]), self.house.services
        self._sheets += 1
        written = local(self.world.now(), HOME).replace(hour=detail["hour"], minute=self._sheets % 60)
        asked, values = resources.instrument(_DIARY, services.study.diary.version), evening_of(detail["value"]).answers
        answers = {item.code: min(int(values[item.code]), max(item.values)) for item in asked.items}
        sheet = Sheet(
            form=f"form-{self._sheets}", diary_day=day, day=day, at=written.time().replace(second=0, microsecond=0),
            answers=answers, filled_by=FilledBy.SELF,
            reason=PaperReason.PHONE_FAILED, reference="binder 3", language="da", is_dated=True,
        )  # fmt: skip
        fact = self._act(person, paper.transcribe, sheet)
        if not getattr(fact.detail, "code", ""):
            self.decided.sheets.add((person.participant, day))

    def _settle_aside(self, person: Person, zones: str | None) -> None:
        """`zones`: "left" or "accepted", whichever they are; None: each by its id, one in three left."""
        services = self.house.services
        with reading(services.engine) as connection:
            waiting = [one for one in set_aside.at(connection, [person.site], person.participant) if one.waits]
        for one in waiting:
            outcome = Outcome.NO_ENTRY if _is_left(one, zones) else Outcome.ACCEPTED
            wanted = settling.Wanted(outcome, SettlingReason.PHONE_WENT_BACK)
            try:
                with self.house.spared():
                    settling.settle(services, one.id, wanted, by=Anybody("storm", "storm", "Storm"))
            except RequestRefused:
                continue
            self.recorded(person, "quarantine_settled")
            self.settled(one, outcome)

    def _reopen(self, person: Person) -> bool:
        """The last entry of theirs that was settled waits again; whether there was one that is not locked."""
        services = self.house.services
        with reading(services.engine) as connection:
            known = set_aside.at(connection, [person.site], person.participant)
        settled = [one for one in known if one.outcome and one.kind not in SCHEDULE_RECORDS and one.record]
        for one in settled[-1:]:
            try:
                with self.house.spared():
                    by = Anybody("storm", "storm", "Storm")
                    settling.reopen(services, one.id, SettlingReason.SETTLED_IN_ERROR, by=by)
            except RequestRefused:
                return False
            self.recorded(person, "quarantine_reopened")
            self.decided.accepted.discard(one.record or "")
            self.decided.reopened |= self.ledger.records.keys() & {one.record or ""}
            self.ledger.befell[Kind.REOPENED] += 1
        return bool(settled)

    def settled(self, one: SetAside, outcome: Outcome) -> None:
        """Somebody decided so about something that was set aside."""
        is_zone, befell = one.kind == RecordKind.ZONE, self.ledger.befell
        befell[Kind.ASIDE_ACCEPTED] += outcome is Outcome.ACCEPTED
        befell[Kind.ZONE_ACCEPTED] += is_zone and outcome is Outcome.ACCEPTED
        befell[Kind.ZONE_LEFT] += is_zone and outcome is Outcome.NO_ENTRY
        saved = self.ledger.records.get(one.record or "")
        if saved is None:
            return
        if one.kind not in SCHEDULE_RECORDS:
            self.decided.accepted.add(saved.id)
        elif outcome is Outcome.ACCEPTED:
            captured = parse_utc(json.loads(saved.text)["body"]["captured_at"])
            self.decided.followed[saved.id] = Confirmed(captured, self.house.clock.now())
        else:
            self.decided.left.add(saved.id)

    def _act(self, person: Person, what: Callable[..., Fact], *given: Any) -> Fact:
        services, now = self.house.services, self.house.clock.now()
        fact = self.house.run(
            person.participant,
            lambda connection: what(connection, services, person.participant, *given, who=WHO, at=now),
        )
        self.recorded(person, fact.detail)
        self.ledger.befell[_KINDS[what]] += 1
        return fact


def _is_left(one: SetAside, zones: str | None) -> bool:
    """A zone where the participant was never."""
    if one.kind != RecordKind.ZONE:
        return False
    return zones == "left" if zones else int((one.record or "1")[-1], 16) % 3 == 0
