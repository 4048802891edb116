"""ADQS as CDISC Dataset-JSON 1.1: one head, as JSON and as NDJSON, over the same rows."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from pydantic_core import to_json

from server.export import dataset_json
from server.export.adam.columns import LABEL, NAME, OID, Kind, Row, Value, Variable
from server.export.adam.define import FILE, metadata_oid
from server.export.content import About
from server.export.csv_table import kept
from server.export.fitness import is_fit, refuse_unfit
from server.export.lately import Lately


def head_of(about: About, columns: Sequence[Variable], records: int, longest: Mapping[str, int]) -> str:
    """Everything before the rows as one object. `longest`: characters of the longest text of each column."""
    described = [_column(one, longest) for one in columns]
    by = {"metaDataVersionOID": metadata_oid(about), "metaDataRef": FILE}
    return to_json(
        dataset_json.head(about, name=NAME, label=LABEL, oid=OID, records=records, columns=described, described=by)
    ).decode()


def _column(one: Variable, longest: Mapping[str, int]) -> dict[str, str | int]:
    """A date is text on the way and a number in an analysis, as ADaM has it."""
    column: dict[str, str | int] = {
        "itemOID": f"IT.{NAME}.{one.name}", "name": one.name, "label": one.label, "dataType": one.kind.value
    }  # fmt: skip
    if one.kind is Kind.DATE:
        column |= {"targetDataType": "integer", "displayFormat": "E8601DA."}
    if one.kind is Kind.TEXT:
        column["length"] = longest[one.name]
    if one.key is not None:
        column["keySequence"] = one.key
    return column


class RowTexts:
    """Rows as JSON arrays. `longest`: characters of the longest text of each column so far, at least 1.

    `empty`: columns without a value so far.
    """

    def __init__(self, columns: Sequence[Variable]) -> None:
        self._names = tuple(one.name for one in columns)
        self._known = frozenset(self._names)
        texts = [(place, one) for place, one in enumerate(columns) if one.kind is Kind.TEXT]
        self._limits = tuple((one.name, one.length) for _, one in texts)
        self._texts = itemgetter(*(place for place, _ in texts))
        self._lately = Lately(len(texts))
        self._floats = tuple(place for place, one in enumerate(columns) if one.kind is Kind.FLOAT)
        self.longest = dict.fromkeys(self._names, 1)
        self._empty = list(range(len(self._names)))

    @property
    def empty(self) -> frozenset[str]:
        """Names."""
        return frozenset(self._names[place] for place in self._empty)

    def include(self, longest: Mapping[str, int], empty: Collection[str]) -> None:
        """What was learned of rows that were written elsewhere."""
        self.longest = {name: max(length, longest[name]) for name, length in self.longest.items()}
        self._empty = [place for place in self._empty if self._names[place] in empty]

    def of(self, row: Row) -> str:
        """Raises KeyError for a column that there is not, ValueError for text that is too long.

        Raises `CommandRefused` (not_exportable) for text that a transport file cannot hold.
        """
        if not row.keys() <= self._known:
            raise KeyError(f"columns missing from {NAME}: {sorted(row.keys() - self._known)}")
        values: list[Value | float] = list(map(row.get, self._names))
        self._lately.check(self._texts(values), self._take)
        self._empty = [place for place in self._empty if values[place] is None]
        for place in self._floats:
            if isinstance(value := values[place], Decimal):
                values[place] = float(value)  # of at most four places, so that its shortest text is that of the decimal
        return to_json(values).decode()

    def _take(self, place: int, text: object) -> None:
        if text is None:
            return
        (name, limit), said = self._limits[place], str(text)
        if len(said) > limit:
            raise ValueError(f"{NAME}.{name} holds {limit} characters, and {said!r} has more")
        if not is_fit(said):
            refuse_unfit(said, f"{NAME}.{name}")
        self.longest[name] = max(self.longest[name], len(said))


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
