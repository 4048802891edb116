"""CSV: every expected day is there once, answers are where they belong, and the files agree with each other."""

import pytest

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    ItemChange,
    Voided,
    WaiverReason,
)
from server.access.acting import Acting
from server.intake import corrections
from server.intake.corrections import Wanted
from server.services import Services
from tests.conftest import ALICE
from tests.export.conftest import Export, counted

pytestmark = pytest.mark.usefixtures("lived")


def test_every_expected_day_has_one_row_with_its_state(export: Export) -> None:
    assert export("bundle").states("001") | {} == export("again").states("001")
    alice = {row["diary_day"]: row["state"] for row in export("third").expected if row["siteid"] == "01"}
    assert alice == {
        "2026-11-23": "done",
        "2026-11-24": "late",
        "2026-11-25": "missed",
        "2026-11-26": "done",
        "2026-11-27": "excused",
        "2026-11-28": "open",
    }


def test_a_silent_phone_is_unknown_and_never_missed(export: Export) -> None:
    bob = [row for row in export("bundle").expected if row["siteid"] == "02"]
    closed = [row for row in bob if row["state"] != "open"]
    assert closed
    assert {(row["state"], row["reason"]) for row in closed} == {("unknown", "silent")}


def test_days_filled_in_agree_across_the_files(export: Export) -> None:
    files = export("bundle")
    filled = [row for row in files.expected if row["state"] in ("done", "late")]
    assert len(files.wide) == len(filled)
    assert len(files.long) == 6 * len(filled)
    assert counted(files.wide) == counted(filled)


def test_no_day_is_doubled(export: Export) -> None:
    keys = [(row["usubjid"], row["instrument"], row["diary_day"]) for row in export("bundle").expected]
    assert len(keys) == len(set(keys))


def test_a_skipped_item_keeps_its_reason_and_no_value(export: Export) -> None:
    rows = {row["item"]: row for row in export("bundle").long if row["diary_day"] == "2026-11-26"}
    assert (rows["DMD02"]["value"], rows["DMD02"]["answer_status"]) == ("", "prefer_not_to_answer")
    assert (rows["DMD04"]["value"], rows["DMD04"]["answer_status"]) == ("", "not_applicable")
    assert (rows["DMD01"]["value"], rows["DMD01"]["answer_status"]) == ("9", "answered")


def test_scores_stand_in_the_wide_file_with_their_rule(export: Export) -> None:
    first = next(row for row in export("bundle").wide if row["diary_day"] == "2026-11-23")
    assert (first["DMDTOT_score"], first["DMDTOT_answered"]) == ("40", "5")  # (6+5+4+3+2) / 5 x 10
    assert first["DMDDRY_score"] == "6"
    assert first["DMDTOT_scoring_version"]


def test_a_score_with_too_few_answers_stays_empty(export: Export) -> None:
    skipped = next(row for row in export("bundle").wide if row["diary_day"] == "2026-11-26")
    assert (skipped["DMDTOT_score"], skipped["DMDTOT_answered"]) == ("", "3")


def test_days_since_a_treatment_have_no_zero(export: Export) -> None:
    since = {
        row["diary_day"]: row["days_since_treatment_1"] for row in export("bundle").expected if row["siteid"] == "01"
    }
    assert [since[f"2026-11-{day}"] for day in (23, 24, 25, 26)] == ["-2", "-1", "1", "2"]
    assert {row["days_since_treatment_2"] for row in export("other").expected} == {""}


def test_capture_is_local_and_utc_beside_the_diary_day(export: Export) -> None:
    late = next(row for row in export("bundle").wide if row["state"] == "late")
    assert late["diary_day"] == "2026-11-24"
    assert (late["captured_local"], late["captured_utc"]) == ("2026-11-25T08:00:00", "2026-11-25T07:00:00.000Z")
    assert (late["utc_offset_minutes"], late["zone"]) == ("60", "Europe/Copenhagen")
    assert late["late_reason"] == "forgot"


def test_the_dictionary_explains_every_column(export: Export) -> None:
    files = export("bundle")
    explained = {(row["file"], row["column"]) for row in files.dictionary}
    for name in ("long.csv", "wide.csv", "expected_days.csv"):
        assert {(name, column) for column in files.rows(name)[0]} <= explained


def test_the_same_data_give_the_same_bytes(export: Export) -> None:
    one, two = export("one"), export("two")
    for file in sorted(one.folder.iterdir()):
        assert file.read_bytes() == (two.folder / file.name).read_bytes()


def test_a_corrected_value_stands_beside_the_one_given(export: Export, services: Services) -> None:
    first = next(row for row in export("before").wide if row["diary_day"] == "2026-11-23")
    correct(services, first["entry_id"], ItemChange(item="DMD01", old=6, new=1))
    files = export("after")
    row = next(row for row in files.wide if row["diary_day"] == "2026-11-23")
    assert (row["DMD01"], row["DMDDRY_score"], row["corrected"]) == ("1", "1", "DMD01")
    assert (row["captured_utc"], row["entry_id"]) == (first["captured_utc"], first["entry_id"])
    answers = {row["item"]: row for row in files.long if row["diary_day"] == "2026-11-23"}
    assert (answers["DMD01"]["value"], answers["DMD01"]["value_as_given"]) == ("1", "6")
    assert (answers["DMD02"]["value"], answers["DMD02"]["value_as_given"]) == ("5", "")
    others = [row for row in files.long if row["diary_day"] != "2026-11-23"]
    assert {(row["corrected"], row["value_as_given"]) for row in others} == {("", "")}


def test_a_voided_entry_is_in_no_file(export: Export, services: Services) -> None:
    late = next(row for row in export("before").wide if row["diary_day"] == "2026-11-24")
    correct(services, late["entry_id"], Voided())
    files = export("after")
    assert [row for row in (*files.wide, *files.long) if row["diary_day"] == "2026-11-24"] == []
    assert files.states("001")["2026-11-24"] != "late"
    assert len(files.wide) == len([row for row in files.expected if row["state"] in ("done", "late")])


def correct(services: Services, entry: str, change: CorrectionChange) -> None:
    """Asked for, waived and approved at the command line."""
    who, now = Acting("command line", is_operator=True), services.environment.now()
    asked = Wanted(entry, change, CorrectionSource.CALL, now.date(), CorrectionReason.TAPPED_WRONG)
    with services.engine.begin() as connection:
        key = corrections.request(connection, services, ALICE, asked, who=who, at=now).id
        corrections.waive(connection, services, ALICE, key, WaiverReason.NO_PHONE, who=who, at=now)
        corrections.approve(connection, services, ALICE, key, who=who, at=now)
