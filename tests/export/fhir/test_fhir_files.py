"""FHIR: every resource is valid R4B, leads somewhere, adds up with the tally, and says what happened to an entry."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from diary_app.core.entries import Skip
from server.db.engine import reading
from server.export.content import CutKind
from server.export.fhir import open_fhir
from server.export.fhir.names import canonical
from server.export.fhir.part import TYPES
from server.export.fhir.responses import ABSENT
from server.export.participant import long_rows
from server.export.reading import instruments_in_use
from tests.conftest import ALICE, BOB
from tests.export.fhir.conftest import Written
from tests.export.fhir.eventful import ABROAD, CHARLIE, DORA, Resource, lines


def extension(resource: Resource, name: str) -> Any:
    """The value of one of the diary's own extensions; None where it is absent."""
    for one in resource["extension"]:
        if one["url"] == f"urn:xerodiary:extension:{name}":
            return next(value for key, value in one.items() if key != "url")
    return None


def parts(resource: Resource, name: str) -> dict[str, Any]:
    found: list[Resource] = extension(resource, name)
    return {one["url"]: next(value for key, value in one.items() if key != "url") for one in found}


def of_day(written: Written, day: str, participant: str = ALICE) -> Resource:
    """The response that counts for a day."""
    (found,) = [
        one
        for one in written.all("QuestionnaireResponse")
        if extension(one, "diary-day") == day
        and one["subject"]["reference"] == f"Patient/{participant}"
        and one["status"] != "entered-in-error"
    ]
    return found


