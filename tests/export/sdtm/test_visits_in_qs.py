"""Visit questionnaires in QS: answers under their visit, a row for one that was missed, and not one licensed word."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from diary_app import resources
from diary_app.core.grading import State
from diary_app.core.study_versions import InForce
from server.export.content import CutKind
from server.intake.visits import VisitState
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.sdtm.people import DMD, NOW, STUDY, about, entry, evening, person, write
from tests.export.sdtm.staging import sdtm
from tests.export.sdtm.test_define_xml import schema
from tests.licensed import ANSWERS, MARK
from tests.server.handset import ready
from tests.server.visiting import fill_in_visit, opened_with_grix, plan

GRIX = resources.instrument("GRIX", "1.0")
DAY = date(2026, 6, 1)


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


def test_answers_of_a_visit_stand_under_it(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    alice = ready(services, ALICE)
    plan(services, planned=date(2026, 11, 27), actual=date(2026, 11, 27), actual_time="10:00")
    alice.sync()
    clock.advance(days=1, hours=1)
    fill_in_visit(alice, answers={**ANSWERS, "GRIX02": "prefer_not_to_answer"})
    alice.sync()
    written = sdtm(services, tmp_path / "sdtm", CutKind.INTERIM)
    rows = written.rows(QSCAT="GRIX")
    assert len(rows) == len(ANSWERS) == written.said["answers"] + written.said["skips"]
    assert {(row["VISIT"], row["VISITNUM"], row["QSSPID"], row["QSEVLINT"], row["QSEVINTX"]) for row in rows} == {
        ("M0", 1, "GRIX-M0", "-P7D", "")
    }
    first = rows[0]
    assert (first["QSTEST"], first["QSSEQ"], first["QSLOBXFL"]) == ("GRIX Xerostomia Day 1 of 6", 100000101, "Y")
    assert written.said_of(first)["QSTIMELI"] == "ON TIME"
    assert {name: written.there[name] for name in written.said} == dict(written.said)
    assert [file.name for file in written.folder.iterdir() if MARK.encode() in file.read_bytes()] == []
    schema().validate(str(written.folder / "define.xml"))


def visit(state: State, reason: str | None = None) -> VisitState:
    opens, closes = datetime(2026, 5, 17, 22, tzinfo=UTC), datetime(2026, 6, 1, 22, tzinfo=UTC)
    return VisitState(ALICE, "m0", "GRIX", opens, closes, state, reason, None, None)


@pytest.mark.parametrize(
    ("state", "reason", "kind", "expected"),
    [
        (State.MISSED, None, CutKind.INTERIM, ["NOT COMPLETED IN WINDOW"]),
        (State.UNKNOWN, "not_offered", CutKind.FINAL, ["NOT OFFERED IN TIME"]),
        (State.UNKNOWN, "silent", CutKind.INTERIM, []),
        (State.NOT_YET_DUE, None, CutKind.FINAL, []),
        (State.NOT_EXPECTED, "died", CutKind.FINAL, []),
    ],
)
def test_a_visit_without_its_questionnaire_has_one_row(
    tmp_path: Path, state: State, reason: str | None, kind: CutKind, expected: list[str]
) -> None:
    written = write(tmp_path, [person(visits=[visit(state, reason)])], about(kind, instruments=(DMD, GRIX)))
    assert [row["QSREASND"] for row in written.rows()] == expected
    assert set(written.said.values()) == {0}  # it is in no rate of days
    for row in written.rows():
        assert (row["QSTESTCD"], row["VISIT"], row["QSDTC"], row["QSSEQ"]) == ("QSALL", "M0", "2026-06-01", 100000100)


def test_a_questionnaire_that_nobody_ever_answered_is_missed_all_the_same(tmp_path: Path) -> None:
    written = write(tmp_path, [person(visits=[visit(State.MISSED)])], about(instruments=(DMD,)))
    assert [(row["QSCAT"], row["QSTESTCD"]) for row in written.rows()] == [("GRIX", "QSALL")]
    schema().validate(str(written.folder / "define.xml"))


def test_a_visit_that_the_study_gave_up_keeps_its_answers(tmp_path: Path) -> None:
    amended = STUDY.model_copy(update={"version": "2", "visits": STUDY.visits[1:], "instruments": ()})
    versions = (InForce(NOW, STUDY), InForce(NOW, amended))
    made = entry(DAY, evening(DAY), instrument="GRIX", visit="m0", answers=ANSWERS)
    what = replace(about(study=amended, instruments=(DMD, GRIX)), versions=versions)
    row = write(tmp_path, [person([made])], what).rows()[0]
    assert (row["VISIT"], row["VISITNUM"], row["QSSEQ"]) == ("M0", 1, 100000101)


def test_two_visits_on_one_day_stand_side_by_side(tmp_path: Path) -> None:
    entries = [
        entry(DAY, evening(DAY), instrument="GRIX", visit=one, answers=ANSWERS, revision=1) for one in ("m0", "m4")
    ]
    rows = write(tmp_path, [person(entries)], about(instruments=(DMD, GRIX))).rows()
    assert len({row["QSSEQ"] for row in rows}) == len(rows) == 2 * len(ANSWERS)
    assert {(row["QSSPID"], row["VISIT"], row["QSSEQ"] // 100_000_000) for row in rows} == {
        ("GRIX-M0", "M0", 1), ("GRIX-M4", "M4", 2),
    }  # fmt: skip


def test_two_visits_that_were_missed_by_one_day_have_a_row_each(tmp_path: Path) -> None:
    missed = [visit(State.MISSED), replace(visit(State.MISSED), visit="m4")]
    written = write(tmp_path, [person(visits=missed)], about(instruments=(DMD, GRIX)))
    rows = written.rows()
    assert [(row["VISIT"], row["QSDTC"], row["QSSEQ"]) for row in rows] == [
        ("M0", "2026-06-01", 100000100), ("M4", "2026-06-01", 200000100),
    ]  # fmt: skip
    assert [written.said_of(row, by="QSSEQ")["QSTIMELI"] for row in rows] == ["MISSED", "MISSED"]
