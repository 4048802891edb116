"""FHIR at the edges: nights when clocks change, a study without anybody, moved days, test transfers, odd ids."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fhir.resources.R4B.provenance import Provenance
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from fhir.resources.R4B.task import Task
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.correction_facts import DayMove, Voided
from diary_app.core.staff_acts import Meaning
from diary_app.core.status import DisplayStatus
from server.db.engine import reading
from server.export.content import CutKind
from server.export.fhir import open_fhir
from server.export.fhir.names import clean, fhir_id, local_time
from server.export.fhir.part import TYPES
from server.export.fhir.people import STATUSES
from server.export.reading import everybody, instruments_in_use
from server.export.tally import count
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail.signing import Wanted, sign
from tests.conftest import ALICE
from tests.console.staged import PASSWORD
from tests.export.conftest import run_jobs
from tests.export.fhir.eventful import Resource, correct, day, eventful, lines
from tests.export.fhir.test_fhir_files import extension, parts
from tests.export.parts import about_now, write_part
from tests.export.test_csv_files import correct as corrected
from tests.server.handset import ready
from tests.server.visiting import TREATMENT, plan, with_grix

SUBJECT_STATUSES = {
    "candidate", "eligible", "follow-up", "ineligible", "not-registered", "off-study", "on-study",
    "on-study-intervention", "on-study-observation", "pending-on-study", "potential-candidate", "screening",
    "withdrawn",
}  # fmt: skip

FHIR_DATE_TIME = re.compile(
    r"[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d+"
    r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
)


def responses(folder: Path) -> list[Resource]:
    return lines(folder, "QuestionnaireResponse")


# ---- nights -----------------------------------------------------------------------------------------------------

NIGHTS = [
    (datetime(2026, 10, 24, 22, 40, tzinfo=UTC), "2026-10-25T00:40:00.000+02:00"),
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00.000+02:00"),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00.000+01:00"),
    (datetime(2027, 3, 27, 23, 40, tzinfo=UTC), "2027-03-28T00:40:00.000+01:00"),
    (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "2027-03-28T01:59:00.000+01:00"),
    (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "2027-03-28T03:00:00.000+02:00"),
]


@pytest.mark.parametrize(("moment", "authored"), NIGHTS)
def test_the_offset_is_that_of_the_night(migrated_sqlite: str, tmp_path: Path, moment: datetime, authored: str) -> None:
    clock = SimulatedEnvironment(moment - timedelta(days=2))
    services = open_services(Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var"), clock)
    alice, evening = ready(services, ALICE), (moment - timedelta(hours=12)).date()
    clock.move_to(moment)
    alice.fill_in(evening)
    alice.sync()
    counted, there = write_part(open_fhir, services, tmp_path / "fhir")
    services.close()
    (response,) = responses(tmp_path / "fhir")
    assert (response["authored"], extension(response, "diary-day")) == (authored, evening.isoformat())
    assert datetime.fromisoformat(response["authored"]) == moment
    assert counted == there


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (-210, "2026-11-22T14:30:00.000-03:30"),
        (845, "2026-11-22T18:00:00.000+00:00"),  # wider than FHIR can state
        (0, "2026-11-22T18:00:00.000+00:00"),
    ],
)
def test_offsets_to_the_west_and_impossible_ones(minutes: int, text: str) -> None:
    assert local_time(datetime(2026, 11, 22, 18, tzinfo=UTC), minutes) == text


@given(st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30), timezones=st.just(UTC)), st.integers(-1440, 1440))  # noqa: DTZ001
def test_any_offset_tells_the_same_moment(moment: datetime, minutes: int) -> None:
    text = local_time(moment, minutes)
    assert FHIR_DATE_TIME.fullmatch(text)
    assert datetime.fromisoformat(text) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# ---- little, and much of the unusual ----------------------------------------------------------------------------


def test_a_study_without_anybody_has_every_file(services: Services, tmp_path: Path) -> None:
    counted, there = write_part(open_fhir, services, tmp_path / "fhir")
    assert counted == there
    assert not counted.total()
    sizes = {file.stem: len(lines(tmp_path / "fhir", file.stem)) for file in (tmp_path / "fhir").iterdir()}
    assert sizes == dict.fromkeys(TYPES, 0) | {"ResearchStudy": 1, "Organization": 2, "Questionnaire": 1}


def test_every_status_has_a_name_in_fhir() -> None:
    assert set(STATUSES) == set(DisplayStatus)
    assert set(STATUSES.values()) <= SUBJECT_STATUSES


def test_a_name_that_is_no_id_becomes_one_that_is_always_the_same() -> None:
    assert fhir_id("01-001") == "01-001"
    assert fhir_id("my_study") == fhir_id("my_study") != fhir_id("my_study2")
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", fhir_id("x" * 65))


@given(st.text())
def test_any_text_is_a_text_of_fhir(text: str) -> None:
    assert re.fullmatch(r"[ \r\n\t\S]*", clean(text))
    assert not [letter for letter in clean(text) if letter < " " and letter not in "\t\r\n"]
    assert clean(clean(text)) == clean(text)
    assert len(clean(text)) == len(text)


def test_danish_letters_stay_and_control_characters_show() -> None:
    assert clean("Rød grød æøå Å") == "Rød grød æøå Å"
    assert clean("a\x00b\x1bc\u2028d\u00a0e") == "a\u2400b\u241bc d e"


@pytest.mark.usefixtures("lived")
def test_a_moved_entry_stands_on_its_new_day_and_says_so(services: Services, tmp_path: Path) -> None:
    write_part(open_fhir, services, tmp_path / "before")
    done = next(one for one in responses(tmp_path / "before") if extension(one, "diary-day") == "2026-11-26")
    corrected(services, done["id"], DayMove(day=date(2026, 11, 25)))
    counted, there = write_part(open_fhir, services, tmp_path / "after")
    assert counted == there
    moved = next(one for one in responses(tmp_path / "after") if one["id"] == done["id"])
    assert (extension(moved, "diary-day"), moved["status"]) == ("2026-11-25", "amended")
    assert (moved["authored"], moved["item"]) == (done["authored"], done["item"])
    (made,) = lines(tmp_path / "after", "Provenance")
    assert parts(made, "change") == {"item": "diary_day", "old": "2026-11-26", "new": "2026-11-25"}


def test_whatever_is_voided_keeps_its_questionnaire_and_time(migrated_sqlite: str, tmp_path: Path) -> None:
    with eventful(migrated_sqlite, tmp_path) as staged:
        for name in ("paper", "amended"):
            correct(staged.services, staged.ids[name], Voided())
        folder, counted, there = staged.write(open_fhir, "fhir")
    assert counted == there
    gone = {one["id"]: one for one in responses(folder) if one["status"] == "entered-in-error"}
    assert set(gone) == {staged.ids[name] for name in ("paper", "amended", "voided")}
    assert {one["questionnaire"].partition("|")[2] for one in gone.values()} == {"1.0"}
    assert gone[staged.ids["paper"]]["authored"] == "2026-11-30T21:30:00.000+01:00"
    assert gone[staged.ids["amended"]]["authored"] == "2026-11-23T21:30:00.000+01:00"
    assert all(QuestionnaireResponse.model_validate(one) for one in gone.values())
    there_now = {f"QuestionnaireResponse/{one['id']}" for one in responses(folder)}
    targets = {to["reference"] for made in lines(folder, "Provenance") for to in made["target"]}
    assert targets <= there_now
    (signature,) = [one for one in lines(folder, "Provenance") if "signature" in one]
    voided_later = {"reference": f"QuestionnaireResponse/{staged.ids['amended']}"}
    assert voided_later in signature["target"]
    assert voided_later in [one["valueReference"] for one in signature["extension"] if "valueReference" in one]


def test_signed_days_without_an_entry_are_signed_of_the_participant(migrated_sqlite: str, tmp_path: Path) -> None:
    with eventful(migrated_sqlite, tmp_path) as staged:
        empty = Wanted(ALICE, day(2), day(2), Meaning.CONFIRMED)
        fact = sign(staged.services, empty, username="ines", password=PASSWORD, address="192.0.2.1")
        folder, *_ = staged.write(open_fhir, "fhir")
    (made,) = [one for one in lines(folder, "Provenance") if one["id"] == f"signed-{fact.id}"]
    assert made["target"] == [{"reference": f"ResearchSubject/{ALICE}"}]
    assert made["signature"][0]["type"][0]["code"] == "1.2.840.10065.1.12.1.5"
    assert Provenance.model_validate(made)


@pytest.mark.usefixtures("lived")
def test_an_entry_that_nobody_expected_is_extra(services: Services, tmp_path: Path) -> None:
    with reading(services.engine) as connection:
        about = about_now(services, instruments_in_use(connection, services.study), CutKind.FINAL)
        person = next(one for one in everybody(connection, services.study, about.cut.at) if one.id == ALICE)
    part = open_fhir(tmp_path, about)
    unexpected = replace(person, days=[])
    part.add(unexpected)
    assert part.finish() == count(unexpected, about.cut)
    assert [extension(one, "timeliness") for one in responses(tmp_path)] == ["extra"] * 3
    assert lines(tmp_path, "Task") == []


@pytest.mark.usefixtures("lived")
def test_a_test_transfer_says_so_on_every_resource(services: Services, tmp_path: Path) -> None:

    with reading(services.engine) as connection:
        about = about_now(services, instruments_in_use(connection, services.study), CutKind.FINAL)
        part = open_fhir(tmp_path, replace(about, is_test=True))
        for person in everybody(connection, services.study, about.cut.at):
            part.add(person)
    part.finish()
    marks = [one["meta"]["security"][0]["code"] for name in TYPES for one in lines(tmp_path, name)]
    assert set(marks) == {"HTEST"}
    assert len(marks) > 10
    assert all(one["experimental"] for one in lines(tmp_path, "Questionnaire"))


def test_a_missed_visit_is_a_task_of_its_own(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    services = open_services(with_grix(settings, tmp_path), clock)
    alice = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    alice.sync()
    clock.advance(days=6)
    alice.sync()
    run_jobs(services)
    counted, there = write_part(open_fhir, services, tmp_path / "fhir")
    services.close()
    (visit,) = [one for one in lines(tmp_path / "fhir", "Task") if one["code"]["text"] == "visit"]
    assert (visit["id"], visit["status"], visit["businessStatus"]["text"]) == (f"{ALICE}-GRIX-m0", "failed", "missed")
    assert Task.model_validate(visit)
    assert visit["input"][0]["valueCanonical"] in {one["url"] for one in lines(tmp_path / "fhir", "Questionnaire")}
    assert counted == there
    assert counted["missed"] == len(lines(tmp_path / "fhir", "Task")) - 1


def test_both_databases_give_the_same_bytes(migrated_sqlite: str, migrated_postgresql: str, tmp_path: Path) -> None:
    written = []
    for name, url in (("sqlite", migrated_sqlite), ("postgresql", migrated_postgresql)):
        (tmp_path / name).mkdir()
        with eventful(url, tmp_path / name) as staged:
            folder, *_ = staged.write(open_fhir, "fhir")
            written.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert written[0] == written[1]
    assert sum(map(len, written[0].values())) > 10_000
