"""The first pass: rows are checked, written aside, and the longest value of each column is learned.

The second pass then writes every form from what lies aside, so that no form holds more than a row in memory.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.export.sdtm.columns import Dataset, Row, Value, Variable
from server.export.sdtm.fitness import refuse_unfit, refuse_unfit_dataset

#: Whole numbers up to here are exact in every number format on the way.
LARGEST_NUMBER = 2**53


class Table:
    """One dataset that is being written into `folder`.

    `longest`: characters of the longest value by column, at least 1. `longest_of`: the same by the name in the
    dataset's `per_value`, for names that occurred.
    """

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        """Raises `CommandRefused` for names and labels that cannot be written."""
        refuse_unfit_dataset(dataset)
        self.dataset = dataset
        self.records = 0
        self.longest = {one.name: 1 for one in dataset.variables}
        self.longest_of: dict[str, int] = {}
        self._names = frozenset(self.longest)
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
        if not row.keys() <= self._names:
            raise ValueError(f"columns missing from {self.dataset.name}: {sorted(row.keys() - self._names)}")
        values = [row.get(one.name, one.empty) for one in self.dataset.variables]
        for one, value in zip(self.dataset.variables, values, strict=True):
            if value != one.empty:
                self._check(one, value, who)
                self.longest[one.name] = max(self.longest[one.name], len(str(value)))
            elif one.is_needed:
                raise ValueError(f"{self.dataset.name}.{one.name} of participant {who} is empty")
        if self.dataset.per_value is not None:
            name, text = (str(row.get(column) or "") for column in self.dataset.per_value)
            self.longest_of[name] = max(self.longest_of.get(name, 1), len(text))
        return values

    def _check(self, one: Variable, value: Value, who: str) -> None:
        if isinstance(value, str) and not one.is_number:
            refuse_unfit(value, f"{self.dataset.name}.{one.name} of participant {who}")
        elif not (isinstance(value, int) and one.is_number and abs(value) <= LARGEST_NUMBER):
            raise ValueError(f"{self.dataset.name}.{one.name} of participant {who} is {value!r}: no {one.kind}")

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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def kept(path: Path, mode: str = "w") -> Iterator[IO[str]]:
    """A new text file with `\\n` at line ends, on the disk when the block ends."""
    with path.open(mode, encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
