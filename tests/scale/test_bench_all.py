"""All benchmarks at once at hardly any size, the page and the picture that are made of a run, and the targets."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.bench import report
from server.bench.all import Everything, Extent, measure_all
from server.bench.databases import SQLITE
from server.bench.figures import Figure
from server.bench.plot import picture
from server.bench.targets import Measure, Target, outcomes, targets
from server.commands.bench import databases_named

FAST = Figure("syncs of one entry", 3000, "/s", 4000, 0.75, 4, "SQLite")
SLOW = replace(FAST, value=400, ratio_to_floor=0.1, database="PostgreSQL")
SWEEPS = [Figure(f"sweep, nothing due, {size} participants", ms, "ms", 0.2, ms / 0.2, 40, "SQLite")
          for size, ms in ((1000, 0.3), (10_000, 0.4), (100_000, 0.5))]  # fmt: skip
BUNDLES = [Figure("memory of it, 1000 values", 130, "MiB", 100, 1.3, 1, "SQLite"),
           Figure("memory of it, 9000 values", 170, "MiB", 100, 1.7, 1, "SQLite")]  # fmt: skip
START = Figure("server: start to first 200", 1.5, "s", 0.9, 1.67, 3)
FIGURES = [FAST, SLOW, *SWEEPS, *BUNDLES, START]


def of(what: str) -> Target:
    (found,) = (one for one in targets() if one.figures == what)
    return found


def no_browser() -> list[Figure]:
    raise CommandRefused(Code.TOOL_MISSING, "No Chromium.", "Install one.")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """All of it once, on SQLite and without a browser."""
    return measure_all(
        Extent((12,), (SQLITE,), 1, tiny=True), no_browser, list[str]().append, tmp_path_factory.mktemp("all")
    )


@pytest.mark.long
def test_everything_is_measured_from_server_to_bundle(measured: Everything) -> None:
    unmeasured = {one.figures for one in targets() if not outcomes(one, measured.figures)}
    assert unmeasured == {
        "sweep, days graded, *", "call list, 100000 *, p95", "saving an entry, p95*", "saving an entry natively, p95",
        "from cache, PIN screen", "first visit, first screen", "first visit, sent",
    }  # fmt: skip
    assert {one.database for one in measured.figures} == {None, "SQLite"}


@pytest.mark.long
def test_a_part_that_cannot_be_measured_costs_no_other(measured: Everything) -> None:
    assert measured.not_measured == ["web: No Chromium."]


def test_a_target_is_met_by_ratio_value_difference_or_flatness() -> None:
    assert [one.is_reached for one in outcomes(of("syncs of one entry"), FIGURES)] == [True, False]
    (flat,) = outcomes(of("sweep, nothing due, *"), FIGURES)
    assert (flat.number, flat.is_reached) == (1.67, True)
    (memory,) = outcomes(of("memory of *"), FIGURES)
    assert (memory.number, memory.is_reached, memory.figure) == (70, False, BUNDLES[1])
    (start,) = outcomes(of("server: start to first 200"), FIGURES)
    assert (start.number, start.is_reached) == (1.5, True)


def test_a_target_has_one_bound() -> None:
    with pytest.raises(ValueError, match="at_least or at_most"):
        Target("x", "x", Measure.VALUE, "", "", at_least=1, at_most=2)
    assert all(one.why for one in targets())


def test_the_page_says_what_was_missed_and_what_bounds_it() -> None:
    page = report.page(report.run_of(FIGURES, SystemEnvironment(), ["web: No Chromium."]), "performance.svg")
    sync = of("syncs of one entry")
    assert f"| {sync.what} | ≥ 0.6 of the floor | SQLite | 3,000 /s | 4,000 | 0.75 | reached |" in page
    assert f"| {sync.what} | ≥ 0.6 of the floor | PostgreSQL | 400 /s | 4,000 | 0.1 | **missed** |" in page
    assert f"Missed: {sync.bound}" in page
    assert "On each database by itself, 3 are reached and 2 missed." in page
    assert "- web: No Chromium." in page
    assert page.count("| not measured |") == len(targets()) - 4
    assert "](performance.svg)" in page


def test_a_run_is_read_as_it_was_kept(tmp_path: Path) -> None:
    run = report.run_of(FIGURES, SystemEnvironment(), ["web: No Chromium."])
    report.save(run, tmp_path / "kept" / "run.json")
    assert report.load(tmp_path / "kept" / "run.json") == run
    (tmp_path / "other.json").write_text(json.dumps([]))
    with pytest.raises(CommandRefused, match="is no run"):
        report.load(tmp_path / "other.json")


def test_the_picture_shows_each_figure_beside_its_target_and_runs_nothing() -> None:
    drawn = picture(FIGURES)
    ET.fromstring(drawn)  # noqa: S314 - our own
    text = drawn.decode()
    assert "<script" not in text
    assert not re.search(r"(href|src)=\"http", text)
    for shown in (
        "syncs of one entry, SQLite",
        "syncs of one entry, PostgreSQL (missed)",
        "server: start to first 200",
    ):
        assert shown in text
    assert {"target", "measured"} <= set(re.findall(r">(\w+)</text>", text))
    ET.fromstring(picture([]))  # noqa: S314 - nothing measured is a picture too


def test_both_are_the_two_that_come_along() -> None:
    assert databases_named(["both"]) == ("sqlite", "postgresql")
    assert databases_named(["sqlite", "postgresql://x/y"]) == ("sqlite", "postgresql://x/y")
