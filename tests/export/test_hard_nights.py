"""What each format says of the days that are hard to tell: one truth, written by hand, held against all of them.

Nights around treatment 1 and the end of summer time, 00:40 and 11:00, skips, moved dates, a delayed and a never-given
treatment 2, corrections, a void, and days that are locked and unlocked again.
"""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.export.folders import FOLDERS
from tests.export.hard_nights import (
    FILLED,
    HELD,
    LEFT,
    NONE,
    PREFERRED,
    UNLOCKED,
    VOIDED,
    WHILE_LOCKED,
    Evening,
    Evenings,
    Told,
    tell,
)
from tests.export.odm.replay import Book, read

Row = dict[str, Any]
_SKIPPED = {"PARTICIPANT PREFERRED NOT TO ANSWER": PREFERRED, "NOT APPLICABLE": NONE}
_ABSENT = {"asked-declined": PREFERRED, "not-applicable": NONE}
_URN = "urn:xerodiary:extension:"
#: Days without an entry as every format has to tell them: their state, and why it is unknown.
_GONE = {VOIDED: ("missed", ""), LEFT: ("missed", "")}


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(sqlite_template, tmp_path_factory.mktemp("told"))


# ---- readers: what a format says of every diary day that counts ---------------------------------------------------


def of_csv(folder: Path) -> Evenings:
    return evenings(
        (row["subjid"], row["diary_day"], row["captured_local"], since(row), row["item"], answer(row))
        for row in table(folder / "csv" / "long.csv")
    )


def of_wide_csv(folder: Path) -> Evenings:
    return {
        (row["subjid"], row["diary_day"]): Evening(
            row["captured_local"], {f"DMD0{n}": number_or(row[f"DMD0{n}"]) for n in range(1, 7)}, since(row)
        )
        for row in table(folder / "csv" / "wide.csv")
    }


def of_odm(folder: Path) -> Evenings:
    return evenings(
        (row["subjid"], row["diary_day"], row["captured_local"], since(row), row["item"], answer(row))
        for row in book_of(folder).long_rows()
    )


def of_sdtm(folder: Path) -> Evenings:
    beside: dict[str, dict[str, str]] = {}
    for row in dataset(folder / "sdtm" / "suppqs.ndjson"):
        if row["IDVAR"] == "QSGRPID":
            beside.setdefault(row["IDVARVAL"], {})[row["QNAM"]] = row["QVAL"]
    found = []
    for row in dataset(folder / "sdtm" / "qs.ndjson"):
        if row["QSTESTCD"] != "QSALL":
            said = beside[row["QSGRPID"]]
            days = (number(said.get("QSDYT1")), number(said.get("QSDYT2")))
            given = row["QSSTRESN"] if row["QSSTRESN"] is not None else _SKIPPED[row["QSREASND"]]
            subject = row["USUBJID"][-3:]
            found.append((subject, said["QSDDAT"], row["QSDTC"], days, row["QSTESTCD"], given))
    return evenings(found)


def of_adam(folder: Path) -> Evenings:
    rows = [row for row in table(folder / "adam" / "adqs.csv") if row["SRCSEQ"]]
    return evenings(
        (
            row["SUBJID"], row["ADT"], row["QSDTC"], (number(row["QSDYT1"]), number(row["QSDYT2"])), row["PARAMCD"],
            int(row["AVAL"]) if row["AVAL"] else _SKIPPED[row["QSREASND"]],
        )
        for row in rows
    )  # fmt: skip


def of_fhir(folder: Path) -> Evenings:
    """It tells the dates of treatments and leaves the counting to whoever reads it."""
    found: Evenings = {}
    for one in resources(folder, "QuestionnaireResponse"):
        if one["status"] != "entered-in-error":
            day = next(said["valueDate"] for said in one["extension"] if said["url"] == f"{_URN}diary-day")
            answers = {item["linkId"]: fhir_answer(item) for item in one["item"]}
            subject = one["subject"]["reference"][-3:]
            found[subject, day] = Evening(one["authored"][:19], answers, (None, None))
    return found


