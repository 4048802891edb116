"""What is taken away as a table runs nothing where it is opened, whoever wrote a cell; XML that is handed in unfolds to
nothing and reads no file."""

import csv
import io
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import pytest

from server.console.listing import csv_file
from server.export import recounting
from server.export.checked import Checked
from server.trail.extracts import Format, write
from server.trail.fields import TrailRow

AT = datetime(2026, 11, 23, 19, tzinfo=UTC)
FORMULAS = (
    '=HYPERLINK("https://evil.example","here")', "+1+cmd|' /C calc'!A1", "-2+3", "@SUM(1)", "\t=1", "x;=1+1", "＝1+1",
)  # fmt: skip
LAUGHS = "".join(f'<!ENTITY laugh{number} "{f"&laugh{number - 1};" * 10}">' for number in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE ODM [<!ENTITY laugh0 "laugh">{LAUGHS}]><ODM><ItemData Value="&laugh9;"/></ODM>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE ODM [<!ENTITY secret SYSTEM "{file}">]><ODM>&secret;</ODM>'


def row(**said: Any) -> TrailRow:
    usual: dict[str, Any] = {one.name: "" for one in fields(TrailRow)}
    return replace(TrailRow(**{**usual, "captured": None, "received": AT}), **said)


def runs(cell: str) -> bool:
    """Whether a spreadsheet would carry it out; those that split at semicolons see several cells."""
    return any(part.startswith(("=", "+", "-", "@", "＝", "\t")) for part in cell.split(";"))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_the_trail_is_a_formula(formula: str) -> None:
    assert runs(formula)
    out = io.BytesIO()
    write(out, Format.CSV, [row(new=formula, why=formula, old="-3")])
    (line,) = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    assert [name for name, cell in line.items() if runs(cell) and cell != "-3"] == []
    assert line["old"] == "-3"
    assert line["new"].replace("'", "") == formula.replace("'", "")


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_table_of_the_console_is_a_formula(formula: str) -> None:
    text = bytes(csv_file("people", ["a", "b"], [[formula, -3.5]]).body).decode("utf-8-sig")
    _, (first, second) = csv.reader(io.StringIO(text, newline=""))
    assert (runs(first), second) == (False, "-3.5")


def test_entities_of_a_bundle_unfold_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "odm").mkdir()
    (tmp_path / "odm/odm.xml").write_text(BOMB)
    with pytest.raises(ExpatError, match="amplification"):
        recounting._odm(tmp_path, {"cut": {"at": "2026-11-23"}, "counts": {}}, Checked())  # noqa: SLF001


def test_no_entity_of_a_bundle_reads_a_file(tmp_path: Path) -> None:
    (tmp_path / "odm").mkdir()
    (tmp_path / "odm/odm.xml").write_text(OUTSIDE.format(file=tmp_path / "a pipe that nobody writes"))
    checked = Checked()
    recounting._odm(tmp_path, {"cut": {"at": "2026-11-23"}, "counts": {}}, checked)  # noqa: SLF001
    assert checked.read == ["0 transactions of ODM"]
