"""Who made of an entry what it is: amendments, acceptance after review, corrections, paper, interviews, signatures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from diary_app.core.correction_facts import CorrectionApproved, CorrectionSource, DayMove, ItemChange, Voided
from diary_app.core.corrections import DIARY_DAY, Correction
from diary_app.core.entries import Answer, Skip
from diary_app.core.facts import Fact
from diary_app.core.paper import TypedEntry, entry_id
from diary_app.core.staff_acts import Meaning, Outcome, QuarantineReopened, QuarantineSettled, Signed
from diary_app.core.study import Study
from diary_app.core.times import format_utc
from server.db.export_rows import ExportedEntry
from server.export.fhir.names import (
    TERMINOLOGY,
    Json,
    clean,
    coded,
    extension,
    extension_of,
    fhir_id,
    identifier,
    local_time,
    reference,
)
from server.export.fhir.told import Told
from server.export.participant import Answered, ExportedParticipant

_ASTM = "urn:iso-astm:E1762-95:2013"
#: ASTM E1762: Review Signature, Verification Signature, Administrative Signature.
SIGNATURES = {
    Meaning.REVIEWED: "1.2.840.10065.1.12.1.13",
    Meaning.CONFIRMED: "1.2.840.10065.1.12.1.5",
    Meaning.APPROVED_FOR_EXPORT: "1.2.840.10065.1.12.1.17",
}


@dataclass(frozen=True)
class Provenances:
    """Of one participant. `exported`: what counts, by the id of the version; it and voided entries are targets."""

    study: Study
    person: ExportedParticipant
    told: Told
    exported: Mapping[str, Answered]

    def every(self) -> Iterator[Json]:
        """In an order that depends on facts alone."""
        facts = sorted(self.person.facts, key=lambda fact: fact.revision)
        sheets = {entry_id(fact.detail.kind, fact.id): fact for fact in facts if isinstance(fact.detail, TypedEntry)}
        by_id = {one.version.id: one for one in self.person.entries}
        for entry, one in self.exported.items():
            if entry in sheets:
                yield self._typed(entry, sheets[entry])
            yield from self._amendments(one.entry, by_id)
        yield from self._accepted(facts, by_id)
        targets = self.exported.keys() | {one.correction.wanted.entry for one in self.told.voided}
        approvals = {fact.revision: fact for fact in facts if isinstance(fact.detail, CorrectionApproved)}
        for correction in self.told.corrections:
            if correction.wanted.entry in targets:
                yield self._correction(correction, approvals[correction.settled])
        yield from (self._signature(fact) for fact in facts if isinstance(fact.detail, Signed))

    # ---- what the participant changed before the deadline ---------------------------------------------------

    def _amendments(self, current: ExportedEntry, by_id: Mapping[str, ExportedEntry]) -> Iterator[Json]:
        """Each later version against the one that it replaced, oldest first; corrections play no part in it."""
        steps: list[tuple[ExportedEntry, ExportedEntry]] = []
        later = current
        while (earlier := by_id.get(later.version.body.parent)) is not None:
            steps.append((earlier, later))
            later = earlier
        for before, after in reversed(steps):
            body = after.given.body
            patient = reference("Patient", self.person.id)
            yield {
                "resourceType": "Provenance",
                "id": fhir_id(f"amended-{after.version.id}"),
                "extension": list(_changes(before.given.body.answers, body.answers)),
                "target": [reference("QuestionnaireResponse", current.version.id)],
                "occurredDateTime": local_time(body.captured_at, body.utc_offset_minutes),
                "recorded": format_utc(after.received_at),
                "activity": _operation("UPDATE"),
                "agent": [_agent("author", patient)],
                "entity": [self._entity("revision", before.version.id)],
            }

    # ---- what staff recorded --------------------------------------------------------------------------------

    def _typed(self, entry: str, fact: Fact) -> Json:
        sheet: TypedEntry = fact.detail
        site = sheet.by_site
        return {
            "resourceType": "Provenance",
            "id": fhir_id(f"typed-{fact.id}"),
            "target": [reference("QuestionnaireResponse", entry)],
            "occurredDateTime": local_time(sheet.captured_at, sheet.utc_offset_minutes),
            "recorded": format_utc(fact.at),
            "reason": [coded("paper-reason", sheet.reason.value)],
            "activity": _operation("CREATE"),
            "agent": [
                _agent("author", reference("Patient", self.person.id)),
                self._staff("enterer", self.told.by(fact.id), sheet.by_role, site),
            ],
            "entity": [{"role": "source", "what": {"display": clean(sheet.reference)}}],
        }

    def _accepted(self, facts: Sequence[Fact], by_id: Mapping[str, ExportedEntry]) -> Iterator[Json]:
        """What could not join a chain and was accepted after review; of a version amended since, it is the source.

        An acceptance that was taken back is not told: the entry counts, if it does, for another reason.
        """
        taken_back = {fact.detail.revokes for fact in facts if isinstance(fact.detail, QuarantineReopened)}
        responses = self._responses(by_id)
        by_hash = {one.given.hash: one for one in (*self.person.entries, *self.person.voided)}
        for fact in facts:
            said = fact.detail
            if not isinstance(said, QuarantineSettled) or said.outcome is not Outcome.ACCEPTED or fact.id in taken_back:
                continue
            entry = by_hash.get(said.sha256)
            target = responses.get(entry.given.id) if entry else None
            if entry is None or target is None:
                continue
            body = entry.given.body
            is_older = [self._entity("revision", entry.given.id)] if target != entry.given.id else []
            yield {
                "resourceType": "Provenance",
                "id": fhir_id(f"accepted-{fact.id}"),
                "target": [reference("QuestionnaireResponse", target)],
                "occurredDateTime": local_time(body.captured_at, body.utc_offset_minutes),
                "recorded": format_utc(fact.at),
                "reason": [coded("settling-reason", said.reason.value)],
                "activity": _operation("CREATE"),
                "agent": [
                    _agent("author", reference("Patient", self.person.id)),
                    self._staff("verifier", self.told.by(fact.id), said.by_role, said.by_site),
                ],
                **({"entity": is_older} if is_older else {}),
            }

    def _responses(self, by_id: Mapping[str, ExportedEntry]) -> dict[str, str]:
        """By the id of a version, that of the response that has it: of the version that counts, or of a voided one."""
        found = {one.correction.wanted.entry: one.correction.wanted.entry for one in self.told.voided}
        for entry in self.exported:
            version: str | None = entry
            while version is not None and version in by_id:
                found[version] = entry
                version = by_id[version].version.body.parent
        return found

    def _correction(self, one: Correction, approval: Fact) -> Json:
        """Approved by somebody who was not the one to ask; the participant's statement is its source."""
        wanted, voids = one.wanted, isinstance(one.wanted.change, Voided)
        return {
            "resourceType": "Provenance",
            "id": fhir_id(f"corrected-{one.id}"),
            "extension": list(_corrected(one)),
            "target": [reference("QuestionnaireResponse", wanted.entry)],
            "occurredDateTime": format_utc(one.at),
            "recorded": format_utc(approval.at),
            "reason": [coded("correction-reason", wanted.reason.value)],
            "activity": _operation("NULLIFY" if voids else "UPDATE"),
            "agent": [
                _agent("informant", reference("Patient", self.person.id)),
                self._staff("enterer", self.told.by(one.id), wanted.by_role, wanted.by_site),
                self._staff(
                    "verifier", self.told.by(approval.id), approval.detail.by_role, approval.detail.by_site
                ),
            ],
            "entity": [
                self._entity("removal" if voids else "revision", wanted.entry),
                {"role": "source", "what": {"display": _statement(wanted.source, wanted.reference)}},
            ],
        }  # fmt: skip

    def _signature(self, fact: Fact) -> Json:
        """Over what had arrived by then; over the participant where those days had no entry."""
        said: Signed = fact.detail
        signed = list(self._signed(fact, said))
        itself = reference("ResearchSubject", self.person.id)
        code = {"system": _ASTM, "code": SIGNATURES[said.meaning]}
        agent = self._staff("attester", self.told.by(fact.id), said.by_role, said.by_site)
        who = {**agent["who"], "display": clean(said.name)}
        return {
            "resourceType": "Provenance",
            "id": fhir_id(f"signed-{fact.id}"),
            "extension": [
                extension_of(
                    "signed-days",
                    ("first", "Date", said.first.isoformat()),
                    ("last", "Date", said.last.isoformat()),
                    ("count", "UnsignedInt", said.count),
                    ("sha256", "String", said.sha256),
                ),
                *self._changed_since(fact, signed),
            ],
            "target": [reference("QuestionnaireResponse", entry) for entry in signed] or [itself],
            "recorded": format_utc(fact.at),
            "reason": [coded("signature-meaning", said.meaning.value)],
            "agent": [{**agent, "who": who}],
            "signature": [{"type": [code], "when": format_utc(fact.at), "who": who}],
        }

    def _signed(self, signature: Fact, said: Signed) -> Iterator[str]:
        """Entries of those days that had arrived by then, and those that were voided only later."""
        for entry, one in self.exported.items():
            day = one.entry.version.body.diary_day
            if said.first <= day <= said.last and one.entry.change_no < signature.revision:
                yield entry
        for gone in self.told.voided:
            had_arrived = gone.received_at <= signature.at and gone.correction.settled > signature.revision
            if said.first <= gone.correction.wanted.diary_day <= said.last and had_arrived:
                yield gone.correction.wanted.entry

    def _changed_since(self, signature: Fact, signed: Sequence[str]) -> Iterator[Json]:
        """What of it is not as it was signed; a version that came later was never signed and is no target."""
        later = {one.wanted.entry for one in self.told.corrections if one.settled > signature.revision}
        for entry in signed:
            if entry in later:
                yield extension("changed-since", "Reference", reference("QuestionnaireResponse", entry))

    def _staff(self, kind: str, name: str, role: str, site: str) -> Json:
        """Somebody of the staff by their user name; on behalf of their site, where they acted for one."""
        agent = _agent(kind, {"type": "Practitioner", "identifier": identifier(self.study, "account", name)})
        if role:
            agent["role"] = [coded("role", role)]
        if any(one.id == site for one in self.study.sites):
            agent["onBehalfOf"] = reference("Organization", site)
        return agent

    def _entity(self, role: str, entry: str) -> Json:
        return {"role": role, "what": {"identifier": identifier(self.study, "entry", entry)}}


