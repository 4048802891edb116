"""The FHIR files of a bundle, written participant by participant as compact lines."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from diary_app.core.grading import State
from diary_app.resources import instrument
from server.export.content import About, Part, is_over
from server.export.fhir.names import TERMINOLOGY, Json
from server.export.fhir.people import organizations, patient, research_study, research_subject
from server.export.fhir.provenance import Provenances
from server.export.fhir.questionnaires import questionnaire
from server.export.fhir.responses import Responses
from server.export.fhir.told import told_of
from server.export.fhir.unanswered import ANSWERED, unanswered_days, unanswered_visits
from server.export.participant import Answered, ExportedParticipant, answered
from server.export.tally import ANSWERS, ENTRIES, EXPECTED, EXTRA, PARTICIPANTS, SIGNATURES, SKIPS

#: One file each, in this order of reading: what is referred to comes before what refers to it.
TYPES = (
    "ResearchStudy", "Organization", "Questionnaire", "Patient", "ResearchSubject", "QuestionnaireResponse", "Task",
    "Provenance",
)  # fmt: skip
#: On every resource of a test transfer: nothing in it is about a human being.
TEST_DATA = {"security": [{"system": f"{TERMINOLOGY}/v3-ActReason", "code": "HTEST", "display": "test health data"}]}


def open_fhir(folder: Path, about: About) -> Part:
    """Begin the files; each type has one, empty where there is nothing to tell."""
    return _FhirPart(folder, about)


class _FhirPart:
    """One line a resource. What is counted is what was written, never what was read."""

    def __init__(self, folder: Path, about: About) -> None:
        self._about = about
        self._responses = Responses(about)
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self._files = {name: _open(folder / f"{name}.ndjson") for name in TYPES}
        self._count = Counter[str]()
        self._write(research_study(about))
        for organization in organizations(about):
            self._write(organization)
        for one in _questionnaires(about):
            self._write(one)

    def add(self, person: ExportedParticipant) -> None:
        """Write one participant."""
        about, told = self._about, told_of(person)
        self._write(patient(about.study, person))
        self._write(research_subject(about, person))
        self._count[PARTICIPANTS] += 1
        exported = {one.entry.version.id: one for one in answered(person)}
        over = {(day.instrument, day.diary_day) for day in person.days if is_over(day, about.cut)}
        for one in exported.values():
            response = self._responses.response(person, one, told)
            self._write(response)
            body = one.entry.version.body
            self._add_up(one, response, is_over=not body.visit and (body.instrument, body.diary_day) in over)
        for gone in told.voided:
            if gone.correction.wanted.entry not in exported:
                self._write(self._responses.voided(person, gone))
        for day, task in unanswered_days(about, person):
            self._write(task)
            self._count.update((EXPECTED, day.state))
        for task in unanswered_visits(about, person):
            self._write(task)
        for provenance in Provenances(about.study, person, told, exported).every():
            self._write(provenance)
            self._count[SIGNATURES] += "signature" in provenance

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return {f"{name}.ndjson": file for name, file in self._files.items()}

    def learned(self) -> "Counter[str]":
        """See `Part`."""
        return self._count

    def take(self, learned: "Counter[str]") -> None:
        """See `Part`."""
        self._count.update(learned)

    def finish(self) -> "Counter[str]":
        """Close the files once they are on the disk."""
        for file in self._files.values():
            with file:
                file.flush()
                os.fsync(file.fileno())
        return self._count

    def close(self) -> None:
        """See `Part`."""
        for file in self._files.values():
            file.close()

    def _write(self, resource: Json) -> None:
        if self._about.is_test:
            resource = {"resourceType": resource["resourceType"], "id": resource["id"], "meta": TEST_DATA, **resource}
        self._files[resource["resourceType"]].write(self._encode(resource) + "\n")

    def _add_up(self, one: Answered, response: Json, *, is_over: bool) -> None:
        skipped = sum("answer" not in item for item in response["item"])
        self._count[ENTRIES] += 1
        self._count[SKIPS] += skipped
        self._count[ANSWERS] += len(response["item"]) - skipped
        self._count[EXTRA] += one.state == State.EXTRA
        if is_over and one.state in ANSWERED:
            self._count.update((EXPECTED, one.state))


def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", newline="\n")


def _questionnaires(about: About) -> list[Json]:
    """Each that has an entry, and each that the study asks: what was missed refers to it too."""
    asked = {
        (one.code, one.version): instrument(one.code, one.version) for one in about.study.instruments if one.active
    }
    every = {**asked, **about.by_version}
    return [questionnaire(about.study, every[key], is_test=about.is_test) for key in sorted(every)]
