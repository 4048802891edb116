"""CDISC Dataset-JSON 1.1, as JSON and as NDJSON: the same head and the same rows.

An absent text is "" and an absent number null.
"""

from typing import IO

from server.export.content import About
from server.export.dataset_json import head
from server.export.sdtm.columns import Dataset, Kind
from server.export.sdtm.table import Table, as_json

DEFINE = "define.xml"
_TYPES = {Kind.INTEGER: "integer", Kind.DATE: "date"}


def metadata_oid(about: About) -> str:
    """How every file names the Define-XML that describes it."""
    return f"MDV.{about.study.studyid}.{about.study.version}"


def head_of(about: About, table: Table, define: str = DEFINE) -> dict[str, object]:
    """Everything but the rows. `define`: the file that describes the dataset; empty when none does."""
    dataset = table.dataset
    return head(
        about,
        name=dataset.name,
        label=dataset.label,
        oid=dataset.oid,
        records=table.records,
        columns=_columns(dataset, table),
        described={"metaDataVersionOID": metadata_oid(about), "metaDataRef": define} if define else None,
    )


def _columns(dataset: Dataset, table: Table) -> list[dict[str, object]]:
    columns = []
    for one in dataset.variables:
        column: dict[str, object] = {
            "itemOID": dataset.oid_of(one.name),
            "name": one.name,
            "label": one.label,
            "dataType": _TYPES.get(one.kind, "string"),
        }
        if one.kind is Kind.TEXT:
            column["length"] = table.length(one.name)
        if one.key is not None:
            column["keySequence"] = one.key
        columns.append(column)
    return columns


class JsonFile:
    """One object whose rows are written as they come."""

    def __init__(self, file: IO[str], head: dict[str, object]) -> None:
        self._file = file
        self._separator = "\n"
        file.write(f'{as_json(head)[:-1]},"rows":[')

    def write(self, row: str) -> None:
        """`row`: an array as JSON."""
        self._file.write(f"{self._separator}{row}")
        self._separator = ",\n"

    def finish(self) -> None:
        """End the object."""
        self._file.write("\n]}\n")


class NdjsonFile:
    """The head in the first line, and one row a line after it."""

    def __init__(self, file: IO[str], head: dict[str, object]) -> None:
        self._file = file
        file.write(f"{as_json(head)}\n")

    def write(self, row: str) -> None:
        """`row`: an array as JSON."""
        self._file.write(f"{row}\n")
