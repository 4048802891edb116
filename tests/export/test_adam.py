"""ADQS: every answer and score by the diary day, weekly means with baseline and change, and where each came from."""

import csv
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from diary_app.core.correction_facts import ItemChange, Voided
from diary_app.core.facts import AnchorSet
from server.export import tally
from server.export.adam import open_adam
from server.export.adam.columns import variables
from server.services import Services
from tests.export.parts import write_part
from tests.export.test_csv_files import correct
from tests.export.weeks_lived import EVENINGS, SKIPPED, Staged, contents, stage, staged_on, with_second_version

Row = dict[str, str]
OF_ENTRIES = (tally.ENTRIES, tally.EXTRA, tally.ANSWERS, tally.SKIPS)
TEXT, WHOLE = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}
#: What Dataset-JSON 1.1 allows, in the words of its specification.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label", "columns",
    ],
    "properties": {
        "datasetJSONCreationDateTime": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$"},
        "datasetJSONVersion": {"pattern": r"^1\.1(\.(0|[1-9]\d*))?$"},
        "fileOID": TEXT, "dbLastModifiedDateTime": TEXT, "originator": TEXT, "studyOID": TEXT,
        "metaDataVersionOID": TEXT, "metaDataRef": TEXT, "itemGroupOID": TEXT, "name": TEXT, "label": TEXT,
        "sourceSystem": {
            "type": "object", "additionalProperties": False, "required": ["name", "version"],
            "properties": {"name": TEXT, "version": TEXT},
        },
        "records": {"type": "integer", "minimum": 0},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["itemOID", "name", "label", "dataType"],
                "properties": {
                    "itemOID": TEXT, "name": TEXT, "label": TEXT, "length": WHOLE, "keySequence": WHOLE,
                    "displayFormat": TEXT, "targetDataType": {"enum": ["integer", "decimal"]},
                    "dataType": {"enum": ["string", "integer", "float", "date"]},
                },
            },
        },
        "rows": {"type": "array", "items": {"type": "array", "items": {"type": ["string", "number", "null"]}}},
    },
}  # fmt: skip


@pytest.fixture
def folder(weeks: Staged, tmp_path: Path) -> Path:
    weeks.write(open_adam, tmp_path / "adam")
    return tmp_path / "adam"


@pytest.fixture
def rows(folder: Path) -> list[Row]:
    return read(folder)


