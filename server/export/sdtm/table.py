"""The first pass: rows are checked, written aside, and the longest value of each column is learned.

The second pass then writes every form from what lies aside, so that no form holds more than a row in memory.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.export.fitness import is_fit, refuse_unfit, refuse_unfit_names
from server.export.sdtm.columns import Dataset, Row, Value

#: Whole numbers up to here are exact in every number format on the way.
LARGEST_NUMBER = 2**53
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Table:
    """One dataset that is being written into `folder`.

    `longest`: characters of the longest value by column, at least 1. `longest_of`: the same by the name in the
    dataset's `per_value`, for names that occurred.
    """

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        """Raises `CommandRefused` for names and labels that cannot be written."""
        refuse_unfit_names(dataset.name, dataset.label, ((one.name, one.label) for one in dataset.variables))
        self.dataset = dataset
        self.records = 0
        self.longest = {one.name: 1 for one in dataset.variables}
        self.longest_of: dict[str, int] = {}
        self._names = frozenset(self.longest)
        self._columns = [(one.name, one.is_number, one.is_needed, one.empty) for one in dataset.variables]
        self._aside = folder / f".{dataset.file}.rows"
        self._aside.touch()

    def write(self, rows: Iterable[Row], who: str) -> None:
        """All rows of participant `who`; no file stays open after it, whatever happens.

        Raises `CommandRefused` for a value that cannot be written. Raises ValueError for a fault of the program: an
        unknown column, another kind, nothing where it is needed.
        """
        with self._aside.open("a", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(f"{as_json(self._checked(row, who))}\n")
                self.records += 1

    def _checked(self, row: Row, who: str) -> list[Value]:
        """The values in the order of the columns. Written for speed: most of the time of an export is spent here."""
        if not row.keys() <= self._names:
            raise ValueError(f"columns missing from {self.dataset.name}: {sorted(row.keys() - self._names)}")
        values, longest = [], self.longest
        for name, is_number, is_needed, empty in self._columns:
            value = row.get(name, empty)
            values.append(value)
            if value == empty:
                if is_needed:
                    raise ValueError(f"{self.dataset.name}.{name} of participant {who} is empty")
                continue
            if not is_number and isinstance(value, str):
                if not is_fit(value):
                    refuse_unfit(value, f"{self.dataset.name}.{name} of participant {who}")
                length = len(value)
            elif is_number and isinstance(value, int) and abs(value) <= LARGEST_NUMBER:
                length = len(str(value))
            else:
                raise ValueError(f"{self.dataset.name}.{name} of participant {who} is {value!r}")
            if length > longest[name]:
                longest[name] = length
        if self.dataset.per_value is not None:
            name, column = (str(row.get(one) or "") for one in self.dataset.per_value)
            self.longest_of[name] = max(self.longest_of.get(name, 1), len(column))
        return values

    def rows(self) -> Iterator[tuple[str, list[Value]]]:
        """Every row as its JSON and as values, once all are written."""
        with self._aside.open(encoding="utf-8") as file:
            for line in file:
                yield line.removesuffix("\n"), json.loads(line)

    def close(self) -> None:
        """Remove what lies aside."""
        self._aside.unlink()


def as_json(value: object) -> str:
    """Compact, in the order given."""
    return _COMPACT.encode(value)


@contextmanager
def kept(path: Path, mode: str = "w") -> Iterator[IO[str]]:
    """A new text file with `\\n` at line ends, on the disk when the block ends."""
    with path.open(mode, encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
