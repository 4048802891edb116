"""A visit filled in, or missed, on the morning of an injection is before it in every file; that evening is not."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.facts import AnchorSet
from server.export.adam import open_adam
from server.export.csv_part import open_csv
from server.export.odm.writing import open_odm
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import run_jobs
from tests.export.parts import write_part
from tests.export.sdtm.staging import Written, sdtm
from tests.server.handset import ready, record_fact
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix, plan

SECOND = date(2027, 3, 27)


@dataclass
class Files:
    """What three formats wrote of the same study."""

    sdtm: Written
    adqs: list[dict[str, str]]
    long: list[dict[str, str]]
    wide: list[dict[str, str]]
    odm: str


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def files(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Files:
    """Alice: M0 at 08:30 before treatment 1 at 10:00, its evening, and M4 at 09:00 before treatment 2; Bob: no M0."""
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    given: dict[str, Any] = {"planned": TREATMENT, "actual": TREATMENT, "actual_time": "10:00"}
    plan(services, **given)
    record_fact(services, BOB, AnchorSet(anchor="treatment_1", **given))
    alice.sync()
    clock.move_to(datetime(2026, 11, 27, 7, 30, tzinfo=UTC))
    fill_in_visit(alice)
    clock.move_to(datetime(2026, 11, 27, 19, 0, tzinfo=UTC))
    alice.fill_in(TREATMENT)
    alice.sync()
    bob.sync()
    clock.move_to(datetime(2027, 3, 26, 18, 0, tzinfo=UTC))
    plan(services, "treatment_2", planned=SECOND, actual=SECOND, actual_time="11:00")
    alice.sync()
    clock.move_to(datetime(2027, 3, 27, 8, 0, tzinfo=UTC))
    fill_in_visit(alice, visit="m4")
    alice.sync()
    bob.sync()
    run_jobs(services)
    written = sdtm(services, tmp_path / "sdtm")
    write_part(open_adam, services, tmp_path / "adam")
    write_part(open_csv, services, tmp_path / "csv")
    write_part(open_odm, services, tmp_path / "odm")
    adqs, long, wide = (rows(tmp_path / name) for name in ("adam/adqs.csv", "csv/long.csv", "csv/wide.csv"))
    return Files(written, adqs, long, wide, (tmp_path / "odm" / "odm.xml").read_text("utf-8"))


def last_period(odm: str, event: str) -> str:
    """What the last transaction about an event says."""
    found = re.findall(rf'<StudyEventData [^>]*StudyEventOID="{event}".*?</StudyEventData>', odm, re.DOTALL)
    periods = [one for text in found for one in re.findall(r'ItemOID="IT.STANDING.PERIOD"[^>]* Value="([^"]+)"', text)]
    return str(periods[-1])


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_a_visit_on_the_morning_of_a_treatment_is_before_it_in_every_file(files: Files) -> None:
    answers = [row for row in files.sdtm.rows(QSCAT="GRIX") if row["QSTESTCD"] != "QSALL"]
    told = {(row["VISIT"], row["EPOCH"], row["QSLOBXFL"], row["QSDY"]) for row in answers}
    assert told == {("M0", "SCREENING", "Y", 1), ("M4", "TREATMENT", "", 121)}
    visits = [row for row in files.adqs if int(row["AVISITN"]) > 1000]
    assert {(row["AVISIT"], row["APHASE"], row["APHASEN"], row["ADY"]) for row in visits} == {
        ("Before treatment 1", "BEFORE TREATMENT 1", "1", "1"),
        (visits[-1]["AVISIT"], "TREATMENT 1 TO 2", "2", "121"),
    }
    for table in (files.long, files.wide):
        of_visits = {(row["visit"], row["period"], row["days_since_treatment_1"]) for row in table if row["visit"]}
        assert of_visits == {("m0", "before_treatment_1", "1"), ("m4", "treatment_1_to_2", "121")}
    assert last_period(files.odm, "SE.VISIT.m0") == "before_treatment_1"
    assert last_period(files.odm, "SE.VISIT.m4") == "treatment_1_to_2"


def test_the_evening_of_that_day_is_after_it_in_every_file(files: Files) -> None:
    evening = files.sdtm.rows(QSSPID="DMD-2026-11-27")
    assert {(row["EPOCH"], row["QSLOBXFL"], row["QSDY"]) for row in evening} == {("TREATMENT", "", 1)}
    daily = [row for row in files.adqs if row["ADT"] == "2026-11-27" and row["PARAMCD"].startswith("DMD")]
    assert {row["APHASE"] for row in daily} == {"TREATMENT 1 TO 2"}
    diary = [row for row in files.long if row["diary_day"] == "2026-11-27" and not row["visit"]]
    assert {row["period"] for row in diary} == {"treatment_1_to_2"}


def test_a_missed_visit_goes_by_the_end_of_its_window(files: Files) -> None:
    missed = files.sdtm.rows(QSTESTCD="QSALL", QSSPID="GRIX-M0")
    assert {(row["EPOCH"], row["QSDTC"], row["QSDY"]) for row in missed} == {("SCREENING", "2026-11-27", 1)}
