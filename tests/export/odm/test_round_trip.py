"""Whoever replays the transactions has the same answers, blanks, days and visits as the CSV files."""

from collections.abc import Iterable
from pathlib import Path

from server.export.odm.writing import open_odm
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.export.conftest import Row
from tests.export.odm.conftest import Written, schema
from tests.export.odm.story import tell
from tests.export.parts import write_part


def as_in(columns: Iterable[str], rows: Iterable[Row]) -> list[Row]:
    """With exactly these columns, in an order of their own."""
    cut = [{name: row.get(name, "") for name in columns} for row in rows]
    return sorted(cut, key=lambda row: tuple(row.values()))


def check(replayed: Iterable[Row], exported: list[Row]) -> None:
    assert exported
    columns = [name for name in exported[0] if name != "counted"]  # of rates, which ODM has none of
    assert as_in(columns, replayed) == as_in(columns, exported)


def test_answers_and_blanks_are_those_of_the_long_file(story: Written) -> None:
    check(story.book.long_rows(), story.csv.long)


def test_every_expected_day_stands_with_its_state(story: Written) -> None:
    check(story.book.expected_rows(), story.csv.expected)
    states = {row["state"] for row in story.book.expected_rows()}
    assert states == {"done", "late", "missed", "unknown", "excused", "open"}


def test_the_sums_are_those_of_the_tally(story: Written) -> None:
    counted, there = story.sums
    assert counted == there
    assert counted["skips"] > 0
    assert counted["unknown"] > 0
    assert counted["missed"] > 0


def test_the_file_follows_the_schema(story: Written) -> None:
    assert story.text
    assert [error.reason for error in schema().iter_errors(str(story.file))] == []


def test_both_databases_give_the_same_bytes_each_time(
    services: Services, clock: SimulatedEnvironment, story: Written, tmp_path: Path
) -> None:
    tell(services, clock)
    write_part(open_odm, services, tmp_path / "one")
    write_part(open_odm, services, tmp_path / "two")
    one, two = (tmp_path / name / "odm.xml" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert one.read_text(encoding="utf-8") == story.text
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["odm.xml"]
