"""Questionnaires in FHIR: our own words in every language of the study, no licensed one, and each version apart."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from diary_app import resources
from diary_app.core.instruments import Choice, Instrument, Item, LookBack
from diary_app.core.wording import wording_sha256
from server.db.engine import reading
from server.export.content import About, CutKind
from server.export.fhir import open_fhir
from server.export.participant import ExportedParticipant
from server.export.reading import everybody
from server.export.tally import count
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import FIRST, run_jobs
from tests.export.fhir.eventful import Resource, lines
from tests.export.fhir.test_fhir_files import extension, parts, rebuilt_of
from tests.export.parts import about_now, write_part
from tests.licensed import ANSWERS, EXTRACT, MARK
from tests.server.handset import ready
from tests.server.visiting import TREATMENT, fill_in_visit, plan, with_grix


def questionnaire(folder: Path, code: str, version: str = "1.0") -> Resource:
    (found,) = [one for one in lines(folder, "Questionnaire") if (one["name"], one["version"]) == (code, version)]
    return found


def translations(resource: Resource, field: str) -> dict[str, str]:
    found = [{one["url"]: one for one in said["extension"]} for said in resource[f"_{field}"]["extension"]]
    return {one["lang"]["valueCode"]: one["content"]["valueString"] for one in found}


# ---- our own ----------------------------------------------------------------------------------------------------


@pytest.fixture
def diary(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Resource:
    write_part(open_fhir, services, tmp_path / "fhir")
    return questionnaire(tmp_path / "fhir", "DMD")


def test_own_words_stand_in_every_language_of_the_study(diary: Resource) -> None:
    first = diary["item"][0]
    assert diary["language"] == "da"
    assert translations(diary, "title") == {"en": "Daily dry-mouth diary"}
    english = "How dry has your mouth been today, {weekday} {date}, since you woke up?"
    assert translations(first, "text") == {"en": english}
    assert first["text"] == resources.catalogue("da").text(english) != english
    assert [translations(end, "text")["en"] for end in first["item"]] == [
        "Not dry at all", "The worst dryness you can imagine",
    ]  # fmt: skip


def test_a_scale_has_its_ends_and_a_choice_its_options(diary: Resource) -> None:
    scale, choice = diary["item"][0], diary["item"][5]
    ends = {one["url"].rpartition("/")[2]: one["valueInteger"] for one in scale["extension"] if "valueInteger" in one}
    assert (scale["type"], ends) == ("integer", {"minValue": 0, "maxValue": 10})
    options = [one["valueCoding"] for one in choice["answerOption"]]
    assert choice["type"] == "choice"
    assert [(one["code"], translations(one, "display")["en"]) for one in options[:2]] == [
        ("0", "Not once"), ("1", "1 to 10 times"),
    ]  # fmt: skip


def test_the_words_for_not_applicable_stand_with_their_question(diary: Resource) -> None:
    said = parts(diary["item"][3], "not-applicable")
    assert said["en"] == "I did not eat or drink by mouth"
    assert set(said) == {"da", "en"}


def test_the_fingerprint_is_the_one_that_a_response_names(diary: Resource) -> None:
    fingerprints = [
        {part["url"]: part for part in one["extension"]} for one in diary["extension"] if "sha256" in one["url"]
    ]
    shown = {one["language"]["valueCode"]: one["sha256"]["valueString"] for one in fingerprints}
    assert shown == {
        language: wording_sha256(resources.instrument("DMD", "1.0"), resources.catalogue(language))
        for language in ("da", "en")
    }


# ---- licensed ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=[(), EXTRACT], ids=["whole", "extract"])
def visited(
    request: pytest.FixtureRequest, settings: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> Iterator[tuple[Path, "Counter[str]", "Counter[str]"]]:
    """Alice filled in the evening and the visit's questionnaire, and changed it; Bob's visit has passed him by."""
    services = open_services(with_grix(settings, tmp_path, *request.param), clock)
    answers = dict.fromkeys(request.param, 2) or ANSWERS
    alice = ready(services, ALICE)
    ready(services, BOB, "bob")
    plan(services, planned=TREATMENT, actual_time="10:00")
    alice.sync()
    clock.advance(days=1, hours=1)
    alice.fill_in(FIRST)
    first = fill_in_visit(alice, answers=answers)
    fill_in_visit(alice, revision=2, parent=first, answers={**answers, "GRIX01": 4})
    alice.sync()
    clock.advance(days=6)
    run_jobs(services)
    folder = tmp_path / "fhir"
    yield (folder, *write_part(open_fhir, services, folder))
    services.close()


def test_a_visit_is_answered_once_and_stands_outside_the_days(
    visited: tuple[Path, "Counter[str]", "Counter[str]"],
) -> None:
    folder, written, there = visited
    (visit,) = [one for one in lines(folder, "QuestionnaireResponse") if extension(one, "visit") == "m0"]
    answers = {one["linkId"]: one["answer"][0]["valueCoding"]["code"] for one in visit["item"]}
    assert (visit["status"], answers["GRIX01"], answers["GRIX14"]) == ("amended", "4", "2")
    assert visit["questionnaire"].endswith(":questionnaire:GRIX|1.0")
    assert written == there
    assert (written["entries"], written["done"]) == (2, 1)


def test_no_licensed_word_is_in_any_file(visited: tuple[Path, "Counter[str]", "Counter[str]"]) -> None:
    folder, *_ = visited
    assert [file.name for file in folder.iterdir() if MARK in file.read_text(encoding="utf-8")] == []
    licensed = questionnaire(folder, "GRIX")
    assert Questionnaire.model_validate(licensed).copyright
    assert licensed["title"] == "GRIX"
    for item in licensed["item"]:
        assert ("text" in item, item["_text"]["extension"][0]["valueCode"]) == (False, "masked")
        assert item["code"][0]["display"].startswith("GRIX ")
        assert {frozenset(one["valueCoding"]) for one in item["answerOption"]} == {frozenset({"system", "code"})}


# ---- versions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def newer() -> Instrument:
    """A diary of tomorrow: one question less, and a choice where there was a scale."""
    diary = resources.instrument("DMD", "1.0")
    yes_no = (Choice(value=0, label="Not once"), Choice(value=1, label="1 to 10 times"))
    last = Item(code="DMD01", slot=1, short="Dry", kind="choice", look_back=LookBack.NOW, text="x", choices=yes_no)
    return diary.model_copy(update={"version": "2.0", "items": (last, *diary.items[1:4])})


def test_each_version_has_its_own_questionnaire_and_answers(
    services: Services, clock: SimulatedEnvironment, newer: Instrument, tmp_path: Path
) -> None:
    alice = ready(services, ALICE)
    for number in range(2):
        clock.advance(days=1)
        alice.fill_in(FIRST.fromordinal(FIRST.toordinal() + number))
    alice.sync()
    with reading(services.engine) as connection:
        (person,) = everybody(connection, services.study, clock.now())
    about = about_now(services, [resources.instrument("DMD", "1.0"), newer], CutKind.INTERIM)
    counted, there = written(tmp_path, about, asked_with(person, newer))
    assert counted == there
    old, new = lines(tmp_path, "QuestionnaireResponse")
    assert [one["questionnaire"].partition("|")[2] for one in (old, new)] == ["1.0", "2.0"]
    assert [len(one["item"]) for one in (old, new)] == [6, 4]
    assert new["item"][0]["answer"][0]["valueCoding"]["system"].endswith(":DMD:2.0:DMD01")
    assert questionnaire(tmp_path, "DMD", "2.0")["item"][0]["type"] == "choice"
    assert QuestionnaireResponse.model_validate(new)
    assert {value for _, item, value, _ in rebuilt_of([old, new]) if item == "DMD01"} == {6, 1}


def asked_with(person: ExportedParticipant, instrument: Instrument) -> ExportedParticipant:
    """The last entry answered that version instead."""
    *kept, last = person.entries
    answers: dict[str, Any] = {"DMD01": 1, "DMD02": 5, "DMD03": 4, "DMD04": 3}
    body = last.version.body.model_copy(update={"instrument_version": instrument.version, "answers": answers})
    version = replace(last.version, body=body)
    return replace(person, entries=[*kept, replace(last, version=version, given=version)])


def written(folder: Path, about: About, *people: ExportedParticipant) -> tuple["Counter[str]", "Counter[str]"]:
    part, there = open_fhir(folder, about), Counter[str]()
    for person in people:
        part.add(person)
        there += count(person, about.cut)
    return part.finish(), there
