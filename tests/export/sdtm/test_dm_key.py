"""The key to merge with DM: everybody once, with the dates that days are counted from, and nothing that unblinds."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from diary_app.core.facts import AnchorSet, Randomised, Status, StatusRevoked, StatusSet
from server.export.sdtm import open_reference
from tests.export.sdtm.people import day, given, person, write
from tests.export.sdtm.staging import Row, Written


def rows(key: Written) -> list[Row]:
    with (key.folder / "dm_key.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_is_there_once(key: Written) -> None:
    assert [row["USUBJID"] for row in rows(key)] == [
        "MESRIX-MORE-01-001", "MESRIX-MORE-01-002", "MESRIX-MORE-02-001", "MESRIX-MORE-02-002",
    ]  # fmt: skip
    assert key.said == {"participants": 4}


def test_dates_are_those_of_the_facts(key: Written) -> None:
    alice, charlie, bob, dora = rows(key)
    assert {name: value for name, value in bob.items() if value} == {
        "STUDYID": "MESRIX-MORE", "USUBJID": "MESRIX-MORE-02-001", "SUBJID": "001", "SITEID": "02",
        "RFSTDTC": "2026-10-27T09:00", "DIARYFDT": "2026-10-21", "T1PLNDT": "2026-10-27",
        "T1ACTDT": "2026-10-27T09:00", "DIASTPDT": "2026-10-27", "WITHDRDT": "2026-10-30",
    }  # fmt: skip
    assert (alice["DIARYFDT"], charlie["DIARYFDT"], dora["DIARYFDT"]) == ("2026-10-21", "2026-10-21", "")
    assert (alice["DIASTPDT"], charlie["RFSTDTC"]) == ("", "")


def test_both_forms_say_the_same(key: Written) -> None:
    found = json.loads((key.folder / "dm_key.json").read_text(encoding="utf-8"))
    names = [column["name"] for column in found["columns"]]
    assert [dict(zip(names, row, strict=True)) for row in found["rows"]] == rows(key)
    assert found["name"] == "DM_KEY"
    assert "Not a DM" in found["label"]
    assert (key.folder / "dm_key.csv").read_bytes().count(b"\r\n") == 5


def test_it_has_no_demography_and_no_arm(key: Written) -> None:
    assert (
        set(rows(key)[0]) & {"DOMAIN", "AGE", "SEX", "RACE", "ARM", "ARMCD", "ACTARM", "ACTARMCD", "COUNTRY"} == set()
    )


def test_what_was_revoked_or_called_off_is_told_as_it_stands(tmp_path: Path) -> None:
    first = date(2026, 3, 10)
    stopped = StatusSet(status=Status.LOST_TO_FOLLOW_UP, effective=first, reason="unreachable")
    facts = [
        given("treatment_1", first),
        AnchorSet(anchor="treatment_2", not_given=date(2026, 7, 1), reason="adverse_event"),
        Randomised(day=date(2026, 3, 9)),
        stopped,
        StatusRevoked(revokes="fact-4", reason="found"),
        StatusSet(status=Status.COMPLETED, effective=date(2026, 11, 1), reason="done"),
    ]
    (row,) = rows(write(tmp_path, [person(facts=facts)], opener=open_reference))
    assert (row["RFSTDTC"], row["T1ACTDT"], row["T2NOTDT"], row["RANDDT"]) == (
        "2026-03-10", "2026-03-10", "2026-07-01", "2026-03-09",
    )  # fmt: skip
    assert (row["LOSTDT"], row["COMPLDT"], row["T2PLNDT"]) == ("", "2026-11-01", "")
    assert "adverse_event" not in (tmp_path / "dm_key.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("of", "expected"), [(date(2026, 3, 1), "2026-03-01"), (date(2027, 12, 24), "")])
def test_the_first_diary_day_has_opened_by_the_cut(tmp_path: Path, of: date, expected: str) -> None:
    from diary_app.core.grading import State

    state = State.DONE if expected else State.NOT_YET_DUE
    (row,) = rows(write(tmp_path, [person(days=[day(of, state)])], opener=open_reference))
    assert row["DIARYFDT"] == expected
