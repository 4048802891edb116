"""The trail at the command line: read, narrowed down, and the taking of it noted before anything leaves."""

import csv
import hashlib
import io
import json

from tests.commands.conftest import Run, refusal


def add_alice(run: Run) -> None:
    run("participant", "add", "001", "--site", "copenhagen")
    run("participant", "treatment", "01-001", "treatment_1", "2027-01-11")


def test_it_is_read_as_words(run: Run) -> None:
    add_alice(run)
    output = run("trail", "--participant", "01-001", "--kind", "anchor").output
    assert "01-001 anchor  actual: - -> 2027-01-11  command line (operator)" in output


def test_every_column_comes_as_csv_and_as_json(run: Run) -> None:
    add_alice(run)
    as_csv = run("trail", "--participant", "01-001", "--format", "csv").output
    as_json = run("trail", "--participant", "01-001", "--format", "jsonl").output
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    assert rows == [json.loads(line) for line in as_json.splitlines()]
    assert {"old", "new", "who", "role", "organisation", "why", "hash"} <= rows[0].keys()


def test_what_was_taken_is_noted_with_filter_and_hash(run: Run) -> None:
    add_alice(run)
    taken = run("trail", "--participant", "01-001", "--answers", "--format", "csv").stdout_bytes
    noted = run("trail", "--kind", "extract_made", "--format", "jsonl").output
    fields = {row["field"]: row["new"] for row in map(json.loads, noted.splitlines())}
    assert fields["sha256"] == hashlib.sha256(taken).hexdigest()
    assert (fields["filter.participant"], fields["with_answers"]) == ("01-001", "1")


def test_somebody_who_is_not_there_is_refused_and_nothing_noted(run: Run) -> None:
    assert refusal(run("trail", "--participant", "01-999")).code == "not_found"
    assert "extract_made" not in run("trail").output


def test_days_of_receipt_narrow_it_down(run: Run) -> None:
    add_alice(run)
    assert run("trail", "--participant", "01-001", "--to", "2020-01-01").output == ""
    assert run("trail", "--participant", "01-001", "--from", "2020-01-01").output != ""


def test_the_register_of_a_day_before_anybody_is_empty(run: Run) -> None:
    typed = "correct horse battery\ncorrect horse battery\n"
    run("user", "add", "carol", "--role", "coordinator", "--site", "copenhagen", typed=typed)
    assert "carol" in run("user", "list").output
    assert "carol" not in run("user", "list", "--on", "2020-01-01").output
