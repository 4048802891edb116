"""ADQS as CDISC Dataset-JSON 1.1: one head, as JSON and as NDJSON, over the same rows."""

import json
import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from server.export import dataset_json
from server.export.adam.columns import LABEL, NAME, OID, Kind, Row, Variable
from server.export.adam.define import FILE, metadata_oid
from server.export.content import About
from server.export.csv_table import kept
from server.export.fitness import is_fit, refuse_unfit


def head_of(about: About, columns: Sequence[Variable], records: int) -> str:
    """Everything before the rows as one object."""
    described = [_column(one) for one in columns]
    by = {"metaDataVersionOID": metadata_oid(about), "metaDataRef": FILE}
    return _JSON.encode(
        dataset_json.head(about, name=NAME, label=LABEL, oid=OID, records=records, columns=described, described=by)
    )


def _column(one: Variable) -> dict[str, str | int]:
    """A date is text on the way and a number in an analysis, as ADaM has it."""
    column: dict[str, str | int] = {
        "itemOID": f"IT.{NAME}.{one.name}", "name": one.name, "label": one.label, "dataType": one.kind.value
    }  # fmt: skip
    if one.kind is Kind.DATE:
        column |= {"targetDataType": "integer", "displayFormat": "E8601DA."}
    if one.kind is Kind.TEXT:
        column["length"] = one.length
    if one.key is not None:
        column["keySequence"] = one.key
    return column


class RowTexts:
    """Rows as JSON arrays. `longest`: characters of the longest text of each column so far, at least 1."""

    def __init__(self, columns: Sequence[Variable]) -> None:
        self._names = tuple(one.name for one in columns)
        self._known = frozenset(self._names)
        self._limits = tuple((place, one.length) for place, one in enumerate(columns) if one.kind is Kind.TEXT)
        self.longest = dict.fromkeys(self._names, 1)

    def of(self, row: Row) -> str:
        """Raises KeyError for a column that there is not, ValueError for text that is too long.

        Raises `CommandRefused` (not_exportable) for text that a transport file cannot hold.
        """
        if not row.keys() <= self._known:
            raise KeyError(f"columns missing from {NAME}: {sorted(row.keys() - self._known)}")
        values = list(map(row.get, self._names))
        for place, longest in self._limits:
            text = values[place]
            if text is not None:
                self._take(self._names[place], str(text), longest)
        return _JSON.encode(values)

    def _take(self, name: str, text: str, limit: int) -> None:
        length = len(text)
        if length > limit:
            raise ValueError(f"{NAME}.{name} holds {limit} characters, and {text!r} has more")
        if not is_fit(text):
            refuse_unfit(text, f"{NAME}.{name}")
        if length > self.longest[name]:
            self.longest[name] = length


def _number(value: object) -> float:
    """Of at most four places, so that the shortest text of the float is that of the decimal."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is in no column of {NAME}")
    return float(value)


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_number)


def write_both(folder: Path, head_text: str, rows: TextIO) -> None:
    """Write `adqs.ndjson` and `adqs.json`; `rows` has one array a line."""
    with kept(folder / f"{NAME.lower()}.ndjson") as file:
        file.write(f"{head_text}\n")
        rows.seek(0)
        shutil.copyfileobj(rows, file)
    with kept(folder / f"{NAME.lower()}.json") as file:
        rows.seek(0)
        file.write(f'{head_text[:-1]},"rows":[')
        for number, line in enumerate(rows):
            file.write(f"{',' if number else ''}\n{line[:-1]}")
        file.write("\n]}\n")
