"""Visits in the files: each accounted for, answers beside the diary's, and not one licensed word anywhere."""

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from server.db.engine import reading
from server.db.tables import METADATA
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import FIRST, Export, Files
from tests.licensed import ANSWERS, EXTRACT, MARK
from tests.server.handset import Handset, ready
from tests.server.visiting import TREATMENT, fill_in_visit, plan, visit_entry, with_grix

VISITS = "visits.csv"


@pytest.fixture(params=[(), EXTRACT], ids=["whole", "extract"])
def items(request: pytest.FixtureRequest) -> tuple[str, ...]:
    asked: tuple[str, ...] = request.param
    return asked


@pytest.fixture
def services(
    settings: Settings, clock: SimulatedEnvironment, tmp_path: Path, items: tuple[str, ...]
) -> Iterator[Services]:
    services = open_services(with_grix(settings, tmp_path, *items), clock)
    yield services
    services.close()


@pytest.fixture
def files(services: Services, clock: SimulatedEnvironment, items: tuple[str, ...], export: Export) -> Files:
    """Alice filled in the evening and the questionnaire, and changed an answer of it two days later; Bob is new."""
    answers = dict.fromkeys(items, 2) or ANSWERS
    alice = ready(services, ALICE)
    ready(services, BOB, "bob")
    plan(services, planned=TREATMENT, actual_time="10:00")
    alice.sync()
    clock.advance(days=1, hours=1)
    alice.fill_in(FIRST)
    first, day = fill_in_visit(alice, answers=answers), visit_entry(alice)["diary_day"]
    clock.advance(days=2)
    fill_in_visit(alice, revision=2, parent=first, diary_day=day, answers={**answers, "GRIX01": 4})
    alice.sync()
    return export("bundle")


def asked(items: tuple[str, ...]) -> int:
    return len(items or ANSWERS)


def test_every_questionnaire_of_every_visit_has_one_row(files: Files) -> None:
    rows = files.rows(VISITS)
    assert [(row["siteid"], row["visit"], row["state"]) for row in rows] == [
        ("01", "m0", "done"), ("01", "m4", "not_yet_due"), ("01", "m8", "not_yet_due"),
        ("02", "m0", "not_yet_due"), ("02", "m4", "not_yet_due"), ("02", "m8", "not_yet_due"),
    ]  # fmt: skip
    assert rows[0]["closes_utc"] == "2026-11-27T09:00:00.000Z"
    assert rows[0]["completed_utc"] == "2026-11-23T19:00:00.000Z"


def test_a_visit_is_answered_once_whatever_was_changed(files: Files, items: tuple[str, ...]) -> None:
    long = [row for row in files.long if row["visit"] == "m0"]
    (wide,) = [row for row in files.wide if row["visit"] == "m0"]
    assert len(long) == asked(items)
    assert (wide["state"], wide["revision"], wide["GRIX01"], wide["GRIX14"]) == ("done", "2", "4", "2")
    assert {row["item_label"] for row in long if row["item"] == "GRIX01"} == {"GRIX Xerostomia Day 1 of 6"}


def test_visits_stand_outside_the_diary(files: Files) -> None:
    assert {row["instrument"] for row in files.expected} == {"DMD"}
    assert [row["state"] for row in files.wide if row["visit"] == ""] == ["done"]


def test_the_dictionary_explains_the_visits(files: Files) -> None:
    explained = {row["column"] for row in files.dictionary if row["file"] == VISITS}
    assert set(files.rows(VISITS)[0]) == explained


def test_no_licensed_word_is_in_any_file(files: Files) -> None:
    for file in files.folder.iterdir():
        assert MARK not in file.read_text(encoding="utf-8")


def test_no_licensed_word_is_in_the_database(services: Services, files: Files) -> None:
    with reading(services.engine) as connection:
        kept = {name: str(connection.execute(table.select()).all()) for name, table in METADATA.tables.items()}
    assert "GRIX01" in kept["record"]
    assert not [name for name, rows in kept.items() if MARK in rows]


def test_no_licensed_word_is_logged(
    services: Services, clock: SimulatedEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    phone: Handset = ready(services, ALICE)
    plan(services, planned=date(2026, 11, 27))
    assert phone.sync().wordings.texts
    clock.advance(days=1)
    phone.record("entry", **visit_entry(phone, answers={}))
    phone.sync()
    assert MARK not in caplog.text