def within(value: Any, key: str) -> Iterator[Any]:
    """Every value under that key, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from within(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from within(inner, key)


@pytest.mark.parametrize("name", TYPES)
def test_every_resource_is_valid(written: Written, name: str) -> None:
    model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
    for folder in (written.final, written.interim):
        resources = lines(folder, name)
        assert resources
        for resource in resources:
            assert model.model_validate(resource).model_dump(mode="json", exclude_none=True)["id"] == resource["id"]


def test_every_id_is_allowed_and_occurs_once(written: Written) -> None:
    ids = [(name, one["id"]) for name in TYPES for one in written.all(name)]
    assert len(ids) == len(set(ids))
    assert [one for _, one in ids if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", one)] == []


def test_every_reference_leads_to_a_resource_of_the_bundle(written: Written) -> None:
    there = {f"{name}/{one['id']}" for name in TYPES for one in written.all(name)}
    asked = {to for name in TYPES for one in written.all(name) for to in within(one, "reference")}
    assert len(asked) > 10
    assert asked <= there


def test_every_canonical_leads_to_a_questionnaire_of_that_version(written: Written) -> None:
    there = {f"{one['url']}|{one['version']}" for one in written.all("Questionnaire")}
    assert {one["questionnaire"] for one in written.all("QuestionnaireResponse")} <= there
    unversioned = {url.partition("|")[0] for url in there}
    assert {to for one in written.all("Task") for to in within(one, "valueCanonical")} <= unversioned
    assert canonical(written.staged.services.study, "DMD", "1.0") in there


def test_what_was_written_is_what_there_was(written: Written) -> None:
    assert written.counted == written.counted_interim == written.there
    states = ("done", "late", "missed", "unknown", "excused")
    assert sum(written.counted[state] for state in states) == written.counted["expected"]
    assert all(written.counted[state] for state in states)


def test_responses_and_tasks_make_up_every_expected_day(written: Written) -> None:
    tasks = Counter(one["businessStatus"]["coding"][0]["code"] for one in written.all("Task"))
    answered = Counter(extension(one, "timeliness") for one in written.all("QuestionnaireResponse"))
    assert tasks["missed"] == written.there["missed"]
    assert (tasks["unknown"], tasks["excused"]) == (written.there["unknown"], written.there["excused"])
    assert (answered["done"], answered["late"]) == (written.there["done"], written.there["late"])


def test_no_expected_day_is_there_twice_and_none_is_missing(written: Written) -> None:
    found = [
        (one["subject"]["reference"], extension(one, "diary-day"))
        for one in written.all("QuestionnaireResponse")
        if one["status"] != "entered-in-error"
    ]
    found += [(one["for"]["reference"], extension(one, "diary-day")) for one in written.all("Task")]
    at = written.staged.services.environment.now()
    assert sorted(found) == sorted(
        (f"Patient/{person.id}", day.diary_day.isoformat())
        for person in written.staged.people()
        for day in person.days
        if day.not_expected is None and day.late_until <= at
    )


def test_the_same_cut_gives_the_same_bytes(written: Written) -> None:
    again, *_ = written.staged.write(open_fhir, "again")
    for file in sorted(written.final.iterdir()):
        assert file.read_bytes() == (again / file.name).read_bytes()
    for file in again.iterdir():
        file.unlink()
    again.rmdir()


def test_answers_can_be_rebuilt_as_they_stand_in_the_long_table(written: Written) -> None:
    services = written.staged.services
    with reading(services.engine) as connection:
        by_version = {(one.code, one.version): one for one in instruments_in_use(connection, services.study)}
    there = [
        (row["entry_id"], row["item"], row["value"], row["answer_status"])
        for person in written.staged.people()
        for row in long_rows(services.study, by_version, person)
    ]
    assert there
    assert sorted(rebuilt_of(written.all("QuestionnaireResponse")), key=str) == sorted(there, key=str)


def rebuilt_of(responses: list[Resource]) -> Iterator[tuple[str, str, int | None, str]]:
    """Entry, item, value and status of each answer, as the long table has them."""
    skips = {code: skip.value for skip, code in ABSENT.items()}
    for response in responses:
        for item in response.get("item", []):
            if "answer" in item:
                (answer,) = item["answer"]
                value = answer["valueInteger"] if "valueInteger" in answer else int(answer["valueCoding"]["code"])
                yield response["identifier"]["value"], item["linkId"], value, "answered"
            else:
                skip = skips[item["extension"][0]["valueCode"]]
                yield response["identifier"]["value"], item["linkId"], None, skip


# ---- what a response says ---------------------------------------------------------------------------------------


def test_a_response_names_entry_day_timeliness_mode_and_originator(written: Written) -> None:
    late = of_day(written, "2026-11-24")
    assert late["identifier"]["value"] == late["id"] == written.staged.ids["late"]
    assert (late["authored"], extension(late, "timeliness")) == ("2026-11-25T08:00:00.000+01:00", "late")
    assert (extension(late, "mode"), extension(late, "originator")) == ("own_phone", "participant")
    assert extension(late, "late-reason") == "forgot"
    assert late["questionnaire"] == "urn:xerodiary:mesrix-more:questionnaire:DMD|1.0"


def test_an_entry_after_midnight_keeps_its_diary_day(written: Written) -> None:
    night = of_day(written, "2026-11-28")
    assert night["authored"] == "2026-11-29T00:40:00.000+01:00"
    assert extension(night, "timeliness") == "done"


def test_a_skipped_item_says_why_and_has_no_answer(written: Written) -> None:
    items = {one["linkId"]: one for one in of_day(written, "2026-11-26")["item"]}
    assert [items[code]["extension"][0]["valueCode"] for code in ("DMD02", "DMD04")] == [
        "asked-declined", "not-applicable",
    ]  # fmt: skip
    assert "answer" not in items["DMD02"]
    assert items["DMD01"]["answer"] == [{"valueInteger": 9}]
    assert set(ABSENT) == set(Skip)


def test_a_choice_is_answered_by_one_of_the_options(written: Written) -> None:
    (questionnaire,) = [one for one in written.all("Questionnaire") if one["name"] == "DMD"]
    (item,) = [one for one in questionnaire["item"] if one["linkId"] == "DMD06"]
    options = [{key: one["valueCoding"][key] for key in ("system", "code")} for one in item["answerOption"]]
    (given,) = [one for one in of_day(written, "2026-11-24")["item"] if one["linkId"] == "DMD06"]
    assert given["answer"][0]["valueCoding"] in options


def test_where_somebody_travels_is_not_told(written: Written) -> None:
    abroad = of_day(written, "2026-11-25", CHARLIE)
    assert extension(abroad, "zone") == "OTHER"
    assert extension(of_day(written, "2026-11-23", CHARLIE), "zone") == "Europe/Copenhagen"
    assert [file.name for file in written.final.iterdir() if ABROAD in file.read_text(encoding="utf-8")] == []


def test_characters_that_fhir_forbids_become_visible(written: Written) -> None:
    assert extension(of_day(written, "2026-11-24"), "app-version") == "1.0 æøå \u2407 =x"


def test_what_was_made_after_a_withdrawal_is_in_no_file(written: Written) -> None:
    sealed = written.staged.ids["sealed"]
    assert [file.name for file in written.final.iterdir() if sealed in file.read_text(encoding="utf-8")] == []
    assert written.one("ResearchSubject", CHARLIE)["status"] == "withdrawn"


# ---- what became of an entry ------------------------------------------------------------------------------------


def test_an_amended_entry_names_what_it_replaced(written: Written) -> None:
    ids = written.staged.ids
    assert of_day(written, "2026-11-23")["status"] == "amended"
    made = written.one("Provenance", f"amended-{ids['amended']}")
    assert made["entity"][0]["what"]["identifier"]["value"] == ids["first"]
    assert parts(made, "change") == {"item": "DMD01", "old": 6, "new": 5}
    assert made["agent"][0]["who"] == {"reference": f"Patient/{ALICE}"}
    assert made["occurredDateTime"] == "2026-11-23T21:30:00.000+01:00"


def test_a_correction_says_who_when_why_and_what(written: Written) -> None:
    made = written.one("Provenance", f"corrected-{written.staged.ids['corrected']}")
    assert parts(made, "change") == {"item": "DMD01", "old": 5, "new": 1}
    assert parts(made, "statement") == {"source": "participant_call", "on": "2026-12-01"}
    assert made["reason"][0]["coding"][0]["code"] == "tapped_wrong_answer"
    by = {one["type"]["coding"][0]["code"]: one for one in made["agent"]}
    assert by["informant"]["who"]["reference"] == f"Patient/{ALICE}"
    assert [by[kind]["who"]["identifier"]["value"] for kind in ("enterer", "verifier")] == ["carol", "ines"]
    assert by["verifier"]["onBehalfOf"] == {"reference": "Organization/copenhagen"}
    assert made["recorded"] == "2026-12-01T21:00:00.000Z"
    assert extension(of_day(written, "2026-11-23"), "corrected") == "DMD01"


def test_a_voided_entry_stands_in_error_and_without_its_answers(written: Written) -> None:
    gone = written.one("QuestionnaireResponse", written.staged.ids["voided"])
    assert (gone["status"], "item" in gone) == ("entered-in-error", False)
    assert (extension(gone, "diary-day"), gone["authored"]) == ("2026-11-29", "2026-11-29T21:00:00.000+01:00")
    made = written.one("Provenance", f"corrected-{written.staged.ids['void']}")
    assert made["activity"]["coding"][0]["code"] == "NULLIFY"
    assert made["target"] == [{"reference": f"QuestionnaireResponse/{gone['id']}"}]
    assert written.one("Task", f"{ALICE}-DMD-2026-11-29")["status"] == "failed"


def test_a_sheet_of_paper_has_an_author_and_a_typist(written: Written) -> None:
    sheet = of_day(written, "2026-11-30")
    assert (extension(sheet, "mode"), extension(sheet, "originator")) == ("paper", "staff")
    assert extension(sheet, "paper-reason") == "phone_failed"
    assert (sheet["author"]["identifier"]["value"], sheet["source"]) == ("carol", {"reference": f"Patient/{ALICE}"})
    made = written.one("Provenance", sheet["id"].replace("paper-", "typed-"))
    assert made["entity"] == [{"role": "source", "what": {"display": "binder 3, sheet 12"}}]
    assert made["occurredDateTime"] == sheet["authored"] == "2026-11-30T21:30:00.000+01:00"


def test_a_signature_says_what_was_signed_and_what_has_changed_since(written: Written) -> None:
    ids = written.staged.ids
    made = written.one("Provenance", f"signed-{ids['signed']}")
    assert made["target"] == [
        {"reference": f"QuestionnaireResponse/{ids[name]}"} for name in ("amended", "late", "skipped")
    ]
    assert made["signature"][0]["type"][0]["code"] == "1.2.840.10065.1.12.1.13"
    assert made["signature"][0]["who"]["display"] == "Ines Holm"
    assert extension(made, "changed-since") == {"reference": f"QuestionnaireResponse/{ids['late']}"}


# ---- days without an entry, and people --------------------------------------------------------------------------


def test_days_without_an_entry_say_why(written: Written) -> None:
    said = {
        day: (task["status"], task["businessStatus"]["text"], task["statusReason"]["coding"][0]["code"])
        for day in ("2026-11-25", "2026-11-27")
        for task in [written.one("Task", f"{ALICE}-DMD-{day}")]
    }
    assert said == {
        "2026-11-25": ("failed", "missed", "not_completed_in_window"),
        "2026-11-27": ("cancelled", "excused", "too_ill"),
    }


def test_a_silent_phone_may_still_send_until_a_final_cut(written: Written) -> None:
    for folder, status in ((written.interim, "requested"), (written.final, "failed")):
        task = next(one for one in lines(folder, "Task") if one["id"] == f"{BOB}-DMD-2026-11-23")
        assert (task["status"], task["businessStatus"]["text"]) == (status, "unknown")
        assert task["statusReason"]["text"] == "silent"
        assert task["restriction"]["period"] == {
            "start": "2026-11-23T17:00:00.000Z", "end": "2026-11-24T11:00:00.000Z",
        }  # fmt: skip


def test_subjects_have_a_status_and_never_an_arm(written: Written) -> None:
    subjects = {one["id"]: one for one in written.all("ResearchSubject")}
    assert {name: one["status"] for name, one in subjects.items()} == {
        ALICE: "on-study", BOB: "on-study", CHARLIE: "withdrawn", DORA: "pending-on-study",
    }  # fmt: skip
    assert parts(subjects[CHARLIE], "status") == {
        "status": "consent_withdrawn", "effective": "2026-11-26", "reason": "own_wish",
    }  # fmt: skip
    assert parts(subjects[ALICE], "treatment")["actual"] == "2026-11-25"
    assert extension(subjects[ALICE], "randomised") == "2026-11-23"
    assert not {"assignedArm", "actualArm"} & {key for one in subjects.values() for key in one}
    assert written.one("Patient", ALICE)["identifier"][0]["value"] == "MESRIX-MORE-01-001"


def test_the_cut_stands_in_the_study(written: Written) -> None:
    (study,) = written.all("ResearchStudy")
    assert parts(study, "cut")["kind"] == CutKind.FINAL
    assert parts(study, "cut")["at"] == "2026-12-02T11:00:00.000Z"
    (interim,) = lines(written.interim, "ResearchStudy")
    assert parts(interim, "cut")["kind"] == CutKind.INTERIM
