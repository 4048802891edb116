"""A screen failure's days were expected and are in no rate: every file and page gives the N that rates have."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.facts import Randomised, Status, StatusSet
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.csv_columns import COMPLIANCE
from server.export.readable import README
from server.export.reviewers_note import NOTE
from server.export.wanted import Made, Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import BOB
from tests.export.conftest import Files
from tests.export.test_sponsor_page import run
from tests.server.handset import record_fact

SILENT = 5


@pytest.fixture
def made(services: Services, lived: None, clock: SimulatedEnvironment, tmp_path: Path) -> Made:
    """Bob, randomised, whose phone has said nothing for five evenings, turns out to be a screen failure."""
    failed = StatusSet(status=Status.SCREEN_FAILURE, effective=clock.now().date(), reason="criteria")
    record_fact(services, BOB, Randomised(day=clock.now().date()))
    record_fact(services, BOB, failed)
    at = clock.now()
    clock.move_to(at + timedelta(hours=1))
    return make_bundle(services, tmp_path / "bundle", Wanted(CutKind.FINAL, at), author="somebody")


def page(file: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", file.read_text(encoding="utf-8")))


def test_what_is_in_no_rate_is_told_from_the_denominator_everywhere(made: Made) -> None:
    files = Files(made.folder / "csv")
    assert (made.counts["expected"], made.counts["left_out"]) == (10, SILENT)
    assert {row["counted"] for row in files.expected if row["siteid"] == "02"} == {"screen_failure"}
    (bob,) = [row for row in files.rows(COMPLIANCE) if row["counted"] == "screen_failure" and row["period"] == "all"]
    assert (bob["level"], bob["randomised"]) == ("participant", "0")
    over = Counter(row["counted"] for row in files.expected if row["state"] in ("done", "late", "missed", "excused"))
    (everybody,) = [row for row in files.rows(COMPLIANCE) if (row["level"], row["period"]) == ("all", "all")]
    assert int(everybody["expected"]) == over["yes"] == 10 - SILENT
    assert run(made.folder.parent).stdout.splitlines()[0] == "filled in 3 of 5"
    assert "Of them, 5 are of screen failures" in page(made.folder / README)
    assert "the N of rates over the whole diary is 5 where excused days count as missed, and less" in page(
        made.folder / README
    )
    note = page(made.folder / NOTE)
    assert "are in none: 5 of their days were expected as well" in note
    assert re.search(r" 02 0 0 / 0 ", note)
    assert check(made.folder).flaws == []


def test_a_day_that_is_called_counted_is_found(made: Made) -> None:
    file = made.folder / "csv" / "expected_days.csv"
    file.write_bytes(file.read_bytes().replace(b",screen_failure\r\n", b",yes\r\n", 1))
    assert "csv/expected_days.csv, left_out: 4 found, 5 expected" in check(made.folder).flaws
