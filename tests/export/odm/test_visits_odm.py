"""Visit questionnaires: events of their own, codes and our own labels, and not one licensed word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.export.odm.writing import open_odm
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import FIRST
from tests.export.odm.conftest import csv_of, schema
from tests.export.odm.replay import Book, Step, read
from tests.export.odm.test_round_trip import check
from tests.export.parts import write_part
from tests.licensed import ANSWERS, MARK
from tests.server.handset import ready
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix, plan, visit_entry

SUBJECT = "MESRIX-MORE-01-001"


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def written(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Path:
    """Alice filled in the evening and the questionnaire, and changed an answer of it two days later; Bob is new."""
    alice = ready(services, ALICE)
    ready(services, BOB, "bob")
    plan(services, planned=TREATMENT, actual_time="10:00")
    alice.sync()
    clock.advance(days=1, hours=1)
    alice.fill_in(FIRST)
    first, day = fill_in_visit(alice), visit_entry(alice)["diary_day"]
    alice.sync()
    clock.advance(days=2)
    changed = {**ANSWERS, "GRIX01": 4, "GRIX02": "prefer_not_to_answer"}
    fill_in_visit(alice, revision=2, parent=first, diary_day=day, answers=changed)
    alice.sync()
    counted, there = write_part(open_odm, services, tmp_path / "odm")
    assert counted == there
    return tmp_path / "odm" / "odm.xml"


def test_a_visit_is_replayed_with_its_answers_and_state(written: Path, services: Services, tmp_path: Path) -> None:
    book, files = read(written), csv_of(services, tmp_path / "csv")
    check(book.long_rows(), files.long)
    check(book.visit_rows(), files.rows("visits.csv"))
    check(book.expected_rows(), files.expected)


def test_a_changed_visit_stays_on_its_visit(written: Path) -> None:
    made, changed = steps(read(written))
    assert {made.key[:2], changed.key[:2]} == {("SE.VISIT.m0", "")}
    assert changed.items["IT.GRIX.1.0.GRIX01"] == ("Update", "4")
    assert changed.items["IT.GRIX.1.0.GRIX02.SKIP"] == ("Insert", "prefer_not_to_answer")


def test_a_licensed_questionnaire_has_codes_and_our_labels_only(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert MARK not in text
    assert "GRIX Xerostomia Day 1 of 6" in text
    question = text[text.index('<ItemDef OID="IT.GRIX.1.0.GRIX01"') :].partition("</ItemDef>")[0]
    assert "<Question>" not in question
    codes = text[text.index('<CodeList OID="CL.GRIX.1.0.GRIX01"') :].partition("</CodeList>")[0]
    assert codes.count("<EnumeratedItem ") == 4
    assert "Decode" not in codes


def test_our_own_questions_stand_in_both_languages(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    question = text[text.index('<ItemDef OID="IT.DMD.1.0.DMD01"') :].partition("</ItemDef>")[0]
    assert "How dry has your mouth been today, {weekday} {date}" in question
    assert 'xml:lang="da"' in question


def test_the_file_with_visits_follows_the_schema(written: Path) -> None:
    assert [error.reason for error in schema().iter_errors(str(written))] == []


def steps(book: Book) -> list[Step]:
    return book.of(SUBJECT, form="F.GRIX.1.0")
