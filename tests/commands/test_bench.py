"""What `xerodiary bench` prints, and what it says when a tool is missing."""

import json
from pathlib import Path

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.bench import report, server
from server.bench.chromium import find_chromium
from server.bench.figures import as_json, as_lines, beside
from server.bench.web import Built, p95_of, sizes
from tests.commands.conftest import Run, refusal


def built(raw: int, brotli: int | None = None) -> Built:
    return Built(Path("web"), raw=raw, gzip=raw // 2, brotli=brotli, app=raw // 10)


def test_each_figure_stands_beside_its_floor() -> None:
    figure = beside("from cache, first screen", "s", [3.0, 2.0, 4.0], [2.0, 2.5, 9.0])
    assert (figure.value, figure.floor, figure.ratio_to_floor, figure.n) == (3.0, 2.5, 1.2, 3)


def test_json_is_a_list_of_figures() -> None:
    (read,) = json.loads(as_json([beside("web app, raw", "MB", [6.0], [3.0])]))
    assert set(read) == {"name", "value", "unit", "floor", "ratio_to_floor", "database", "n"}
    assert read["ratio_to_floor"] == 2.0


def test_lines_are_for_a_terminal() -> None:
    assert as_lines([beside("web app, raw", "MB", [6.0], [3.0])]).startswith("web app, raw")


def test_brotli_is_told_only_of_a_release() -> None:
    assert [one.name for one in sizes(built(100), built(50))] == ["web app, raw", "web app, gzip", "app alone, raw"]
    assert sizes(built(100, 30), built(50, 20))[-1].ratio_to_floor == 1.5


def test_how_long_saves_took_is_read_from_the_screen() -> None:
    assert p95_of("saved 365, p95 12.5 ms") == 12.5


def test_a_missing_browser_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandRefused, match=r"No Chromium.*apt-get install") as refused:
        find_chromium()
    assert refused.value.code is Code.TOOL_MISSING


def test_reminders_are_measured_beside_a_plain_loop(run: Run) -> None:
    result = run("bench", "reminders", "--participants", "12", "--runs", "2", "--json")
    assert result.exit_code == 0, result.output
    (figure,) = json.loads(result.output)
    assert (figure["name"], figure["n"], figure["database"]) == ("reminders sent and recorded", 2, "sqlite")
    assert figure["value"] > 0
    assert figure["ratio_to_floor"] == pytest.approx(figure["value"] / figure["floor"], abs=0.01)


def test_a_database_that_is_in_use_is_left_alone(run: Run, tmp_path: Path) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    used = f"sqlite:///{tmp_path}/var/xerodiary.sqlite"
    assert refusal(run("bench", "reminders", "--database", used)).code == "setting_invalid"  # it has a sealing key
    assert run("participant", "list").output.count("01-") == 1


@pytest.mark.long
def test_a_server_is_started_and_weighed_beside_a_bare_one() -> None:
    start, memory = server.measure(1)
    assert (start.name, start.unit, memory.unit) == ("server: start to first 200", "s", "MiB")
    assert min(start.value, start.floor, memory.value, memory.floor) > 0
    assert memory.value > memory.floor


def test_several_processes_want_postgresql(run: Run) -> None:
    assert refusal(run("bench", "ingest", "--processes", "2")).code == "setting_invalid"


def test_a_page_and_its_picture_are_made_of_a_run_that_was_kept(run: Run) -> None:
    figures = [beside("reminders sent and recorded", "/s", [600.0], [2000.0])]
    report.save(report.run_of(figures, SystemEnvironment()), Path("run.json"))
    result = run("bench", "report", "run.json", "--out", "page.md", "--plot", "pictures/page.svg")
    assert result.exit_code == 0, result.output
    page = Path("page.md").read_text(encoding="utf-8")
    assert "| ≥ 500 |  | 600 /s | 2,000 |  | reached |" in page
    assert "](pictures/page.svg)" in page
    assert b"reminders sent and recorded" in Path("pictures/page.svg").read_bytes()
    assert refusal(run("bench", "report", "page.md")).code == "request_invalid"


def test_times_of_what_is_not_scaled_are_refused_instead_of_left_out(run: Run) -> None:
    refused = refusal(run("bench", "export", "--times", "2", "--participants", "2", "--days", "2"))
    assert refused.code == "setting_invalid"
    assert "--scale" in str(refused)
