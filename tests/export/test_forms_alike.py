"""Every form of a dataset is read back when a bundle is checked: no row or value of one can be another than of all.

Done on a bundle as it was handed out, whose hashes are not looked at here: each change is found by what it changed.
"""

import math
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.export.adam import open_adam
from server.export.checked import Checked
from server.export.forms_alike import forms_alike
from server.export.transport import ibm_double
from server.export.transport_reading import Column, cells_of, columns_of, number_of, rows_of

SAVED = Path(__file__).with_name("saved") / "0001_signatures_counted.zip"
MANIFEST = {"bundle": 1, "counts": {"participants": 4}}
QS, SUPPQS, ADQS = "sdtm/qs.xpt", "sdtm/suppqs.xpt", "adam/adqs.xpt"
TRANSPORTS = (QS, SUPPQS, ADQS)
Rows = list[bytes]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with zipfile.ZipFile(SAVED) as file:
        file.extractall(tmp_path)
    return tmp_path


def flaws(folder: Path) -> list[str]:
    checked = Checked()
    forms_alike(folder, MANIFEST, checked)
    return checked.flaws


def rewritten(file: Path, change: Callable[[Rows, list[Column]], Rows]) -> None:
    """With other rows, filled up as the format wants it."""
    with file.open("rb") as stream:
        columns = columns_of(stream)
        head = stream.tell()
        rows = list(rows_of(stream, columns[-1].end))
    data = file.read_bytes()[:head] + b"".join(change(rows, columns))
    file.write_bytes(data + b" " * (-len(data) % 80))


def altered(name: str, value: bytes) -> Callable[[Rows, list[Column]], Rows]:
    """Another beginning of that column in the third row."""

    def change(rows: Rows, columns: list[Column]) -> Rows:
        (one,) = (column for column in columns if column.name == name)
        row = rows[2]
        rows[2] = row[: one.start] + value + row[one.start + len(value) :]
        assert rows[2] != row
        return rows

    return change


def test_a_bundle_as_it_was_handed_out_has_the_same_rows_in_every_form(folder: Path) -> None:
    checked = Checked()
    forms_alike(folder, MANIFEST, checked)
    assert checked.flaws == []
    assert checked.read == [
        "57 rows of sdtm/qs in 3 forms",
        "143 rows of sdtm/suppqs in 3 forms",
        "49 rows of adam/adqs in 4 forms",
        "4 rows of reference/dm_key in 2 forms",
    ]


def test_means_with_fractions_are_the_same_in_every_form(weeks: Any, tmp_path: Path) -> None:
    weeks.write(open_adam, tmp_path / "adam")
    assert re.search(rb",\d+\.\d{2,},", (tmp_path / "adam/adqs.ndjson").read_bytes())
    assert flaws(tmp_path) == []


@pytest.mark.parametrize("name", TRANSPORTS)
@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_row_taken_out_of_a_transport_file_is_missed(folder: Path, name: str, place: int) -> None:
    rewritten(folder / name, lambda rows, _: [row for row in rows if row is not rows[place]])
    assert any(flaw.startswith(f"{name}, rows: ") for flaw in flaws(folder))


@pytest.mark.parametrize("name", TRANSPORTS)
@pytest.mark.parametrize("place", [0, 7, -1])
def test_a_row_that_is_there_twice_is_found(folder: Path, name: str, place: int) -> None:
    rewritten(folder / name, lambda rows, _: [*rows[: place % len(rows)], rows[place], *rows[place % len(rows) :]])
    assert any(flaw.startswith(f"{name}, rows: ") for flaw in flaws(folder))


