"""Two visits that were filled in, or missed, on one day: every format has both, and the checker agrees."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.facts import AnchorSet
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Wanted
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import run_jobs
from tests.licensed import ANSWERS
from tests.server.handset import ready, record_fact
from tests.server.visiting import TREATMENT, fill_in_visit, opened_with_grix

Row = dict[str, Any]


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def bundle(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Path:
    """The second treatment comes with the first: Alice fills in M0 and M4 on one evening, Bob neither."""
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    for who in (ALICE, BOB):
        for anchor in ("treatment_1", "treatment_2"):
            record_fact(
                services, who, AnchorSet(anchor=anchor, planned=TREATMENT, actual=TREATMENT, actual_time="10:00")
            )
    alice.sync()
    bob.sync()
    clock.advance(days=1, hours=1)
    fill_in_visit(alice)
    fill_in_visit(alice, visit="m4", answers={**ANSWERS, "GRIX02": "prefer_not_to_answer"})
    alice.sync()
    clock.move_to(datetime(2026, 12, 2, 19, tzinfo=UTC))
    bob.sync()
    run_jobs(services)
    clock.advance(minutes=10)
    wanted = Wanted(CutKind.FINAL, clock.now() - timedelta(minutes=2))
    return make_bundle(services, tmp_path / "bundle", wanted, author="somebody").folder


def rows(bundle: Path, name: str) -> list[Row]:
    """Of a CSV, or of a Dataset-JSON as lines."""
    with (bundle / name).open(encoding="utf-8", newline="") as lines:
        if name.endswith(".csv"):
            return list(csv.DictReader(lines))
        names = [one["name"] for one in json.loads(next(lines))["columns"]]
        return [dict(zip(names, json.loads(line), strict=True)) for line in lines]


def test_every_format_has_both_visits_and_the_bundle_holds(bundle: Path) -> None:
    assert check(bundle).flaws == []
    qs = [row for row in rows(bundle, "sdtm/qs.ndjson") if row["VISIT"] in ("M0", "M4")]
    each = {(visit, "01"): len(ANSWERS) for visit in ("M0", "M4")} | {(visit, "02"): 1 for visit in ("M0", "M4")}
    assert Counter((row["VISIT"], row["USUBJID"].split("-")[2]) for row in qs) == each
    assert len({row["QSDTC"][:10] for row in qs if "-01-" in row["USUBJID"]}) == 1
    long = Counter(row["visit"] for row in rows(bundle, "csv/long.csv"))
    assert (long["m0"], long["m4"]) == (len(ANSWERS), len(ANSWERS))
    assert [row["visit"] for row in rows(bundle, "csv/wide.csv") if row["visit"]] == ["m0", "m4"]


def test_a_row_of_adqs_names_the_answer_of_its_own_visit(bundle: Path) -> None:
    qs = {(row["USUBJID"], row["QSSEQ"]): row for row in rows(bundle, "sdtm/qs.ndjson")}
    answers = [row for row in rows(bundle, "adam/adqs.ndjson") if row["SRCSEQ"] is not None]
    visits = [row for row in answers if (row["AVISITN"] or 0) > 1000]
    assert Counter(row["AVISITN"] for row in visits) == {1001: len(ANSWERS), 1002: len(ANSWERS)}
    for row in answers:
        source = qs[row["USUBJID"], row["SRCSEQ"]]
        assert (source["QSGRPID"], source["QSTESTCD"], source["QSSTRESN"]) == (
            row["QSGRPID"], row["PARAMCD"], row["AVAL"],
        )  # fmt: skip


@pytest.mark.parametrize("name", ["sdtm/qs.ndjson", "sdtm/suppqs.ndjson", "adam/adqs.ndjson"])
def test_the_keys_of_each_dataset_tell_its_rows_apart(bundle: Path, name: str) -> None:
    with (bundle / name).open(encoding="utf-8") as lines:
        columns = json.loads(next(lines))["columns"]
    keys = [one["name"] for one in sorted(columns, key=lambda one: one.get("keySequence", 99)) if "keySequence" in one]
    found = Counter(tuple(row[key] for key in keys) for row in rows(bundle, name))
    assert len(keys) >= 4
    assert [key for key, count in found.items() if count > 1] == []


def test_a_number_that_two_rows_have_is_found(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(bundle, folder)
    file = folder / "sdtm" / "qs.ndjson"
    file.write_text(file.read_text("utf-8").replace(",200000101,", ",100000101,"), encoding="utf-8")
    assert any("rows with a number (QSSEQ) of another: 1 found, 0 expected" in one for one in check(folder).flaws)
