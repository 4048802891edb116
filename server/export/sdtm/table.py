"""The first pass: rows are checked, written aside, and the longest value of each column is learned.

The second pass then writes every form from what lies aside, so that no form holds more than a row in memory.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.export.sdtm.columns import Dataset, Row, Value
from server.export.sdtm.fitness import refuse_unfit, refuse_unfit_dataset

#: Whole numbers up to here are exact in every number format on the way.
LARGEST_NUMBER = 2**53


class Table:
    """One dataset that is being written into `folder`. `longest`: characters of the longest value by column, at least 1.

    `longest_of`: the same by the name in the dataset's `per_value`, for names that occurred.
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
        self._file = self._aside.open("w", encoding="utf-8", newline="\n")

    def write(self, row: Row, who: str) -> None:
        """Raises `CommandRefused` for a value of participant `who` that cannot be written.

        Raises ValueError for a fault of the program: an unknown column, another kind, nothing where it is needed.
        """
        if not row.keys() <= self._names:
            raise ValueError(f"columns missing from {self.dataset.name}: {sorted(row.keys() - self._names)}")
        values = [row.get(one.name, one.empty) for one in self.dataset.variables]
        for one, value in zip(self.dataset.variables, values, strict=True):
            if value == one.empty:
                if one.is_needed:
                    raise ValueError(f"{self.dataset.name}.{one.name} of participant {who} is empty")
            elif isinstance(value, int) != one.is_number:
                raise ValueError(f"{self.dataset.name}.{one.name} of participant {who} is {value!r}: no {one.kind}")
            elif isinstance(value, int):
                if abs(value) > LARGEST_NUMBER:
                    raise ValueError(f"{self.dataset.name}.{one.name} of participant {who} is {value}: not exact")
            elif value is not None:
                refuse_unfit(value, f"{self.dataset.name}.{one.name} of participant {who}")
                self.longest[one.name] = max(self.longest[one.name], len(value))
        self._learn(row)
        self._file.write(f"{as_json(values)}\n")
        self.records += 1

    def rows(self) -> Iterator[tuple[str, list[Value]]]:
        """Every row as its JSON and as values, once all are written."""
        self._file.flush()
        with self._aside.open(encoding="utf-8") as file:
            for line in file:
                yield line.removesuffix("\n"), json.loads(line)

    def close(self) -> None:
        """Remove what lies aside."""
        self._file.close()
        self._aside.unlink()

    def _learn(self, row: Row) -> None:
        if self.dataset.per_value is not None:
            name, value = (str(row.get(column) or "") for column in self.dataset.per_value)
            self.longest_of[name] = max(self.longest_of.get(name, 1), len(value))


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
