"""The CSV of a bundle: everything is accounted for, by whatever database, and nothing in it is carried out."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.correction_facts import ItemChange, Voided
from diary_app.core.facts import AnchorSet, ParticipantAdded, Randomised, Status, StatusSet
from diary_app.core.times import format_utc
from server.export import tally
from server.export.content import CutKind
from server.export.csv_columns import COMPLIANCE, COMPLIANCE_BY_DAY, DICTIONARY, EXPECTED_DAYS, LONG, WEEKLY_MEANS, WIDE
from server.export.csv_part import open_csv
from server.export.csv_table import Cells, harmless
from server.export.dictionary import Column
from server.export.participant import Row
from server.services import Services
from tests.conftest import ALICE
from tests.export.conftest import Files
from tests.export.parts import write_part
from tests.export.test_csv_files import correct
from tests.export.weeks_lived import EVENINGS, FORMULA, Staged, contents, stage, staged_on, with_second_version
from tests.server.handset import add, record_fact


@pytest.fixture
def files(weeks: Staged, tmp_path: Path) -> Files:
    weeks.write(open_csv, tmp_path / "csv")
    return Files(tmp_path / "csv")


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("kind", CutKind)
def test_what_was_written_is_what_there_was(services: Services, tmp_path: Path, kind: CutKind) -> None:
    written, there = write_part(open_csv, services, tmp_path / "csv", kind)
    assert written == there
    assert written[tally.PARTICIPANTS] == 2
    assert written["unknown"] > 0


@pytest.mark.usefixtures("lived")
def test_corrections_and_voids_are_counted_as_they_stand(services: Services, tmp_path: Path) -> None:
    entries = {entry.version.body.diary_day: entry.version.id for entry in stage(services).alice.entries}
    correct(services, entries[date(2026, 11, 23)], ItemChange(item="DMD01", old=6, new=1))
    correct(services, entries[date(2026, 11, 24)], Voided())
    written, there = write_part(open_csv, services, tmp_path / "csv")
    assert written == there
    assert written[tally.ENTRIES] == 2


def test_both_databases_and_every_run_give_the_same_bytes(
    weeks: Staged, migrated_postgresql: str, tmp_path: Path
) -> None:
    other = staged_on(migrated_postgresql, tmp_path / "var")
    for staged, name in ((weeks, "one"), (weeks, "again"), (other, "other")):
        staged.write(open_csv, tmp_path / name)
    first = contents(tmp_path / "one")
    assert len(first) == 8
    assert contents(tmp_path / "again") == first
    assert contents(tmp_path / "other") == first


def test_a_study_without_anybody_has_files_with_heads_alone(services: Services, tmp_path: Path) -> None:
    written, there = write_part(open_csv, services, tmp_path / "csv")
    assert +written == +there == {}
    files = Files(tmp_path / "csv")
    assert files.long == files.wide == files.expected == []
    assert [row["level"] for row in files.rows(COMPLIANCE)] == ["all"] * 4


def test_weeks_count_from_the_treatment_by_the_diary_day(files: Files) -> None:
    rows = {row["week"]: row for row in files.rows(WEEKLY_MEANS)}
    assert list(rows) == ["-1", "0", "1", "2"]
    assert [rows["0"][name] for name in ("first_day", "last_day")] == ["2026-11-24", "2026-11-30"]
    assert [rows["1"][name] for name in ("first_day", "last_day")] == ["2026-12-01", "2026-12-07"]
    assert {row["siteid"] for row in rows.values()} == {"01"}


def test_baseline_has_the_entries_of_its_nights_whenever_they_were_saved(files: Files) -> None:
    baseline = next(row for row in files.rows(WEEKLY_MEANS) if row["week"] == "0")
    assert (baseline["expected_days"], baseline["entry_days"], baseline["usable"]) == ("7", "6", "yes")
    assert (baseline["DMD01_days"], baseline["DMD01_mean"]) == ("6", "8.1667")  # (7+7+8+8+9+10) / 6
    saved = {row["diary_day"]: row["captured_local"] for row in files.wide}
    assert (saved["2026-11-28"], saved["2026-11-30"]) == ("2026-11-29T00:40:00", "2026-12-01T11:00:00")


def test_a_mean_takes_four_days_with_a_value(files: Files) -> None:
    rows = {row["week"]: row for row in files.rows(WEEKLY_MEANS)}
    first, second = rows["1"], rows["2"]
    assert (first["usable"], first["DMD01_days"], first["DMD01_mean"]) == ("yes", "4", "5.25")
    assert (first["DMDTOT_days"], first["DMDTOT_mean"]) == ("3", "")
    assert (second["usable"], second["entry_days"], second["DMD01_mean"]) == ("no", "3", "")


def test_a_week_is_told_once_it_is_over(weeks: Staged, tmp_path: Path) -> None:
    last_evening_is_open = datetime(2026, 12, 8, 10, 59, tzinfo=UTC)
    for moment, name in ((last_evening_is_open, "before"), (last_evening_is_open + timedelta(minutes=1), "after")):
        weeks.at(moment).write(open_csv, tmp_path / name)
    told = [[row["week"] for row in Files(tmp_path / name).rows(WEEKLY_MEANS)] for name in ("before", "after")]
    assert told == [["-1", "0"], ["-1", "0", "1"]]


def test_compliance_adds_up_from_participants_to_all(files: Files, weeks: Staged) -> None:
    rows, now = files.rows(COMPLIANCE), format_utc(weeks.about.cut.at)
    over = Counter(row["state"] for row in files.expected if row["late_until_utc"] <= now)
    for level in ("participant", "site", "all"):
        of_level = [row for row in rows if row["level"] == level and row["period"] != "all"]
        whole = [row for row in rows if row["level"] == level and row["period"] == "all"]
        for name in ("done", "late", "missed", "unknown", "excused"):
            assert sum(int(row[name]) for row in of_level) == sum(int(row[name]) for row in whole) == over[name]
        assert sum(int(row["expected"]) for row in whole) == over.total()


def test_rates_have_both_readings_with_their_denominators(weeks: Staged, tmp_path: Path) -> None:
    days = [replace(day, state="excused") if day.state == "missed" else day for day in weeks.alice.days]
    replace(weeks, people=[replace(weeks.alice, days=days)]).write(open_csv, tmp_path / "csv")
    row = next(row for row in Files(tmp_path / "csv").rows(COMPLIANCE) if row["period"] == "all")
    expected, filled, excused = int(row["expected"]), len(EVENINGS) - 1, int(row["excused"])
    assert excused > 0
    assert (row["on_time_or_late_excused_out_n"], row["on_time_or_late_excused_out_of"]) == (
        str(filled), str(expected - excused)
    )  # fmt: skip
    assert row["on_time_or_late_excused_as_missed_of"] == str(expected)
    assert row["on_time_excused_as_missed_n"] == str(filled - 1)  # the one at 11:00 was late
    assert row["received_excused_as_missed_n"] == str(filled)


def test_each_study_day_has_the_fixed_denominator_of_all_who_were_randomised(weeks: Staged, tmp_path: Path) -> None:
    randomised = [fact for fact in weeks.alice.facts if isinstance(fact.detail, Randomised)]
    stopped = replace(weeks.alice, id="01-002", facts=[*weeks.alice.facts, *randomised], days=[], entries=[])
    replace(weeks, people=[weeks.alice, stopped]).write(open_csv, tmp_path / "csv")
    row = next(
        row
        for row in Files(tmp_path / "csv").rows(COMPLIANCE_BY_DAY)
        if row["level"] == "all" and row["study_day"] == "1"
    )
    assert (row["variable_excused_out_n"], row["variable_excused_out_of"]) == ("1", "1")
    assert (row["fixed_excused_out_n"], row["fixed_excused_out_of"], row["fixed_excused_out_percent"]) == (
        "1", "2", "50.0"
    )  # fmt: skip


def test_a_randomised_participant_without_a_phone_is_in_the_fixed_denominator_and_in_no_sum(
    weeks: Staged, tmp_path: Path
) -> None:
    randomised = [fact for fact in weeks.alice.facts if isinstance(fact.detail, Randomised | ParticipantAdded)]
    without_phone = replace(weeks.alice, id="01-002", facts=randomised, days=[], entries=[])
    screened = StatusSet(status=Status.SCREEN_FAILURE, effective=date(2026, 11, 22), reason="protocol")
    facts = [*randomised, replace(randomised[-1], id="screened", revision=999, detail=screened)]
    failed = replace(without_phone, id="01-003", facts=facts)
    replace(weeks, people=[weeks.alice, without_phone, failed]).write(open_csv, tmp_path / "csv")
    files = Files(tmp_path / "csv")
    by_day = [row for row in files.rows(COMPLIANCE_BY_DAY) if row["study_day"] == "1"]
    assert [(row["randomised"], row["fixed_excused_out_of"], row["expected"]) for row in by_day] == [
        ("2", "2", "1")
    ] * 2
    summed = [row for row in files.rows(COMPLIANCE) if row["level"] != "participant" and row["period"] == "all"]
    assert [(row["randomised"], row["participants"], row["never_activated"]) for row in summed] == [("2", "1", "1")] * 2


def test_a_fixed_rate_says_how_many_had_reached_the_day_by_the_cut(weeks: Staged, tmp_path: Path) -> None:
    treated = next(fact for fact in weeks.alice.facts if isinstance(fact.detail, AnchorSet) and fact.detail.actual)
    kept = [fact for fact in weeks.alice.facts if not isinstance(fact.detail, AnchorSet)]
    later = {name: treated.detail.actual + timedelta(days=7) for name in ("planned", "actual")}
    behind = replace(treated, detail=treated.detail.model_copy(update=later))
    stopped = replace(weeks.alice, id="01-002", facts=[*kept, behind], days=[], entries=[])
    untreated = replace(weeks.alice, id="01-003", facts=kept, days=[], entries=[])
    last_evening_is_open = datetime(2026, 12, 15, 10, 59, tzinfo=UTC)  # of day 14
    reached = {}
    for minutes in (0, 1):
        moved = weeks.at(last_evening_is_open + timedelta(minutes=minutes))
        replace(moved, people=[weeks.alice, stopped, untreated]).write(open_csv, tmp_path / str(minutes))
        rows = [row for row in Files(tmp_path / str(minutes)).rows(COMPLIANCE_BY_DAY) if row["level"] == "all"]
        assert {row["randomised"] for row in rows} == {"3"}
        reached[minutes] = {row["study_day"]: row["reached"] for row in rows}
    assert [reached[0].get(day) for day in ("-7", "6", "7", "13", "14")] == ["2", "2", "1", "1", None]
    assert [reached[1].get(day) for day in ("-7", "6", "7", "8", "14")] == ["2", "2", "2", "1", "1"]


def test_a_screen_failure_is_in_no_sum_and_counted_beside_it(services: Services, tmp_path: Path) -> None:
    add(services, ALICE)
    today = services.environment.now().date()
    record_fact(services, ALICE, StatusSet(status=Status.SCREEN_FAILURE, effective=today, reason="criteria"))
    write_part(open_csv, services, tmp_path / "csv")
    rows = Files(tmp_path / "csv").rows(COMPLIANCE)
    assert {row["counted"] for row in rows if row["level"] == "participant"} == {"screen_failure"}
    assert {(row["screen_failures"], row["participants"]) for row in rows if row["level"] == "all"} == {("1", "0")}


def test_entries_of_both_versions_of_a_questionnaire_stand_in_one_file(weeks: Staged, tmp_path: Path) -> None:
    staged = with_second_version(weeks)
    written, there = staged.write(open_csv, tmp_path / "csv")
    assert written == there
    rows = [row for row in Files(tmp_path / "csv").wide if row["siteid"] == "01"]
    assert [row["DMD07"] for row in rows] == [""] * (len(EVENINGS) - 1) + ["2"]
    assert rows[-1]["DMDTOT_scoring_version"] == "2"


def test_a_text_that_a_spreadsheet_would_carry_out_is_made_text(files: Files) -> None:
    bob = next(row for row in files.wide if row["siteid"] == "02")
    assert bob["app_version"] == f"'{FORMULA}"


def test_numbers_stay_numbers_and_only_beginnings_are_changed(files: Files) -> None:
    since = {row["diary_day"]: row["days_since_treatment_1"] for row in files.wide if row["siteid"] == "01"}
    assert (since["2026-11-24"], since["2026-12-01"]) == ("-7", "1")
    assert [harmless(text) for text in ("+1", "-1+1", "@x", "\t=1", "a;=1", "=")] == [
        "'+1", "'-1+1", "'@x", "'\t'=1", "a;'=1", "'="
    ]  # fmt: skip
    assert [harmless(text) for text in ("a=1", "1-2", "", "e@x", "Thick; sticky", "-1.5")] == [
        "a=1", "1-2", "", "e@x", "Thick; sticky", "-1.5"
    ]  # fmt: skip


def test_the_dictionary_explains_every_column_of_every_file(files: Files) -> None:
    explained = [(row["file"], row["column"]) for row in files.dictionary if row["meaning"]]
    heads = []
    for file in sorted(files.folder.iterdir()):
        if file.name != DICTIONARY:
            with file.open(encoding="utf-8", newline="") as text:
                heads += [(file.name, name) for name in next(csv.reader(text))]
    assert sorted(heads) == sorted(explained)


def test_every_row_of_a_test_transfer_says_so_in_the_same_columns(weeks: Staged, files: Files, tmp_path: Path) -> None:
    replace(weeks, about=replace(weeks.about, is_test=True)).write(open_csv, tmp_path / "test")
    test = Files(tmp_path / "test")
    for name in (LONG, WIDE, EXPECTED_DAYS, WEEKLY_MEANS, COMPLIANCE):
        assert {row["transfer"] for row in files.rows(name)} == {"study"}
        assert {row["transfer"] for row in test.rows(name)} == {"TEST"}
        assert list(test.rows(name)[0]) == list(files.rows(name)[0])


@pytest.mark.parametrize("text", ["-1+1", "-cmd", "=1", "+1", "@x", "＝1", "\t=1", 'a";=1', "=", "-"])
def test_no_line_with_a_formula_is_taken_for_plain(text: str) -> None:
    columns = [Column("number", "whole number", ""), Column("text", "text", ""), Column("last", "decimal", "")]
    for sign in (-1, 1):
        row: Row = {"number": sign, "text": text, "last": 2 * sign}
        (cells,) = csv.reader([Cells(columns).of(row)])
        assert cells == [str(row["number"]), harmless(text), str(row["last"])]
        assert cells[1] != text
