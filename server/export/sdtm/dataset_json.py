"""CDISC Dataset-JSON 1.1, as JSON and as NDJSON: the same head in the documented order of keys, the same rows.

Nothing but what its schema allows is written; an absent text is "" and an absent number null.
"""

from typing import IO

from diary_app.core.times import format_utc
from server.export.content import About
from server.export.sdtm.columns import Dataset, Kind
from server.export.sdtm.table import Table, as_json

VERSION = "1.1.0"
DEFINE = "define.xml"
_TYPES = {Kind.INTEGER: "integer", Kind.DATE: "date"}


def study_oid(about: About) -> str:
    """How every file of a study names it."""
    return f"STDY.{about.study.studyid}"


def metadata_oid(about: About) -> str:
    """How every file names the Define-XML that describes it."""
    return f"MDV.{about.study.studyid}.{about.study.version}"


def file_oid(about: About, name: str) -> str:
    """Unique for a cut and a file of it."""
    return f"{about.study.studyid}.{about.cut.id}.{name}"


def label_of(about: About, label: str) -> str:
    """A dataset's label; that of a test transfer says what it is."""
    return f"TEST {label}" if about.is_test else label


def head_of(about: About, table: Table, define: str = DEFINE) -> dict[str, object]:
    """Everything but the rows. `define`: the file that describes the dataset; empty when none does."""
    program, _, version = about.program.rpartition(" ")
    at = format_utc(about.cut.at)
    described = {"metaDataVersionOID": metadata_oid(about), "metaDataRef": define} if define else {}
    return {
        "datasetJSONCreationDateTime": at,
        "datasetJSONVersion": VERSION,
        "fileOID": file_oid(about, table.dataset.file),
        "dbLastModifiedDateTime": at,
        "sourceSystem": {"name": program or version, "version": version},
        "studyOID": study_oid(about),
        **described,
        "itemGroupOID": table.dataset.oid,
        "records": table.records,
        "name": table.dataset.name,
        "label": label_of(about, table.dataset.label),
        "columns": _columns(table.dataset, table),
    }


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
            column["length"] = table.longest[one.name]
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
