"""NDJSON, JSON and SAS transport: each as its standard has it, and all with the same rows."""

import json
import struct
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.export.sdtm import open_reference
from server.export.sdtm.columns import Dataset, Kind, Variable
from server.export.sdtm.part import fields_of
from server.export.sdtm.table import LARGEST_NUMBER, Table
from server.export.transport import TransportFile, ibm_double
from tests.export.sdtm.people import NOW, person, write
from tests.export.sdtm.staging import Written

#: The documented attributes in their order; those marked are required.
HEAD = (
    "datasetJSONCreationDateTime*", "datasetJSONVersion*", "fileOID", "dbLastModifiedDateTime", "originator",
    "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef", "itemGroupOID*", "records*", "name*", "label*",
    "columns*", "rows",
)  # fmt: skip
COLUMN = (
    "itemOID*", "name*", "label*", "dataType*", "targetDataType", "length", "displayFormat", "keySequence",
)  # fmt: skip
TYPES = ["string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI"]
TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)?$"}


def shape(names: tuple[str, ...], **of: Any) -> dict[str, Any]:
    """A schema of exactly these attributes."""
    plain = [name.rstrip("*") for name in names]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name.rstrip("*") for name in names if name.endswith("*")],
        "properties": {name: of.get(name, TEXT) for name in plain},
    }


#: Written from the specification of Dataset-JSON 1.1, as no installed package has the published schema.
SCHEMA = shape(
    HEAD,
    datasetJSONCreationDateTime=MOMENT,
    dbLastModifiedDateTime=MOMENT,
    datasetJSONVersion={"type": "string", "pattern": r"^1\.1(\.(0|[1-9][0-9]*))?$"},
    sourceSystem=shape(("name*", "version*")),
    records={"type": "integer", "minimum": 0},
    columns={
        "type": "array",
        "minItems": 1,
        "items": shape(
            COLUMN,
            dataType={"enum": TYPES},
            targetDataType={"enum": ["integer", "decimal"]},
            length={"type": "integer", "minimum": 1},
            keySequence={"type": "integer", "minimum": 1},
        ),
    },
    rows={"type": "array", "items": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}},
)
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)


