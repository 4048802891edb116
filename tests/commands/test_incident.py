"""The log of breaches at the command line: for when the console cannot be reached."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.commands.conftest import Run, refusal


def ago(hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def test_a_breach_is_noted_added_to_shown_and_taken_away(run: Run, tmp_path: Path) -> None:
    assert run("incident", "list").stdout == "No incident is in the log.\n"
    noted = run(
        "incident", "add", "--what", "A list lay open.", "--noticed", ago(10), "--harm", "confidentiality",
        "--data", "contact_data",
    )  # fmt: skip
    assert noted.output.startswith("Noted as number 1. The authority has to be told within 62 hours")
    added = run(
        "incident", "amend", "1", "--participants", "12", "--done", "It was closed.", "--authority", "told",
        "--authority-at", ago(1),
    )  # fmt: skip
    assert added.output == "Added. The authority: told.\n"
    shown = run("incident", "show", "1").output
    assert shown.count("what: A list lay open.") == 2
    assert "participants: 12" in shown
    assert "command line" in shown
    (line,) = run("incident", "list").output.splitlines()[1:]
    assert line.split()[0] == "1"
    assert line.endswith("A list lay open.")
    assert run("incident", "list", "--csv", "log.csv").exit_code == 0
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(one["participants"], one["done"]) for one in lines] == [("", ""), ("12", "It was closed.")]
    assert refusal(run("incident", "list", "--csv", "log.csv")).code == "already_exists"
    assert "kind" not in lines[0]
    assert "incident" in run("trail").output


def test_what_cannot_be_kept_is_refused(run: Run) -> None:
    late = run("incident", "add", "--what", "A list lay open.", "--noticed", ago(100))
    assert "should have been told 28 hours ago" in late.output
    assert refusal(run("incident", "amend", "1", "--done", "Rang 20 30 40 50")).code == "reference_identifies"
    assert refusal(run("incident", "amend", "1", "--authority", "told")).code == "fact_invalid"
    assert refusal(run("incident", "amend", "2", "--done", "Nothing.")).code == "not_found"
    assert refusal(run("incident", "show", "2")).code == "not_found"