def read(folder: Path) -> list[Row]:
    with (folder / "adqs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(rows: list[Row], code: str, site: str = "01") -> list[Row]:
    return [row for row in rows if (row["PARAMCD"], row["SITEID"]) == (code, site)]


def daily(rows: list[Row], code: str, day: str) -> Row:
    (found,) = [row for row in of(rows, code) if row["ADT"] == day and not row["DTYPE"]]
    return found


def weekly(rows: list[Row], code: str) -> dict[str, Row]:
    return {row["AVISIT"]: row for row in of(rows, code) if row["DTYPE"] == "AVERAGE"}


@pytest.mark.usefixtures("lived")
def test_every_answer_of_every_entry_is_there_once(services: Services, tmp_path: Path) -> None:
    entries = {entry.version.body.diary_day: entry.version.id for entry in stage(services).alice.entries}
    correct(services, entries[date(2026, 11, 23)], ItemChange(item="DMD01", old=6, new=1))
    correct(services, entries[date(2026, 11, 24)], Voided())
    written, there = write_part(open_adam, services, tmp_path / "adam")
    assert written == Counter({name: there[name] for name in OF_ENTRIES})
    assert written[tally.SKIPS] == 2
    corrected = daily(read(tmp_path / "adam"), "DMD01", "2026-11-23")
    assert (corrected["AVAL"], corrected["QSCORRFL"]) == ("1", "Y")


def test_both_databases_and_every_run_give_the_same_bytes(
    weeks: Staged, migrated_postgresql: str, tmp_path: Path
) -> None:
    other = staged_on(migrated_postgresql, tmp_path / "var")
    for staged, name in ((weeks, "one"), (weeks, "again"), (other, "other")):
        staged.write(open_adam, tmp_path / name)
    first = contents(tmp_path / "one")
    assert set(first) == {"adqs.csv", "adqs.json", "adqs.ndjson", "adqs.xpt", "define.xml"}
    assert contents(tmp_path / "again") == first
    assert contents(tmp_path / "other") == first


def test_a_study_without_anybody_is_a_dataset_without_rows(services: Services, tmp_path: Path) -> None:
    written, _ = write_part(open_adam, services, tmp_path / "adam")
    assert +written == {}
    found = json.loads((tmp_path / "adam" / "adqs.json").read_text())
    assert (found["records"], found["rows"]) == (0, [])


def test_baseline_is_the_mean_of_the_seven_days_before_the_treatment(rows: list[Row]) -> None:
    baseline = weekly(rows, "DMD01")["Baseline"]
    assert (baseline["AVAL"], baseline["AVGDAYS"], baseline["ABLFL"]) == ("8.1667", "6", "Y")
    assert (baseline["ADT"], baseline["ADY"], baseline["AVISITN"]) == ("2026-11-30", "-1", "0")
    assert {row["BASE"] for row in of(rows, "DMD01")} == {"8.1667"}
    assert [row["PARAMCD"] for row in rows if row["ABLFL"]].count("DMD01") == 1


def test_entries_after_midnight_and_in_the_morning_are_of_their_diary_day(rows: list[Row]) -> None:
    midnight, morning = daily(rows, "DMD01", "2026-11-28"), daily(rows, "DMD01", "2026-11-30")
    assert (midnight["QSDTC"], midnight["ADY"], midnight["AVISIT"]) == ("2026-11-29T00:40:00", "-3", "Baseline")
    assert (morning["QSDTC"], morning["ADY"], morning["AVISIT"]) == ("2026-12-01T11:00:00", "-1", "Baseline")
    assert (morning["QSTIMELI"], morning["ANL02FL"], morning["APHASE"]) == ("LATE", "Y", "BEFORE TREATMENT 1")
    evening = daily(rows, "DMD01", "2026-12-01")
    assert (evening["ADY"], evening["AVISIT"], evening["APHASE"]) == ("1", "Week 1", "TREATMENT 1 TO 2")


def test_a_weekly_mean_takes_four_days_and_changes_from_baseline(rows: list[Row]) -> None:
    assert set(weekly(rows, "DMD01")) == {"Baseline", "Week 1"}
    first = weekly(rows, "DMD01")["Week 1"]
    assert (first["AVAL"], first["CHG"], first["ANL01FL"], first["AVGDAYS"]) == ("5.25", "-2.9167", "Y", "4")
    assert set(weekly(rows, "DMDTOT")) == {"Baseline"}  # three of its four evenings have a total
    assert Decimal(daily(rows, "DMD01", "2026-12-02")["CHG"]) == 6 - Decimal("8.1667")
    assert {row["CHG"] for row in rows if row["ADY"].startswith("-")} == {""}


def test_ranks_of_a_choice_are_kept_by_day_and_not_averaged(rows: list[Row]) -> None:
    assert len(of(rows, "DMD06")) == len(EVENINGS)
    assert weekly(rows, "DMD06") == {}


def test_an_answer_names_its_row_of_qs(rows: list[Row], weeks: Staged) -> None:
    days = (date(2026, 12, 2) - weeks.about.study.day_zero).days
    row = daily(rows, "DMD03", "2026-12-02")
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == ("QS", "QSSTRESN", str(days * 1000 + 1 * 50 + 3))
    total = daily(rows, "DMDTOT", "2026-12-02")
    assert (total["SRCSEQ"], total["QSGRPID"]) == ("", row["QSGRPID"])
    assert (total["SCORVER"], total["ANSWERED"], total["ITEMS"]) == ("1", "5", "5")


def test_a_skipped_question_has_no_value_and_its_reason(rows: list[Row]) -> None:
    preferred, none = daily(rows, "DMD02", SKIPPED.isoformat()), daily(rows, "DMD04", SKIPPED.isoformat())
    assert (preferred["AVAL"], preferred["QSREASND"]) == ("", "PARTICIPANT PREFERRED NOT TO ANSWER")
    assert (none["AVAL"], none["QSREASND"], none["ANL02FL"]) == ("", "NOT APPLICABLE", "")
    assert daily(rows, "DMDTOT", SKIPPED.isoformat())["AVAL"] == ""


def test_without_a_treatment_there_are_days_and_no_weeks(rows: list[Row]) -> None:
    bob = [row for row in rows if row["SITEID"] == "02"]
    assert len(bob) == 7
    for name in ("TR01SDT", "TR02SDT", "ADY", "QSDYT2", "AVISIT", "BASE", "CHG", "DTYPE"):
        assert {row[name] for row in bob} == {""}


def test_a_planned_treatment_counts_no_days(rows: list[Row]) -> None:
    assert {row["QSDYT2"] for row in rows} == {""}
    assert {row["TR01SDT"] for row in of(rows, "DMD01")} == {"2026-12-01"}


def test_an_extra_entry_is_in_no_mean(weeks: Staged, tmp_path: Path) -> None:
    extra = date(2026, 11, 24)
    days = [replace(day, not_expected="travel") if day.diary_day == extra else day for day in weeks.alice.days]
    days = [replace(day, state="extra") if day.diary_day == extra else day for day in days]
    written, there = replace(weeks, people=[replace(weeks.alice, days=days)]).write(open_adam, tmp_path / "adam")
    assert written[tally.EXTRA] == there[tally.EXTRA] == 1
    rows = read(tmp_path / "adam")
    row = daily(rows, "DMD01", extra.isoformat())
    assert (row["QSTIMELI"], row["ANL02FL"], row["AVAL"]) == ("EXTRA", "", "7")
    assert weekly(rows, "DMD01")["Baseline"]["AVAL"] == "8.4"  # (7+8+8+9+10) / 5


def test_versions_of_the_questionnaire_share_their_parameters(weeks: Staged, tmp_path: Path) -> None:
    written, there = with_second_version(weeks).write(open_adam, tmp_path / "adam")
    assert written == Counter({name: there[name] for name in OF_ENTRIES})
    rows = read(tmp_path / "adam")
    assert [(row["ADT"], row["QSVERS"]) for row in of(rows, "DMD07")] == [("2026-12-15", "2.0")]
    assert len(of(rows, "DMD05")) >= len(EVENINGS)
    names = {(row["PARAMCD"], row["PARAM"], row["PARAMN"]) for row in rows}
    assert len(names) == len({code for code, _, _ in names}) == len({number for _, _, number in names})


def test_rows_are_in_one_order_and_no_two_have_the_same_key(rows: list[Row], weeks: Staged) -> None:
    keys = [(row["USUBJID"], int(row["PARAMN"]), row["ADT"], row["DTYPE"]) for row in rows]
    assert keys == sorted(set(keys))
    for site in ("01", "02"):
        assert [int(row["ASEQ"]) for row in rows if row["SITEID"] == site] == list(
            range(1, 1 + sum(row["SITEID"] == site for row in rows))
        )


def test_dataset_json_is_as_the_standard_has_it(folder: Path, rows: list[Row]) -> None:
    text = (folder / "adqs.json").read_text()
    found: dict[str, Any] = json.loads(text)
    Draft202012Validator(SCHEMA).validate(found)
    assert list(found)[:2] == ["datasetJSONCreationDateTime", "datasetJSONVersion"]
    assert list(found)[-2:] == ["columns", "rows"]
    assert found["records"] == len(found["rows"]) == len(rows)
    assert found["datasetJSONCreationDateTime"] == "2026-12-15T20:00:00.000Z"


def test_all_three_files_hold_the_same_rows(folder: Path, rows: list[Row]) -> None:
    found = json.loads((folder / "adqs.json").read_text())
    head, *lines = (folder / "adqs.ndjson").read_text().splitlines()
    assert json.loads(head) == {name: value for name, value in found.items() if name != "rows"}
    assert [json.loads(line) for line in lines] == found["rows"]
    numbers = {column["name"] for column in found["columns"] if column["dataType"] in ("integer", "float")}
    for row, values in zip(rows, found["rows"], strict=True):
        for column, value in zip(found["columns"], values, strict=True):
            name = column["name"]
            text = "" if value is None else str(value)
            assert Decimal(row[name]) == Decimal(text) if name in numbers and text else row[name] == text


def test_names_and_labels_fit_every_format(weeks: Staged) -> None:
    columns = variables(weeks.about.study)
    assert [one.name for one in columns if len(one.name) > 8 or len(one.label) > 40 or not one.meaning] == []
    assert len({one.name for one in columns}) == len({one.label for one in columns}) == len(columns)
    assert all(bool(one.length) == (one.kind == "string") and one.length <= 200 for one in columns)


def test_a_test_transfer_is_labelled_so(weeks: Staged, tmp_path: Path) -> None:
    replace(weeks, about=replace(weeks.about, is_test=True)).write(open_adam, tmp_path / "adam")
    found = json.loads((tmp_path / "adam" / "adqs.json").read_text())
    assert found["label"] == "TEST Diary and Questionnaire Analysis"
    assert len(found["label"]) <= 40


def test_a_week_within_which_a_treatment_was_given_has_no_phase(weeks: Staged, tmp_path: Path) -> None:
    day = date(2026, 12, 4)
    given = AnchorSet(anchor="treatment_2", planned=day, actual=day, actual_time="10:00")
    last = weeks.alice.facts[-1]
    fact = replace(last, id="given", at=weeks.about.cut.at, revision=last.revision + 1, detail=given)
    alice = replace(weeks.alice, facts=[*weeks.alice.facts, fact])
    replace(weeks, people=[alice]).write(open_adam, tmp_path / "adam")
    rows = read(tmp_path / "adam")
    means = weekly(rows, "DMD01")
    phases = {name: (one["APHASE"], one["APHASEN"], one["QSDYT1"], one["QSDYT2"]) for name, one in means.items()}
    assert phases["Week 1"] == ("", "", "7", "")
    assert phases["Baseline"] == ("BEFORE TREATMENT 1", "1", "-1", "-4")
    days = {row["APHASE"] for row in of(rows, "DMD01") if row["AVISIT"] == "Week 1" and not row["DTYPE"]}
    assert days == {"TREATMENT 1 TO 2", "AFTER TREATMENT 2"}