@pytest.mark.parametrize("name", TRANSPORTS)
def test_rows_in_another_order_are_found(folder: Path, name: str) -> None:
    rewritten(folder / name, lambda rows, _: [rows[1], rows[0], *rows[2:]])
    assert any(flaw.startswith(f"{name}, row 1, ") for flaw in flaws(folder))


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        (QS, "QSTESTCD", b"DMD99"), (QS, "QSSTRESN", ibm_double(3.5)), (QS, "QSSTRESN", b"B"), (QS, "QSSEQ", b"\xc5"),
        (SUPPQS, "QVAL", b"?"), (SUPPQS, "IDVARVAL", b" "), (ADQS, "AVAL", ibm_double(3.5)),
        (ADQS, "AVAL", b"." + bytes(7)), (ADQS, "ADT", ibm_double(1)), (ADQS, "ADT", ibm_double(0.5)),
        (ADQS, "PARAMCD", b"DMD99"), (ADQS, "PARAM", b"\xff"),
    ],
)  # fmt: skip
def test_a_byte_that_was_altered_is_found_by_row_and_column(folder: Path, name: str, column: str, value: bytes) -> None:
    rewritten(folder / name, altered(column, value))
    found = flaws(folder)
    assert any(flaw.startswith((f"{name}, row 3, {column}: ", f"{name} cannot be read")) for flaw in found), found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-80], "cannot be read|rows: "),
        (lambda data: data[:-1], "not whole records"),
        (lambda data: data + b" " * 80, "blanks"),
        (lambda data: data + b"x" * 80, "cannot be read|rows: "),
        (lambda data: data.replace(b"Question Short Name", b"Question Other Name", 1), "label Question Other Name"),
        (lambda data: data.replace(b"QSTESTCD", b"QSTESTXX", 1), "name QSTESTXX"),
        (lambda data: data.replace(b"LIBRARY", b"LIBV8  ", 1), "no transport file"),
        (lambda data: data[:700], "cannot be read"),
        (lambda _: b"", "no transport file"),
    ],
)
def test_a_transport_file_that_is_damaged_is_said_and_nothing_is_raised(
    folder: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    before = (folder / QS).read_bytes()
    assert change(before) != before
    (folder / QS).write_bytes(change(before))
    found = flaws(folder)
    assert any(flaw.startswith(QS) and re.search(said, flaw) for flaw in found), found


@pytest.mark.parametrize(
    ("name", "pattern", "new", "said"),
    [
        ("sdtm/qs.json", rb"\n\[[^\n]*\],(?=\n)", b"", "sdtm/qs.json, rows: 56 found, 57 expected"),
        ("sdtm/qs.json", rb'"DMD01"', b'"DMD02"', "sdtm/qs.json, row 1, QSTESTCD"),
        ("sdtm/qs.json", rb"\]\}\n$", b"", "sdtm/qs.json cannot be read to its end"),
        ("sdtm/qs.json", rb'"Question Name"', b'"Question"', "other columns"),
        ("sdtm/suppqs.ndjson", rb"\n\[[^\n]*\](?=\n)", b"", "sdtm/suppqs.ndjson, records: 142 found, 143 expected"),
        ("adam/adqs.csv", rb"\r\n[^\r]*,DMD01,[^\r]*(?=\r)", b"", "adam/adqs.csv, rows: 48 found, 49 expected"),
        ("adam/adqs.csv", rb",DMD01,101,1,", b",DMD01,101,2,", "adam/adqs.csv, row 1, AVAL: 2.0 found, 1"),
        ("adam/adqs.csv", rb"PARAMCD", b"PARAMXX", "name PARAMXX instead of PARAMCD"),
        ("reference/dm_key.csv", rb"\r\n[^\r]*01-003[^\r]*(?=\r)", b"", "dm_key.csv, rows: 3 found, 4 expected"),
        ("reference/dm_key.csv", rb"2026-11-23", b"2026-11-24", "reference/dm_key.csv, row 1, RANDDT"),
        ("reference/dm_key.json", rb"\n\[[^\n]*\],(?=\n)", b"", "dm_key.json, participants: 3 found, 4 expected"),
    ],
)
def test_what_was_changed_in_any_other_form_is_found(
    folder: Path, name: str, pattern: bytes, new: bytes, said: str
) -> None:
    before = (folder / name).read_bytes()
    after = re.sub(pattern, new, before, count=1)
    assert after != before
    (folder / name).write_bytes(after)
    found = flaws(folder)
    assert any(said in flaw for flaw in found), found


@given(st.floats(min_value=-1e60, max_value=1e60).filter(lambda value: value == 0 or abs(value) > 1e-60))
def test_every_number_comes_back_as_it_was_written(value: float) -> None:
    assert number_of(ibm_double(value)) == value


def test_what_no_float_holds_is_no_number() -> None:
    assert math.isnan(number_of(b"\x41" + b"\xff" * 7) or 0)
    assert math.isnan(number_of(b"\x41" + bytes(7)) or 0)
    assert number_of(b"." + bytes(7)) is None
    assert cells_of(b"ab  ", [Column("A", "", 0, 4, is_number=False, is_date=False)]) == ["ab"]
