"""`xerodiary qualify`, as whoever runs a server meets it."""

import json
from pathlib import Path

from tests.commands.conftest import Run, refusal


def test_a_try_out_fails_and_the_report_says_where(run: Run) -> None:
    run("db", "upgrade")
    result = run("qualify", "--only", "installation", "--report", "report")
    assert refusal(result).code == "qualification_failed"
    assert "settings: https only" in result.output
    assert "Set XERODIARY_HTTPS_ONLY=true." in result.output
    data = json.loads(Path("report/qualification.json").read_text(encoding="utf-8"))
    found = {one["name"]: one["verdict"] for one in data["parts"]["Installation"]}
    assert (found["database: schema"], found["settings: https only"]) == ("passed", "failed")
    page = Path("report/qualification.md").read_text(encoding="utf-8")
    assert "| settings: https only | true | false | **failed** | Set XERODIARY_HTTPS_ONLY=true. |" in page
    assert "| reviewed by | | | | |" in page


def test_a_program_that_works_passes_and_touches_nothing_here(run: Run) -> None:
    result = run("qualify", "--only", "operation", "--report", "report")
    assert result.exit_code == 0, result.output
    assert "0 failed, 0 left open" in result.output
    assert [path.name for path in Path().iterdir()] == ["report"]


def test_a_part_that_there_is_not_is_refused(run: Run) -> None:
    assert refusal(run("qualify", "--only", "performance")).code == "request_invalid"