def whole(written: Written, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((written.folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def in_order(names: tuple[str, ...], found: dict[str, Any]) -> bool:
    return [name.rstrip("*") for name in names if name.rstrip("*") in found] == list(found)


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_json_has_what_the_standard_asks_for_and_nothing_else(final: Written, name: str) -> None:
    found = whole(final, name)
    VALIDATOR.validate(found)
    assert in_order(HEAD, found)
    assert all(in_order(COLUMN, column) for column in found["columns"])
    assert found["records"] == len(found["rows"]) > 50
    assert found["dbLastModifiedDateTime"] <= found["datasetJSONCreationDateTime"] == "2026-10-30T19:00:00.000Z"


def test_the_key_is_dataset_json_too(key: Written) -> None:
    found = whole(key, "dm_key")
    VALIDATOR.validate(found)
    assert in_order(HEAD, found)
    assert "metaDataRef" not in found


@pytest.mark.parametrize(
    "wrong", [{"rowCount": 1}, {"records": -1}, {"datasetJSONVersion": "1.0.0"}, {"columns": [{"name": "A"}]}]
)
def test_the_schema_of_these_tests_can_refuse(final: Written, wrong: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**whole(final, "qs"), **wrong})


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_every_value_is_of_the_type_that_its_column_names(final: Written, name: str) -> None:
    found = whole(final, name)
    for column, values in zip(found["columns"], zip(*found["rows"], strict=True), strict=True):
        expected = (int, type(None)) if column["dataType"] == "integer" else (str,)
        assert all(isinstance(value, expected) for value in values), column["name"]
        if "length" in column:
            assert max(1, *map(len, values)) == column["length"]


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_ndjson_is_the_same_line_by_line(final: Written, name: str) -> None:
    head, *rows = (final.folder / f"{name}.ndjson").read_text(encoding="utf-8").splitlines()
    found = whole(final, name)
    assert [json.loads(row) for row in rows] == found.pop("rows")
    assert json.loads(head) == found
    assert in_order(HEAD, json.loads(head))


def read_back(path: Path) -> tuple[list[dict[str, Any]], Any]:
    frame, about = pyreadstat.read_xport(path)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return rows, about


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_sas_transport_reads_back_as_the_same_rows(final: Written, name: str) -> None:
    rows, about = read_back(final.folder / f"{name}.xpt")
    head, expected = final.head(name), final.rows(name)
    assert about.column_names == [column["name"] for column in head["columns"]]
    assert about.column_labels == [column["label"] for column in head["columns"]]
    assert (about.table_name, about.file_label) == (head["name"], head["label"])
    lengths = {column["name"]: column.get("length") for column in head["columns"] if "length" in column}
    assert {one: about.variable_storage_width[one] for one in lengths} == lengths
    assert rows == expected


def test_dates_of_a_transport_file_are_those_of_the_cut(final: Written) -> None:
    data = (final.folder / "qs.xpt").read_bytes()
    assert len(data) % 80 == 0
    assert data[80 + 64 : 160] == data[160:176] == b"30OCT26:19:00:00"
    assert data.isascii() is False  # numbers are not text
    assert all(byte < 0x80 for byte in data[: 80 * 8])


def test_empty_datasets_read_back_with_their_columns(tmp_path: Path) -> None:
    written = write(tmp_path, [person()])
    for name in ("qs", "suppqs"):
        rows, about = read_back(written.folder / f"{name}.xpt")
        assert rows == []
        assert about.column_names == [column["name"] for column in written.head(name)["columns"]]
        VALIDATOR.validate(whole(written, name))
        assert whole(written, name)["rows"] == []


def test_the_key_of_nobody_has_its_columns(tmp_path: Path) -> None:
    written = write(tmp_path, [], opener=open_reference)
    VALIDATOR.validate(whole(written, "dm_key"))


def from_ibm(data: bytes) -> float:
    """The reverse, written from the definition."""
    (bits,) = struct.unpack(">Q", data)
    sign, exponent, fraction = bits >> 63, (bits >> 56) & 0x7F, bits & (1 << 56) - 1
    size: float = fraction / 2.0**56 * 16.0 ** (exponent - 64)
    return -size if sign else size


@pytest.mark.parametrize(
    "number", [0, 1, -1, 10, 15, 16, 17, 255, 256, -300_050, 10**9, LARGEST_NUMBER, -LARGEST_NUMBER]
)
def test_whole_numbers_are_exact(number: int) -> None:
    assert from_ibm(ibm_double(number)) == number


@given(st.integers(-LARGEST_NUMBER, LARGEST_NUMBER))
def test_any_whole_number_is_exact(number: int) -> None:
    assert from_ibm(ibm_double(number)) == number


@given(st.decimals(-10_000, 10_000, places=4))
def test_any_mean_comes_back_as_the_nearest_float(number: Decimal) -> None:
    assert from_ibm(ibm_double(float(number))) == float(number)


def test_numbers_are_those_of_the_published_examples() -> None:
    assert ibm_double(1).hex() == "4110000000000000"
    assert ibm_double(-1).hex() == "c110000000000000"
    assert ibm_double(0.5).hex() == "4080000000000000"
    assert ibm_double(-118.625).hex() == "c276a00000000000"
    assert ibm_double(100).hex() == "4264000000000000"
    assert ibm_double(None).hex() == "2e00000000000000"


DATES = Dataset(
    "DATES", "Every Kind", "One record", "", (Variable("A", "A", key=1), Variable("N", "N", Kind.INTEGER)), None
)


def test_a_hundred_rows_of_odd_length_come_back(tmp_path: Path) -> None:
    first = date(2026, 1, 1)
    values = [((first + timedelta(days=n)).isoformat() * (n % 7 + 1), n - 50) for n in range(100)]
    with (
        closing(Table(tmp_path, DATES)) as table,
        (tmp_path / "dates.xpt").open("wb") as file,
    ):
        table.write(({"A": text, "N": number} for text, number in values), "01-001")
        with TransportFile(file, "DATES", "Every Kind", fields_of(table), NOW) as transport:
            for _, row in table.rows():
                transport.write(row)
    rows, _ = read_back(tmp_path / "dates.xpt")
    assert [(row["A"], row["N"]) for row in rows] == values


@pytest.mark.parametrize("row", [{"B": ""}, {"A": 1}, {"N": "1"}, {"N": 2**53 + 1}, {"N": -(2**53) - 1}])
def test_a_row_of_another_shape_is_a_fault_of_the_program(tmp_path: Path, row: dict[str, Any]) -> None:
    with closing(Table(tmp_path, DATES)) as table, pytest.raises(ValueError, match="DATES"):
        table.write([row], "01-001")
