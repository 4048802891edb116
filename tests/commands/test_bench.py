"""What `xerodiary bench` prints, and what it says when a tool is missing."""

import json
from pathlib import Path

import pytest

from diary_app.core.errors import Code, CommandRefused
from server.bench import server
from server.bench.chromium import find_chromium
from server.bench.figures import as_json, as_lines, beside
from server.bench.web import Built, p95_of, sizes


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


def test_a_server_is_started_and_weighed_beside_a_bare_one() -> None:
    start, memory = server.measure(1)
    assert (start.name, start.unit, memory.unit) == ("server: start to first 200", "s", "MiB")
    assert min(start.value, start.floor, memory.value, memory.floor) > 0
    assert memory.value > memory.floor
