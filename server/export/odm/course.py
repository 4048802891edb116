"""One participant as a sequence of transactions: everything that became known, in the order in which it did."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import server.export.odm.definitions as definitions
import server.export.odm.stating as stating
from diary_app.core.anchors import anchors
from diary_app.core.correction_facts import (
    CorrectionAnswered,
    CorrectionApproved,
    CorrectionRequested,
    CorrectionStep,
)
from diary_app.core.corrections import ACKNOWLEDGED
from diary_app.core.facts import AnchorSet, Excused, ParticipantAdded, Randomised, StatusRevoked, StatusSet
from diary_app.core.paper import PaperEntry, TypedEntry, entry_id
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, Meaning, Outcome, QuarantineSettled, Signed
from server.db.export_rows import ExportedEntry
from server.export.content import About
from server.export.odm.asking import Asking
from server.export.odm.definitions import DIARY, PARTICIPANT, visit_event
from server.export.odm.families import event_of, families
from server.export.odm.shelf import EventKey, FormChange, FormKey, Groups, Shelf
from server.export.odm.sources import ACKNOWLEDGEMENT, Source, program, sources_of
from server.export.odm.stating import only
from server.export.participant import Answered, ExportedParticipant, answered

#: Events that are about the participant and no day.
_ABOUT = EventKey(PARTICIPANT)


@dataclass(frozen=True)
class Transaction:
    """One change of one form. `source`: what made it; `why`: empty where nobody gave a reason."""

    change: FormChange
    source: Source
    why: str
    study_version: str


@dataclass(frozen=True)
class Mark:
    """One event was signed as it stood then."""

    event: EventKey
    meaning: Meaning
    source: Source
    why: str
    study_version: str


class Course:
    """What became of one participant's forms. `shelf` holds them as they stand after what was read of `steps`.

    `signed`: ids of the signatures among those steps.
    """

    def __init__(self, about: About, person: ExportedParticipant) -> None:
        self.shelf, self.signed = Shelf(), set[str]()
        self._about, self._person = about, person
        every = (*person.entries, *person.voided)
        self._families = families(every)
        self._waiting = {entry.given.id: entry for entry in every}
        self._facts = {fact.id: fact.detail for fact in person.facts}
        self._asking = Asking(person.facts)
        self._days: dict[EventKey, set[str]] = {}
        self._newest = about.study.version

    def steps(self) -> Iterator[Transaction | Mark]:
        """Everything in the server's order, then each day and visit as it stands at the cut."""
        now = program(self._about.cut.at, self._about.cut.id)
        if not any(isinstance(detail, ParticipantAdded) for detail in self._facts.values()):
            yield from self._enrolled(now, {})
        for source in sources_of(self._person):
            yield from self._step(source)
        for entry in list(self._waiting.values()):  # their source is not in the trail, and they count all the same
            yield from self._arrived(entry, now, "")
        yield from self._standing(now)

    def _step(self, source: Source) -> Iterator[Transaction | Mark]:
        match detail := self._facts.get(source.id):
            case None if source.kind == ACKNOWLEDGEMENT:
                if source.fields.get("what") == ACKNOWLEDGED:
                    yield from self._corrected(CorrectionAnswered.model_validate(dict(source.fields)), source)
            case None if source.id in self._waiting and not source.refused:
                yield from self._arrived(self._waiting[source.id], source, "")
            case TypedEntry() if (entry := self._waiting.get(entry_id(detail.kind, source.id))) is not None:
                where = "from paper" if isinstance(detail, PaperEntry) else "from an interview"
                yield from self._arrived(entry, source, f"typed {where}: {detail.reason}; reference {detail.reference}")
            case QuarantineSettled(outcome=Outcome.ACCEPTED):
                for entry in [one for one in self._waiting.values() if one.given.hash == detail.sha256]:
                    yield from self._arrived(entry, source, f"accepted after review: {detail.reason}")
            case CorrectionRequested() | CorrectionStep():
                yield from self._corrected(detail, source)
            case Signed():
                yield from self._signed(detail, source)
            case None:
                return
            case _:
                yield from self._known(detail, source)

    def _known(self, detail: Any, source: Source) -> Iterator[Transaction]:
        """A fact that is a form of its own."""
        match detail:
            case ParticipantAdded():
                yield from self._enrolled(source, {"language": detail.language, "home_zone": detail.zone})
            case AnchorSet():
                form = FormKey(_ABOUT, definitions.TREATMENT, detail.anchor)
                yield from self._put(form, stating.treatment(detail), source, detail.reason or "")
            case Randomised():
                form = FormKey(_ABOUT, definitions.RANDOMISATION)
                yield from self._put(form, only(definitions.RANDOMISATION, {"day": detail.day}), source)
            case StatusSet():
                form = FormKey(_ABOUT, definitions.STATUS, source.id)
                yield from self._put(form, stating.status(detail), source, detail.reason)
            case StatusRevoked():
                gone = self.shelf.remove(FormKey(_ABOUT, definitions.STATUS, detail.revokes))
                yield from self._made([gone] if gone else [], source, detail.reason)
            case DaysLocked() | DaysUnlocked():
                form = FormKey(_ABOUT, definitions.LOCK, source.id)
                yield from self._put(form, stating.lock(detail), source, detail.reason)
            case Excused():
                form = FormKey(
                    EventKey(DIARY, detail.diary_day.isoformat()), definitions.EXCUSE, detail.instrument
                )  # fmt: skip
                yield from self._put(form, only(definitions.EXCUSE, {"reason": detail.reason}), source, detail.reason)

    def _enrolled(self, source: Source, agreed: dict[str, str]) -> Iterator[Transaction]:
        site, _, subject = self._person.id.partition("-")
        joined = only(definitions.ENROLMENT, {"siteid": site, "subjid": subject, **agreed})
        yield from self._put(FormKey(_ABOUT, definitions.ENROLMENT), joined, source)

    def _arrived(self, entry: ExportedEntry, source: Source, why: str) -> Iterator[Transaction]:
        body = self._waiting.pop(entry.given.id).given.body
        if body.revision > 1 and not why:
            why = "changed by the participant"
        changes = self._families[entry.given.id].arrive(self.shelf, self._person, entry)
        yield from self._made(changes, source, why, body.study_version)

    def _corrected(self, detail: CorrectionRequested | CorrectionStep, source: Source) -> Iterator[Transaction]:
        """Says so in the form of the correction; an approved one then changes the entry."""
        asked = self._asking.step(detail, source)
        if asked is None or asked.wanted.entry not in self._families:  # an entry that nobody is to see
            return
        family = self._families[asked.wanted.entry]
        if asked.wanted.entry not in family.arrived:
            return
        event = event_of(family.arrived[asked.wanted.entry].given.body)
        form = FormKey(event, definitions.CORRECTION, asked.id)
        yield from self._put(form, asked.stated(), source, asked.why)
        if isinstance(detail, CorrectionApproved) and asked.counts:
            version = family.arrived[asked.wanted.entry].given.body.study_version
            changes = family.approve(self.shelf, self._person, asked.wanted)
            yield from self._made(changes, source, asked.why, version)

    def _signed(self, said: Signed, source: Source) -> Iterator[Mark]:
        """A mark on each day and visit of the range that has something to sign; on the participant where none has."""
        self.signed.add(source.id)
        first, last = said.first.isoformat(), said.last.isoformat()
        days = {EventKey(DIARY, day.diary_day.isoformat()) for day in self._person.days if day.not_expected is None}
        days |= {event for event in self._days if event.oid == DIARY}
        found = {event for event in days if first <= (event.repeat or "") <= last}
        found |= {event for event, dates in self._days.items() if any(first <= date <= last for date in dates)}
        why = f"{said.meaning}: signed by {said.name} with {said.count} records and facts, SHA-256 {said.sha256}"
        for event in sorted(found, key=_order) or [_ABOUT]:
            yield Mark(event, said.meaning, source, why, self._newest)

    def _standing(self, now: Source) -> Iterator[Transaction]:
        """Each expected day whose window has opened, each visit, and whatever else has an entry."""
        cut, person = self._about.cut, self._person
        treatments = anchors(self._about.study, person.facts)
        found = {_place(one): one for one in answered(person)}
        why = f"as it stands at the {cut.kind} cut"
        for day in person.days:
            place = FormKey(
                EventKey(DIARY, day.diary_day.isoformat()), definitions.STANDING, day.instrument
            )  # fmt: skip
            is_due = day.not_expected is None and day.opens <= cut.at
            if is_due or place in found:
                yield from self._put(place, stating.day(treatments, day, found.pop(place, None)), now, why)
        for visit in person.visits:
            place = FormKey(EventKey(visit_event(visit.visit)), definitions.STANDING, visit.instrument)
            yield from self._put(place, stating.visit(treatments, visit, found.pop(place, None), person.zone), now, why)
        for place in sorted(found, key=lambda place: (_order(place.event), place.repeat or "")):
            yield from self._put(place, stating.unexpected(treatments, found[place], person.zone), now, why)

    def _put(self, form: FormKey, groups: Groups, source: Source, why: str = "") -> Iterator[Transaction]:
        change = self.shelf.put(form, groups)
        yield from self._made([change] if change else [], source, why)

    def _made(
        self, changes: Iterable[FormChange], source: Source, why: str, study_version: str | None = None
    ) -> Iterator[Transaction]:
        for change in changes:
            self._remember(change)
            yield Transaction(change, source, why, study_version or self._newest)

    def _remember(self, change: FormChange) -> None:
        """Which diary days an event is about, for signatures: those of its entries."""
        groups = self.shelf.get(change.form) or {}
        day = groups.get(definitions.ENTRY, {}).get(definitions.stated(definitions.ENTRY, "diary_day"))
        if day is not None:
            self._days.setdefault(change.form.event, set()).add(day)


def _place(one: Answered) -> FormKey:
    body = one.entry.version.body
    return FormKey(event_of(body), definitions.STANDING, body.instrument)


def _order(event: EventKey) -> tuple[str, str]:
    return event.oid, event.repeat or ""
