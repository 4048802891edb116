"""Entries as FHIR responses: one for each diary day or visit that was answered, and a mark for each that was voided."""

from collections.abc import Iterator, Mapping

from diary_app.core.entries import Answer, EntryBody, Skip
from diary_app.core.instruments import Instrument
from diary_app.core.times import format_utc
from server.export.content import About
from server.export.fhir.names import (
    HL7,
    Json,
    canonical,
    clean,
    extension,
    fhir_id,
    identifier,
    local_time,
    reference,
)
from server.export.fhir.questionnaires import answer_system
from server.export.fhir.told import Told, VoidedEntry
from server.export.participant import Answered, ExportedParticipant

#: What FHIR calls a reason for having no answer.
ABSENT = {Skip.PREFER_NOT: "asked-declined", Skip.NOT_APPLICABLE: "not-applicable"}


class Responses:
    """Writes the responses of one study; what depends on the questionnaire alone is worked out once."""

    def __init__(self, about: About) -> None:
        self._study = about.study
        self._by_version = about.by_version
        self._systems = {
            (key, item.code): answer_system(about.study, instrument, item)
            for key, instrument in self._by_version.items()
            for item in instrument.items
            if item.kind == "choice"
        }

    def response(self, person: ExportedParticipant, one: Answered, told: Told) -> Json:
        """What counts for one day or visit; its id is that of the version that counts."""
        entry, body = one.entry, one.entry.version.body
        patient = reference("Patient", person.id)
        amended = body.revision > 1 or entry.version.corrected
        return {
            "resourceType": "QuestionnaireResponse",
            "id": fhir_id(entry.version.id),
            "extension": list(_extensions(person, one)),
            "identifier": identifier(self._study, "entry", entry.version.id),
            "questionnaire": canonical(self._study, body.instrument, body.instrument_version),
            "status": "amended" if amended else "completed",
            "subject": patient,
            "authored": local_time(body.captured_at, body.utc_offset_minutes),
            "author": self._typist(entry.version.id, told) if entry.paper_reason else patient,
            "source": patient,
            "item": self._items(self._by_version[body.instrument, body.instrument_version], body.answers),
        }

    def voided(self, person: ExportedParticipant, gone: VoidedEntry) -> Json:
        """An entry that was made in error. Trail and ODM have its answers: nobody shall take them for data."""
        wanted = gone.correction.wanted
        known = (wanted.instrument, gone.instrument_version) in self._by_version
        visit = [extension("visit", "String", clean(gone.visit))] if gone.visit else []
        return {
            "resourceType": "QuestionnaireResponse",
            "id": fhir_id(wanted.entry),
            "extension": [
                extension("diary-day", "Date", wanted.diary_day.isoformat()),
                *visit,
                extension("received", "Instant", format_utc(gone.received_at)),
            ],
            "identifier": identifier(self._study, "entry", wanted.entry),
            "questionnaire": canonical(self._study, wanted.instrument, gone.instrument_version if known else ""),
            "status": "entered-in-error",
            "subject": reference("Patient", person.id),
            "authored": local_time(gone.captured_at, gone.utc_offset_minutes),
        }

    def _typist(self, entry: str, told: Told) -> Json:
        return {"identifier": identifier(self._study, "account", told.typist(entry)), "type": "Practitioner"}

    def _items(self, instrument: Instrument, answers: Mapping[str, Answer]) -> list[Json]:
        """Every question that was asked, in the questionnaire's order."""
        key = (instrument.code, instrument.version)
        return [
            _item(item.code, answers[item.code], self._systems.get((key, item.code)))
            for item in instrument.items
            if item.code in answers
        ]


def _item(code: str, answer: Answer, system: str | None) -> Json:
    if isinstance(answer, Skip):
        return {
            "extension": [{"url": f"{HL7}/data-absent-reason", "valueCode": ABSENT[answer]}],
            "linkId": code,
        }
    if system is None:
        return {"linkId": code, "answer": [{"valueInteger": answer}]}
    return {"linkId": code, "answer": [{"valueCoding": {"system": system, "code": str(answer)}}]}


def _extensions(person: ExportedParticipant, one: Answered) -> Iterator[Json]:
    """What an entry has beside its answers; what it does not have is left out."""
    entry, body = one.entry, one.entry.version.body
    yield extension("diary-day", "Date", body.diary_day.isoformat())
    if body.visit:
        yield extension("visit", "String", clean(body.visit))
    yield extension("timeliness", "Code", one.state)
    yield from (extension("corrected", "Code", what) for what in entry.version.corrected)
    yield extension("revision", "PositiveInt", body.revision)
    yield extension("first-captured", "Instant", format_utc(one.first.body.captured_at))
    yield extension("received", "Instant", format_utc(entry.received_at))
    if body.late_reason:
        yield extension("late-reason", "Code", body.late_reason.value)
    yield extension("mode", "Code", body.mode.value)
    yield extension("originator", "Code", "staff" if entry.paper_reason else "participant")
    if entry.paper_reason:
        yield extension("paper-reason", "Code", entry.paper_reason)
    if entry.asked:
        yield extension("asked", "Code", entry.asked)
    yield extension("filled-by", "Code", body.filled_by.value)
    yield from _circumstances(body, person.home_zone)


def _circumstances(body: EntryBody, home_zone: str) -> Iterator[Json]:
    yield extension("zone", "String", body.zone if body.zone == home_zone else "OTHER")
    if body.clock_offset_ms is not None:
        yield extension("clock-offset-ms", "Decimal", body.clock_offset_ms)
    yield extension("language", "String", clean(body.language))
    yield extension("wording-sha256", "String", body.wording_sha256)
    yield extension("study-version", "String", clean(body.study_version))
    yield extension("app-version", "String", clean(body.app_version))