READERS: dict[str, Callable[[Path], Evenings]] = {
    "csv long": of_csv, "csv wide": of_wide_csv, "odm": of_odm, "sdtm": of_sdtm, "adam": of_adam, "fhir": of_fhir,
}  # fmt: skip


def evenings(said: Any) -> Evenings:
    """From one item after the other; a second time for an item would be a second entry."""
    found: Evenings = {}
    for subject, day, saved, days, item, given in said:
        one = found.setdefault((subject, day), Evening(saved, {}, days))
        assert (one.saved, one.since, item in one.answers) == (saved, days, False)
        found[subject, day] = replace(one, answers={**one.answers, item: given})
    return found


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def dataset(file: Path) -> list[Row]:
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    names = [column["name"] for column in json.loads(head)["columns"]]
    return [dict(zip(names, json.loads(row), strict=True)) for row in rows]


def resources(folder: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (folder / "fhir" / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()]


def book_of(folder: Path) -> Book:
    return read(folder / "odm" / "odm.xml")


def number(text: str | None) -> int | None:
    return int(text) if text else None


def number_or(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def since(row: Row) -> tuple[int | None, int | None]:
    return number(row.get("days_since_treatment_1")), number(row.get("days_since_treatment_2"))


def answer(row: Row) -> int | str:
    return int(row["value"]) if row["answer_status"] == "answered" else str(row["answer_status"])


def fhir_answer(item: Row) -> int | str:
    if "answer" not in item:
        return _ABSENT[item["extension"][0]["valueCode"]]
    (given,) = item["answer"]
    return int(given["valueInteger"] if "valueInteger" in given else given["valueCoding"]["code"])


def without_counting(truth: Evenings) -> Evenings:
    return {key: replace(one, since=(None, None)) for key, one in truth.items()}


# ---- entries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READERS)
def test_every_evening_is_told_as_it_was_lived(told: Told, name: str) -> None:
    truth = without_counting(WHILE_LOCKED) if name == "fhir" else WHILE_LOCKED
    assert READERS[name](told.locked) == truth


@pytest.mark.parametrize("name", READERS)
def test_what_came_for_a_locked_day_counts_once_it_is_unlocked(told: Told, name: str) -> None:
    truth = without_counting(UNLOCKED) if name == "fhir" else UNLOCKED
    assert READERS[name](told.unlocked) == truth


@pytest.mark.parametrize("name", ["csv", "sdtm", "adam", "odm", "fhir", "reference", "states"])
def test_nothing_of_it_is_in_any_file_before(told: Told, name: str) -> None:
    """The trail alone tells what waits."""
    for file in (told.locked / name).iterdir():
        text = file.read_bytes().decode("utf-8", errors="replace")
        assert told.ids["later"] not in text, file
        assert told.ids["held"] not in text, file


@pytest.mark.parametrize("name", FOLDERS)
def test_the_sums_are_those_of_the_tally_while_days_are_locked(told: Told, name: str) -> None:
    said, there = told.sums[name]
    assert said == {what: there[what] for what in said}
    assert there["entries"] == len(WHILE_LOCKED)


# ---- days without an entry ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["csv", "states", "odm"])
def test_a_locked_day_without_an_entry_says_why_it_is_unknown(told: Told, name: str) -> None:
    def state(folder: Path, day: object) -> tuple[str, str]:
        rows = list(book_of(folder).expected_rows()) if name == "odm" else table(folder / name / "expected_days.csv")
        (row,) = [row for row in rows if (row["subjid"], row["diary_day"]) == ("001", str(day))]
        return row["state"], row.get("reason", "")

    assert state(told.locked, HELD) == ("unknown", "after_lock")
    assert state(told.locked, FILLED) == state(told.unlocked, FILLED) == state(told.unlocked, HELD) == ("done", "")
    assert {day: state(told.locked, day) for day in _GONE} == _GONE


def test_the_same_in_qs(told: Told) -> None:
    def empty(folder: Path) -> dict[str, str]:
        rows = dataset(folder / "sdtm" / "qs.ndjson")
        return {row["QSDTC"]: row["QSREASND"] for row in rows if row["QSTESTCD"] == "QSALL" and row["QSSTAT"] and
                row["USUBJID"].endswith("001")}  # fmt: skip

    locked, unlocked = empty(told.locked), empty(told.unlocked)
    assert locked[str(HELD)] == "NOT DECIDED BEFORE CUT-OFF"
    assert {locked[str(day)] for day in _GONE} == {"NOT COMPLETED IN WINDOW"}
    assert locked.keys() - unlocked.keys() == {str(HELD)}
    assert str(FILLED) not in locked


def test_the_same_in_fhir(told: Told) -> None:
    def tasks(folder: Path) -> dict[str, tuple[str, str, str]]:
        return {
            one["id"].removeprefix("01-001-DMD-"): (
                one["status"], one["businessStatus"]["text"], one["statusReason"]["coding"][0]["code"],
            )
            for one in resources(folder, "Task")
            if one["id"].startswith("01-001-DMD-")
        }  # fmt: skip

    locked, unlocked = tasks(told.locked), tasks(told.unlocked)
    assert locked[str(HELD)] == ("failed", "unknown", "after_lock")
    assert {locked[str(day)] for day in _GONE} == {("failed", "missed", "not_completed_in_window")}
    assert locked.keys() - unlocked.keys() == {str(HELD)}


# ---- baseline, weeks and epochs -----------------------------------------------------------------------------------


def test_weeks_and_baseline_follow_the_date_as_it_was_corrected(told: Told) -> None:
    """By the 26th the baseline would have lost its last night. While days are locked, three have a value: no mean."""
    for folder, week in ((told.locked, None), (told.unlocked, ("4", "3.25"))):
        means = {row["week"]: row for row in table(folder / "csv" / "weekly_means.csv") if row["usubjid"][-3:] == "001"}
        daily = [one for name, one in means.items() if name in ("0", "1")]
        assert [(row["first_day"], row["last_day"]) for row in daily] == [
            ("2026-10-20", "2026-10-26"), ("2026-10-27", "2026-11-02"),
        ]  # fmt: skip
        rows = [row for row in table(folder / "adam" / "adqs.csv") if row["PARAMCD"] == "DMD01" and row["DTYPE"]]
        found = {row["AVISIT"]: (row["AVGDAYS"], row["AVAL"]) for row in rows if row["SUBJID"] == "001"}
        assert found["Baseline"] == ("6", "6.5")  # 6 6 6 6 9 6
        assert found.get("Week 1") == week


def test_the_last_answer_before_treatment_is_of_its_first_night(told: Told) -> None:
    rows = dataset(told.locked / "sdtm" / "qs.ndjson")
    flagged = {(row["USUBJID"][-3:], row["QSTESTCD"]): row["QSDTC"] for row in rows if row["QSLOBXFL"]}
    assert {when for (who, _), when in flagged.items() if who == "001"} == {"2026-10-27T00:40:00"}
    assert [who for who, _ in flagged if who == "002"] == []  # at 11:00 the treatment had begun


def test_periods_are_those_of_the_treatments_that_were_given(told: Told) -> None:
    days = {
        (row["subjid"], row["diary_day"]): row["period"] for row in table(told.locked / "csv" / "expected_days.csv")
    }
    rows = dataset(told.locked / "sdtm" / "qs.ndjson")
    subjects = {row["USUBJID"][-3:]: [one["EPOCH"] for one in rows if one["USUBJID"] == row["USUBJID"]] for row in rows}
    assert days["001", "2026-10-26"] == days["002", "2026-10-26"] == "before_treatment_1"
    assert days["001", "2026-11-16"] == days["002", "2026-11-18"] == "treatment_1_to_2"
    assert days["001", "2026-11-18"] != "treatment_1_to_2"
    assert [len(set(subjects[who])) for who in ("001", "002")] == [3, 2]


@pytest.mark.parametrize("who", ["001", "002"])
def test_dates_of_treatments_are_the_latest_everywhere(told: Told, who: str) -> None:
    second = {"001": ("2026-11-17", ""), "002": ("", "2026-10-22")}[who]
    (key,) = [row for row in table(told.locked / "reference" / "dm_key.csv") if row["SUBJID"] == who]
    assert (key["T1PLNDT"], key["T1ACTDT"], key["T2ACTDT"], key["T2NOTDT"]) == (
        "2026-10-26", "2026-10-27T09:00", *second,
    )  # fmt: skip
    (subject,) = [one for one in resources(told.locked, "ResearchSubject") if one["id"].endswith(who)]
    first, later = (
        {said["url"]: said.get("valueDate", said.get("valueTime")) for said in one["extension"]}
        for one in subject["extension"]
        if one["url"] == f"{_URN}treatment"
    )
    assert (first["actual"], first["time"]) == ("2026-10-27", "09:00:00")
    assert (later.get("actual") or "", later.get("not-given") or "") == second
    dates = {
        (row["TR01SDT"], row["TR02SDT"]) for row in table(told.locked / "adam" / "adqs.csv") if row["SUBJID"] == who
    }
    assert dates == {("2026-10-27", second[0])}


# ---- how it came to be so -----------------------------------------------------------------------------------------


def test_the_trail_tells_each_step_with_who_and_why(told: Told) -> None:
    rows = table(told.unlocked / "trail" / "audit_trail.csv")

    def of(name: str) -> dict[str, tuple[str, str, str, str]]:
        found = [row for row in rows if row["source"] == told.ids[name]]
        return {row["field"]: (row["old"], row["new"], row["who"], row["why"]) for row in found}

    assert of(f"lock {FILLED}")["first"] == ("", "2026-11-01", "ines", "data_reviewed")
    assert of(f"unlock {FILLED}")["first"][2:] == ("ines", "late_data")
    assert of(f"lock {HELD}")["last"][1] == "2026-11-02"
    assert of("later")["answers.DMD01"][:2] == ("6", "0")
    assert of("held")["answers.DMD01"][:3] == ("", "6", "01-001")
    assert of("planned 26")["planned"][:2] == ("2026-10-25", "2026-10-26")
    assert of("given 27")["actual"][:2] == ("2026-10-26", "2026-10-27")
    assert of("delayed")["planned"][:2] == ("2026-11-10", "2026-11-17")
    assert of("never given")["not_given"] == ("", "2026-10-22", "carol", "other")
    assert told.ids["voided"] in {row["old"] for row in rows}
    assert ("6", "1") in {(row["old"], row["new"]) for row in rows if row["field"].endswith("DMD01")}


def test_what_was_corrected_keeps_what_was_given(told: Told) -> None:
    long = {(row["entry_id"], row["item"]): row for row in table(told.locked / "csv" / "long.csv")}
    corrected = told.ids["corrected"]
    assert (long[corrected, "DMD01"]["value"], long[corrected, "DMD01"]["value_as_given"]) == ("1", "6")
    assert (long[corrected, "DMD04"]["value"], long[corrected, "DMD04"]["value_as_given"]) == ("", "3")
    assert {row["corrected"] for (entry, _), row in long.items() if entry == told.ids["moved"]} == {"diary_day"}
    given = [row for row in dataset(told.locked / "sdtm" / "suppqs.ndjson") if row["QNAM"] == "QSGIVEN"]
    assert sorted(row["QVAL"] for row in given) == ["3", "6"]
    flags = {row["QSGRPID"] for row in table(told.locked / "adam" / "adqs.csv") if row["QSCORRFL"] == "Y"}
    assert flags == {corrected, told.ids["moved"]}
    responses = {one["id"]: one for one in resources(told.locked, "QuestionnaireResponse")}
    assert responses[corrected]["status"] == responses[told.ids["moved"]]["status"] == "amended"
    assert (responses[told.ids["voided"]]["status"], "item" in responses[told.ids["voided"]]) == (
        "entered-in-error", False,
    )  # fmt: skip


def test_odm_tells_the_lock_and_lets_in_what_had_waited(told: Told) -> None:
    locked, unlocked = book_of(told.locked), book_of(told.unlocked)
    before, after = ({step.audit.source for step in one.steps} for one in (locked, unlocked))
    assert {told.ids[f"lock {day}"] for day in (FILLED, HELD)} <= before
    assert {told.ids[name] for name in ("later", "held")} <= after - before
