"""A visit that was filled in and one that was missed, in a whole bundle: the checker counts them apart from days."""

import csv
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.facts import AnchorSet, Randomised
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Wanted
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import FIRST, Row, run_jobs
from tests.server.handset import ready, record_fact
from tests.server.visiting import TREATMENT, fill_in_visit, with_grix


@dataclass
class Bundle:
    folder: Path

    def rows(self, name: str) -> list[Row]:
        """Of a CSV, or of a Dataset-JSON as lines."""
        with (self.folder / name).open(encoding="utf-8", newline="") as lines:
            if name.endswith(".csv"):
                return list(csv.DictReader(lines))
            names = [one["name"] for one in json.loads(next(lines))["columns"]]
            return [dict(zip(names, json.loads(line), strict=True)) for line in lines]


@pytest.fixture(scope="module")
def bundle(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Alice fills in M0 before her injection, Bob misses it."""
    room = tmp_path_factory.mktemp("visits")
    shutil.copy(sqlite_template, room / "study.sqlite")
    clock = SimulatedEnvironment(datetime(2026, 11, 22, 18, tzinfo=UTC))
    here = with_grix(Settings(database_url=f"sqlite:///{room}/study.sqlite", var_folder=room / "var"), room)
    services = open_services(here, clock)
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    for one in (ALICE, BOB):
        record_fact(services, one, Randomised(day=FIRST))
        given = AnchorSet(anchor="treatment_1", planned=TREATMENT, actual=TREATMENT, actual_time="10:00")
        record_fact(services, one, given)
    alice.sync()
    bob.sync()
    clock.move_to(datetime(2026, 11, 27, 7, 30, tzinfo=UTC))
    fill_in_visit(alice)
    alice.sync()
    clock.move_to(datetime(2026, 11, 30, 19, tzinfo=UTC))
    bob.sync()
    run_jobs(services)
    clock.advance(minutes=10)
    wanted = Wanted(CutKind.FINAL, clock.now() - timedelta(minutes=2))
    made = make_bundle(services, room / "bundle", wanted, author="somebody")
    services.close()
    return Bundle(made.folder)


def test_an_untouched_bundle_with_a_missed_visit_holds(bundle: Bundle) -> None:
    states = {(row["siteid"], row["visit"]): row["state"] for row in bundle.rows("csv/visits.csv")}
    assert (states["01", "m0"], states["02", "m0"]) == ("done", "missed")
    assert check(bundle.folder).flaws == []


def test_a_missed_visit_taken_out_of_qs_is_found(bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(bundle.folder, folder)
    file = folder / "sdtm" / "qs.ndjson"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not ('"QSALL"' in line and '"M0"' in line)]
    assert len(kept) == len(lines) - 1
    file.write_text("".join(kept), encoding="utf-8")
    assert "sdtm/qs.ndjson, visits not done: 0 found, 1 expected" in check(folder).flaws
