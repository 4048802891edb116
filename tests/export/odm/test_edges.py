"""Studies that have hardly begun, words that XML cannot hold, versions side by side, and clocks that were set back."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from odmlib import loader, odm_loader

from diary_app.core.entries import EntryVersion
from diary_app.core.instruments import Instrument
from diary_app.core.study_versions import InForce
from diary_app.core.times import format_utc
from diary_app.resources import instrument
from server.db.engine import reading
from server.export.content import About, CutKind
from server.export.odm.markup import readable
from server.export.odm.writing import open_odm
from server.export.participant import ExportedParticipant
from server.export.reading import everybody
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import TrailRow
from tests.conftest import ALICE
from tests.export.odm.conftest import Written, csv_of, schema
from tests.export.odm.definitions_used import references, unfitting
from tests.export.odm.replay import read
from tests.export.odm.story import day
from tests.export.odm.test_round_trip import check
from tests.export.parts import about_now, write_part
from tests.server.desk import ACCEPTED, settle
from tests.server.handset import ANSWERS, Handset, add, ready
from tests.server.test_settling import beyond_a_gap

SUBJECT = "MESRIX-MORE-01-001"


def written(about: About, people: Iterable[ExportedParticipant], folder: Path) -> Path:
    """The file of these participants; it follows the schema."""
    folder.mkdir()
    part = open_odm(folder, about)
    for person in people:
        part.add(person)
    part.finish()
    assert [error.reason for error in schema().iter_errors(str(folder / "odm.xml"))] == []
    return folder / "odm.xml"


def people_of(services: Services) -> list[ExportedParticipant]:
    with reading(services.engine) as connection:
        found = everybody(connection, services.study, services.environment.now())
        return [replace(one, read_trail=_kept(one)) for one in found]


def _kept(person: ExportedParticipant) -> Callable[[], Iterable[TrailRow]]:
    rows = list(person.read_trail())
    return lambda: rows


def now(services: Services, *instruments: Instrument) -> About:
    return about_now(services, [instrument("DMD", "1.0"), *instruments], CutKind.INTERIM)


def test_a_study_without_participants_is_a_whole_file(services: Services, tmp_path: Path) -> None:
    counted, there = write_part(open_odm, services, tmp_path / "odm")
    assert (counted, there) == ({}, {})
    file = tmp_path / "odm" / "odm.xml"
    assert [error.reason for error in schema().iter_errors(str(file))] == []
    assert read(file).steps == []


def test_somebody_who_only_joined_is_there(services: Services, tmp_path: Path) -> None:
    add(services, ALICE)
    counted, there = write_part(open_odm, services, tmp_path / "odm")
    assert counted == there == {"participants": 1}
    assert [step.key[2] for step in read(tmp_path / "odm" / "odm.xml").steps] == ["F.ENROLMENT"]


def test_without_treatment_dates_no_day_is_counted_from_one(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    alice = ready(services, ALICE)
    clock.move_to(datetime(2026, 11, 23, 20, tzinfo=UTC))
    alice.fill_in(day(0))
    alice.sync()
    write_part(open_odm, services, tmp_path / "odm")
    standing = read(tmp_path / "odm" / "odm.xml").forms[SUBJECT]["SE.DIARY", "2026-11-23", "F.STANDING", "DMD"]
    assert standing["IT.STANDING.PERIOD"] == "before_treatment_1"
    assert "IT.STANDING.DAYS_SINCE_TREATMENT_1" not in standing


def test_words_with_signs_of_xml_come_back_as_they_were(story: Written, tmp_path: Path) -> None:
    title = "<b>\"Tør\" & 'våd' ]]> æøå</b>\n\tnext\x07\x00\ud800"
    services = story.told.services
    about = now(services)
    study = about.study.model_copy(update={"title": title})
    file = written(replace(about, study=study, is_test=True), people_of(services)[:1], tmp_path / "odm")
    text = file.read_text(encoding="utf-8")
    assert "TEST DATA" in text.partition("</GlobalVariables>")[0]
    assert "]]&gt; æøå&lt;/b&gt;\n\tnext␇␀\N{REPLACEMENT CHARACTER}" in text
    assert "reference phone note &lt;12&gt;" in text


def test_control_characters_are_seen_instead_of_breaking_the_file() -> None:
    assert readable("a\x00b\x1fc\t\r\n\x7f\ufffe") == "a␀b␟c\t\r\n\x7f\N{REPLACEMENT CHARACTER}"


def test_versions_of_a_questionnaire_and_of_the_study_stand_side_by_side(story: Written, tmp_path: Path) -> None:
    services = story.told.services
    (alice, *_) = people_of(services)
    newer = instrument("DMD", "1.0").model_copy(update={"version": "1.1"})
    about = now(services, newer)
    second = InForce(about.cut.at, about.study.model_copy(update={"version": "2"}))
    about = replace(about, study=second.study, versions=(*about.versions, second))
    entries = [
        replace(one, version=changed(one.version), given=changed(one.given))
        if one.version.id == story.told.ids["slip"] else one
        for one in alice.entries
    ]  # fmt: skip
    book = read(written(about, [replace(alice, entries=entries)], tmp_path / "odm"))
    assert book.versions == {"MDV.1", "MDV.2"}
    forms = {(step.key[2], step.version) for step in book.of(SUBJECT, event="SE.DIARY") if "DMD" in step.key[2]}
    assert forms == {("F.DMD.1.0", "MDV.1"), ("F.DMD.1.1", "MDV.2")}
    assert {row["item"] for row in book.long_rows() if row["instrument_version"] == "1.1"} == set(ANSWERS)


def changed(version: EntryVersion) -> EntryVersion:
    body = version.body.model_copy(update={"instrument_version": "1.1", "study_version": "2"})
    return replace(version, body=body)


def test_an_app_that_names_an_unknown_version_of_the_study_loses_nothing(story: Written, tmp_path: Path) -> None:
    services = story.told.services
    (alice, *_) = people_of(services)
    odd = {"study_version": "0.9"}
    entries = [
        replace(
            one,
            version=replace(one.version, body=one.version.body.model_copy(update=odd)),
            given=replace(one.given, body=one.given.body.model_copy(update=odd)),
        )
        for one in alice.entries
    ]
    book = read(written(now(services), [replace(alice, entries=entries)], tmp_path / "odm"))
    assert {row["study_version"] for row in book.long_rows()} == {"0.9"}


def test_versions_that_arrive_in_any_order_end_in_the_same_answers(story: Written, tmp_path: Path) -> None:
    """As from two phones: the change of the first evening is taken in before what it changes."""
    services = story.told.services
    (alice, *_) = people_of(services)
    rows = list(alice.read_trail())
    first, amended = (
        [row for row in rows if row.source == story.told.ids[name]] for name in ("first", "amended")
    )  # fmt: skip
    others = [row for row in rows if row not in first and row not in amended]
    turned = replace(alice, read_trail=lambda: [*others, *amended, *first])
    book = read(written(now(services), [turned], tmp_path / "odm"))
    expected = [row for row in story.csv.long if row["usubjid"] == SUBJECT]
    check(book.long_rows(), expected)
    overtaken = {step.key[3]: step.items for step in book.of(SUBJECT, event="SE.DIARY", repeat="2026-11-23")}
    assert overtaken[f"{story.told.ids['first']}/overtaken"]["IT.DMD.1.0.DMD02"] == ("Insert", "5")


def test_an_entry_that_is_not_in_the_trail_is_written_all_the_same(story: Written, tmp_path: Path) -> None:
    (alice, *_) = people_of(story.told.services)
    rows = [row for row in alice.read_trail() if row.source != story.told.ids["night"]]
    book = read(written(now(story.told.services), [replace(alice, read_trail=lambda: rows)], tmp_path / "odm"))
    check(book.long_rows(), [row for row in story.csv.long if row["usubjid"] == SUBJECT])


@pytest.mark.usefixtures("staffed")
def test_what_was_accepted_after_review_names_who_accepted_it(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    alice = ready(services, ALICE)
    clock.move_to(datetime(2026, 11, 23, 20, tzinfo=UTC))
    entry = beyond_a_gap(alice)
    settle(services, ACCEPTED)
    counted, there = write_part(open_odm, services, tmp_path / "odm")
    assert counted == there
    (made,) = read(tmp_path / "odm" / "odm.xml").of(SUBJECT, form="F.DMD.1.0")
    assert made.key[3] == entry.id
    assert (made.audit.user, made.audit.why) == (
        "USER.STAFF.ines/investigator/copenhagen", "accepted after review: more_is_known"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("night", "walls"),
    [
        (date(2027, 3, 27), ["2027-03-28T01:30:00", "2027-03-28T03:30:00"]),
        (date(2027, 10, 30), ["2027-10-31T02:30:00", "2027-10-31T02:30:00"]),
    ],
)
def test_nights_on_which_clocks_change_keep_their_wall_and_their_moment(
    services: Services, clock: SimulatedEnvironment, tmp_path: Path, night: date, walls: list[str]
) -> None:
    """Saved an hour apart: across the hour that is skipped, and in both of the hour that comes twice."""
    before = datetime(night.year, night.month, night.day, 0, 30, tzinfo=UTC) + timedelta(days=1)
    clock.move_to(before - timedelta(days=2, hours=8))
    alice: Handset = ready(services, ALICE)
    clock.move_to(before)
    first = alice.fill_in(night)
    clock.advance(hours=1)
    second = alice.fill_in(night, revision=2, parent=first.id, answers={**ANSWERS, "DMD01": 2}, late_reason="forgot")
    alice.sync()
    write_part(open_odm, services, tmp_path / "odm")
    book, files = read(tmp_path / "odm" / "odm.xml"), csv_of(services, tmp_path / "csv")
    check(book.long_rows(), files.long)
    check(book.expected_rows(), files.expected)
    made = book.of(SUBJECT, form="F.DMD.1.0")
    assert [step.audit.source for step in made] == [first.id, second.id]
    shown = [step.items["IT.ENTRY.CAPTURED_LOCAL"][1] for step in made if "IT.ENTRY.CAPTURED_LOCAL" in step.items]
    assert shown == walls[: len(shown)]
    assert made[-1].items["IT.ENTRY.CAPTURED_UTC"] == ("Update", format_utc(before + timedelta(hours=1)))


def test_unknown_stays_unknown_at_either_kind_of_cut(story: Written, tmp_path: Path) -> None:
    kinds = {}
    for kind in CutKind:
        counted, there = write_part(open_odm, story.told.services, tmp_path / kind, kind)
        assert counted == there
        kinds[kind] = counted["unknown"]
    assert len(set(kinds.values())) == 1
    assert "interim cut" in (tmp_path / "interim" / "odm.xml").read_text(encoding="utf-8")


def test_odmlib_reads_the_file(story: Written) -> None:
    assert story.text
    namespace = "http://www.cdisc.org/ns/odm/v1.3"
    reader = loader.ODMLoader(odm_loader.XMLODMLoader(model_package="odm_1_3_2", ns_uri=namespace))
    reader.open_odm_document(str(story.file))
    root = reader.load_odm()
    assert (root.FileType, root.ODMVersion) == ("Transactional", "1.3.2")
    data = [one for clinical in root.ClinicalData for one in clinical.SubjectData]
    assert len(data) == len(story.book.steps)
    assert {one.SubjectKey for one in data} == set(story.book.forms)


def test_every_reference_leads_to_a_definition(story: Written) -> None:
    """Events, forms, groups, items, codes, users and places; a code stands in its list."""
    defined, used = references(story.file)
    assert used - defined == set()


def test_codes_and_kinds_fit_their_definitions(story: Written) -> None:
    assert unfitting(story.file) == []