def _agent(kind: str, who: Json) -> Json:
    coding = {"system": f"{TERMINOLOGY}/provenance-participant-type", "code": kind}
    return {"type": {"coding": [coding]}, "who": who}


def _operation(code: str) -> Json:
    return {"coding": [{"system": f"{TERMINOLOGY}/v3-DataOperation", "code": code}]}


def _statement(source: CorrectionSource, reference_text: str) -> str:
    return clean(" ".join(filter(None, (source.value.replace("_", " "), reference_text))))


def _corrected(one: Correction) -> Iterable[Json]:
    stated = extension_of("statement", ("source", "Code", one.wanted.source.value), ("on", "Date", _day(one)))
    match one.wanted.change:
        case ItemChange(item=item, old=old, new=new):
            return stated, _change(item, old, new)
        case DayMove(day=day):
            moved = ("old", "Date", one.wanted.diary_day.isoformat()), ("new", "Date", day.isoformat())
            return stated, extension_of("change", ("item", "Code", DIARY_DAY), *moved)
    return (stated,)


def _day(one: Correction) -> str:
    return one.wanted.stated_on.isoformat()


def _changes(before: Mapping[str, Answer], after: Mapping[str, Answer]) -> Iterator[Json]:
    for item in sorted(before.keys() | after.keys()):
        if before.get(item) != after.get(item):
            yield _change(item, before.get(item), after.get(item))


def _change(item: str, old: Answer | None, new: Answer | None) -> Json:
    return extension_of("change", ("item", "Code", item), _value("old", old), _value("new", new))


def _value(name: str, answer: Answer | None) -> tuple[str, str, object]:
    return (name, "Code", answer.value) if isinstance(answer, Skip) else (name, "Integer", answer)
