"""Study days, epochs and baseline follow the treatments as the latest facts have them, whenever that was said."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.facts import AnchorSet
from diary_app.core.grading import State
from diary_app.core.study import AnchorRule
from tests.export.sdtm.people import STUDY, about, day, entry, evening, given, person, write
from tests.export.sdtm.staging import Written

FIRST = date(2026, 3, 10)
SECOND = date(2026, 7, 10)
DAYS = (date(2026, 3, 8), date(2026, 3, 9), FIRST, date(2026, 7, 9), SECOND)


def lived(folder: Path, *facts: AnchorSet) -> Written:
    return write(folder, [person([entry(one, evening(one)) for one in DAYS], facts=facts)])


def epochs(written: Written) -> list[str]:
    return [row["EPOCH"] for row in written.rows(QSTESTCD="DMD01")]


def said(written: Written, name: str) -> list[str]:
    return [written.said_of(row).get(name, "") for row in written.rows(QSTESTCD="DMD01")]


def flagged(written: Written) -> list[str]:
    return [row["QSSPID"].removeprefix("DMD-") for row in written.rows(QSTESTCD="DMD01", QSLOBXFL="Y")]


def test_without_any_treatment_nothing_is_counted_from_one(tmp_path: Path) -> None:
    written = lived(tmp_path)
    assert {row["QSDY"] for row in written.rows()} == {None}
    assert written.rows(QSLOBXFL="Y") == []
    assert set(epochs(written)) == {"SCREENING"}
    assert set(said(written, "QSDDY") + said(written, "QSDYT1") + said(written, "QSDYT2")) == {""}


def test_a_planned_treatment_is_not_a_given_one(tmp_path: Path) -> None:
    written = lived(tmp_path, AnchorSet(anchor="treatment_1", planned=FIRST))
    assert {row["QSDY"] for row in written.rows()} == {None}
    assert flagged(written) == []


def test_two_treatments_make_three_epochs_and_no_day_zero(tmp_path: Path) -> None:
    written = lived(tmp_path, given("treatment_1", FIRST, "10:00"), given("treatment_2", SECOND))
    assert epochs(written) == ["SCREENING", "SCREENING", "TREATMENT", "TREATMENT", "FOLLOW-UP"]
    assert [row["QSDY"] for row in written.rows(QSTESTCD="DMD01")] == [-2, -1, 1, 122, 123]
    assert said(written, "QSDYT1") == ["-2", "-1", "1", "122", "123"]
    assert said(written, "QSDYT2") == ["-124", "-123", "-122", "-1", "1"]
    assert flagged(written) == ["2026-03-09"]


def test_a_treatment_that_is_never_given_begins_no_epoch(tmp_path: Path) -> None:
    never = AnchorSet(anchor="treatment_2", not_given=SECOND, reason="adverse_event")
    written = lived(tmp_path, given("treatment_1", FIRST), never)
    assert epochs(written)[-1] == "TREATMENT"
    assert set(said(written, "QSDYT2")) == {""}


def test_a_delayed_second_treatment_moves_its_days(tmp_path: Path) -> None:
    planned = AnchorSet(anchor="treatment_2", planned=date(2026, 7, 1))
    later = given("treatment_2", SECOND + timedelta(days=1))
    written = lived(tmp_path, given("treatment_1", FIRST), planned, later)
    assert said(written, "QSDYT2")[-1] == "-1"
    assert epochs(written)[-1] == "TREATMENT"


def test_a_corrected_date_moves_everything_that_is_counted_from_it(tmp_path: Path) -> None:
    written = lived(tmp_path, given("treatment_1", FIRST), given("treatment_1", FIRST - timedelta(days=1)))
    assert [row["QSDY"] for row in written.rows(QSTESTCD="DMD01")][:3] == [-1, 1, 2]
    assert flagged(written) == ["2026-03-08"]
    before = lived(tmp_path / "before", given("treatment_1", FIRST))
    assert [row["QSSEQ"] for row in before.rows()] == [row["QSSEQ"] for row in written.rows()]


@pytest.mark.parametrize(
    ("captured", "time", "baseline"),
    [
        (evening(FIRST, 0), "10:00", "2026-03-09"),  # 01:00, before the start
        (evening(FIRST, 10), "10:00", "2026-03-08"),  # 11:00, an hour after it
        (evening(FIRST, 9), "10:00", "2026-03-08"),  # at the very moment
        (evening(FIRST, 0), None, "2026-03-08"),  # without a time it may have begun at midnight
        (evening(FIRST - timedelta(days=1), 22), None, "2026-03-09"),  # 23:00
    ],
)
def test_the_baseline_was_saved_before_the_treatment_began(
    tmp_path: Path, captured: object, time: str | None, baseline: str
) -> None:
    before = entry(date(2026, 3, 8), evening(date(2026, 3, 8)))
    last = entry(date(2026, 3, 9), captured)  # type: ignore[arg-type]
    written = write(tmp_path, [person([before, last], facts=[given("treatment_1", FIRST, time)])])
    assert flagged(written) == [baseline]


def test_a_skipped_question_has_an_earlier_baseline_of_its_own(tmp_path: Path) -> None:
    skipped: dict[str, int | str] = {f"DMD0{number}": 1 for number in range(1, 7)} | {"DMD02": "prefer_not_to_answer"}
    first, second = date(2026, 3, 8), date(2026, 3, 9)
    entries = [entry(first, evening(first)), entry(second, evening(second), answers=skipped)]
    written = write(tmp_path, [person(entries, facts=[given("treatment_1", FIRST)])])
    assert flagged(written) == ["2026-03-09"]
    assert written.row(QSTESTCD="DMD02", QSLOBXFL="Y")["QSSPID"] == "DMD-2026-03-08"


@pytest.mark.parametrize(("anchors", "expected"), [((), {"TREATMENT"}), (("treatment_1",), {"SCREENING", "TREATMENT"})])
def test_a_study_with_fewer_treatments_has_fewer_epochs(
    tmp_path: Path, anchors: tuple[str, ...], expected: set[str]
) -> None:
    rules = tuple(AnchorRule(id=one, label={}) for one in anchors)
    study = STUDY.model_copy(update={"anchors": rules})
    lived_through = [entry(one, evening(one)) for one in DAYS]
    written = write(tmp_path, [person(lived_through, facts=[given("treatment_1", FIRST)])], about(study=study))
    assert set(epochs(written)) == expected


def test_an_empty_day_lies_where_its_diary_day_does(tmp_path: Path) -> None:
    empty = [day(date(2026, 3, 9), State.MISSED), day(FIRST, State.EXCUSED, "hospitalised")]
    written = write(tmp_path, [person(days=empty, facts=[given("treatment_1", FIRST)])])
    assert [(row["QSDTC"], row["QSDY"], row["EPOCH"], row["QSREASND"]) for row in written.rows()] == [
        ("2026-03-09", -1, "SCREENING", "NOT COMPLETED IN WINDOW"),
        ("2026-03-10", 1, "TREATMENT", "HOSPITALISED"),
    ]
