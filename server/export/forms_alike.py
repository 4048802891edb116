"""Holds every form of a dataset, and of the trail, against its JSON lines, value by value; part of `verify.py`."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

from server.export.checked import Checked, Manifest
from server.export.transport_reading import cells_of, columns_of, require_whole, rows_of

#: The form that the others are held against comes first; of the key there are no JSON lines.
_DATASETS = (
    ("sdtm/qs", (".ndjson", ".json", ".xpt")),
    ("sdtm/suppqs", (".ndjson", ".json", ".xpt")),
    ("adam/adqs", (".ndjson", ".json", ".csv", ".xpt")),
    ("reference/dm_key", (".json", ".csv")),
)
_TRAIL = "trail/audit_trail"
_FIRST_DAY = date(1960, 1, 1)
_OF_NUMBERS = frozenset({"integer", "float", "double", "decimal"})
_FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_ROWS = ',"rows":['
#: What a damaged form may raise while it is read.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, StopIteration, csv.Error)
_Columns = Sequence[Mapping[str, Any]]
#: A text is "" where there is none, a number None.
_Row = Sequence[Any]


def forms_alike(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """QS, SUPPQS, ADQS and the key have the same rows in the same order in each form that the bundle has."""
    for stem, (first, *others) in _DATASETS:
        if (folder / f"{stem}{first}").exists():
            there = [name for form in others if (folder / (name := f"{stem}{form}")).exists()]
            count = _compare_forms(folder, f"{stem}{first}", there, checked)
            checked.read.append(f"{count} rows of {stem} in {1 + len(there)} forms")
            if stem == "reference/dm_key":
                checked.count(f"{stem}{first}", "participants", count, manifest)


def trails_alike(folder: Path, _: Manifest, checked: Checked) -> None:
    """The audit trail says the same in its table as in its JSON lines, on whose chains it stands."""
    table, lines = folder / f"{_TRAIL}.csv", folder / f"{_TRAIL}.ndjson"
    if not lines.exists():
        return
    with table.open(encoding="utf-8", newline="") as cells, lines.open(encoding="utf-8") as said:
        rows = csv.reader(cells)
        head = next(rows)
        for number, (row, line) in enumerate(zip_longest(rows, said), 1):
            wanted = json.loads(line) if line else {}
            found = dict(zip_longest(head, row or ()))
            if found.keys() != wanted.keys() or any(_as_meant(found[one]) != _as_meant(wanted[one]) for one in wanted):
                checked.flaws.append(f"{_TRAIL}.csv, row {number} says something else than {_TRAIL}.ndjson")
                return
    checked.read.append("the audit trail in 2 forms")


def _as_meant(text: str) -> str:
    """Without apostrophes: the table has one more wherever a spreadsheet would begin a formula."""
    return text.replace("'", "")


def _compare_forms(folder: Path, first: str, others: Sequence[str], checked: Checked) -> int:
    """One pass over all of them; how many rows the first has."""
    said, wanted = _from_json(folder / first)
    columns: _Columns = said["columns"]
    held = [_Held(name, columns, checked) for name in others]
    found = [_until_damage(_READERS[Path(name).suffix], folder / name, columns, name, checked) for name in others]
    count = 0
    for expected, *rows in zip_longest(wanted, *found):
        count += expected is not None
        for one, row in zip(held, rows, strict=True):
            one.take(expected, row)
    checked.compare(f"{first}, records", count, int(said["records"]))
    for one in held:
        one.finish(count)
    return count


class _Held:
    """One form while it is held against the first; names the first place at which they differ, and no other."""

    def __init__(self, name: str, columns: _Columns, checked: Checked) -> None:
        self._name, self._columns, self._checked = name, columns, checked
        self._count, self._is_told = 0, False

    def take(self, expected: _Row | None, found: _Row | None) -> None:
        """The next row of both; None after the last."""
        self._count += found is not None
        if expected is None or found is None or self._is_told or expected == found:
            return
        self._is_told = True
        for one, wanted, there in zip_longest(self._columns, expected, found):
            if wanted != there:
                column = one["name"] if one else "a column too many"
                self._checked.compare(f"{self._name}, row {self._count}, {column}", repr(there), repr(wanted))
                return

    def finish(self, count: int) -> None:
        """All were taken."""
        self._checked.compare(f"{self._name}, rows", self._count, count)


def _until_damage(
    read: Callable[[Path, _Columns], Iterator[_Row]], file: Path, columns: _Columns, name: str, checked: Checked
) -> Iterator[_Row]:
    """Rows until something is wrong with the file, which is then noted."""
    try:
        yield from read(file, columns)
    except _UNREADABLE as error:
        checked.flaws.append(f"{name} cannot be read to its end ({type(error).__name__}: {error})")


def _json_rows(file: Path, columns: _Columns) -> Iterator[_Row]:
    said, rows = _from_json(file)
    if said["columns"] != columns:
        raise ValueError("other columns")
    yield from rows


def _from_json(file: Path) -> tuple[dict[str, Any], Iterator[_Row]]:
    """What a Dataset-JSON says of itself, and its rows."""
    lines = _json_lines(file)
    said: dict[str, Any] = next(lines)
    return said, (_plain(row, said["columns"]) for row in lines)


def _plain(row: _Row, columns: _Columns) -> _Row:
    return [
        "" if value is None and one["dataType"] not in _OF_NUMBERS else value
        for value, one in zip(row, columns, strict=True)
    ]


def _json_lines(file: Path) -> Iterator[Any]:
    """The head and then each row; where they are one object, brackets and commas stand at the ends of its lines."""
    with file.open(encoding="utf-8") as lines:
        if file.suffix == ".ndjson":
            yield from map(json.loads, lines)
            return
        yield json.loads(next(lines).rstrip().removesuffix(_ROWS) + "}")
        last = ""
        for line in lines:
            if last == "]}\n":
                raise ValueError("something follows the end")
            if line != "]}\n":
                yield json.loads(line.rstrip().removesuffix(","))
            last = line
        if last != "]}\n":
            raise ValueError("the end is missing")


def _csv_rows(file: Path, columns: _Columns) -> Iterator[_Row]:
    """A text that a spreadsheet would take for a formula stands behind an apostrophe."""
    of_numbers = [one["dataType"] in _OF_NUMBERS for one in columns]
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        _require_names(next(rows), columns)
        for row in rows:
            yield [
                (float(cell) if cell else None) if is_number else cell[1:] if cell.startswith(_FORMULA) else cell
                for is_number, cell in zip(of_numbers, row, strict=True)
            ]


def _transport_rows(file: Path, columns: _Columns) -> Iterator[_Row]:
    """A date is a number of days there."""
    require_whole(file)
    with file.open("rb") as stream:
        found = columns_of(stream)
        _require_names([one.name for one in found], columns)
        _require_names([one.label for one in found], columns, "label")
        dates = [place for place, one in enumerate(found) if one.is_date]
        for row in rows_of(stream, found[-1].end):
            cells = cells_of(row, found)
            for place in dates:
                cells[place] = _day(cells[place])
            yield cells


def _day(number: Any) -> str:
    if number is None:
        return ""
    return date.fromordinal(_FIRST_DAY.toordinal() + int(number)).isoformat() if number == int(number) else str(number)


def _require_names(found: Iterable[str], columns: _Columns, which: str = "name") -> None:
    """Raises ValueError for other names, or in another order."""
    for there, one in zip_longest(found, columns):
        if one is None or there != one[which]:
            raise ValueError(f"{which} {there} instead of {one and one[which]}")


_READERS: Mapping[str, Callable[[Path, _Columns], Iterator[_Row]]] = {
    ".json": _json_rows, ".csv": _csv_rows, ".xpt": _transport_rows,
}  # fmt: skip
