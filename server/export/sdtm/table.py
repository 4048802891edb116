"""The first pass: rows are checked, written aside, and the longest value of each column is learned.

The second pass then writes every form from what lies aside, so that no form holds more than a row in memory.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TextIO

from pydantic_core import from_json, to_json

from server.export.fitness import refuse_unfit, refuse_unfit_names
from server.export.lately import Lately
from server.export.sdtm.columns import Dataset, Row, Value

#: Whole numbers up to here are exact in every number format on the way.
LARGEST_NUMBER = 2**53
#: Records, and the two lengths of a table.
_Learned = tuple[int, dict[str, int], dict[str, int]]


class Table:
    """One dataset that is being written into `folder`.

    `longest`: characters of the longest value by column, 0 where there is none. `longest_of`: the same by the name in
    the dataset's `per_value`, for names that occurred, and at least 1.
    """

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        """Raises `CommandRefused` for names and labels that cannot be written."""
        refuse_unfit_names(dataset.name, dataset.label, ((one.name, one.label) for one in dataset.variables))
        self.dataset = dataset
        self.records = 0
        self.longest = {one.name: 0 for one in dataset.variables}
        self.longest_of: dict[str, int] = {}
        self._names = frozenset(self.longest)
        self._order = tuple(self.longest)
        self._empty = tuple(one.empty for one in dataset.variables)
        self._lately = Lately(len(dataset.variables))
        self._per_value = dataset.per_value and tuple(self._order.index(name) for name in dataset.per_value)
        self._aside = folder / f".{dataset.file}.rows"
        self.file = self._aside.open("w", encoding="utf-8", newline="\n")

    def write(self, rows: Iterable[Row], who: str) -> None:
        """All rows of participant `who`.

        Raises `CommandRefused` for a value that cannot be written. Raises ValueError for a fault of the program: an
        unknown column, another kind, nothing where it is needed.
        """
        lines = [f"{as_json(self._checked(row, who))}\n" for row in rows]
        self.file.write("".join(lines))
        self.records += len(lines)

    def length(self, name: str) -> int:
        """What a column has to be told as long: at least 1, also where there is nothing in it."""
        return max(1, self.longest[name])

    def has_no_data(self, name: str) -> bool:
        """Whether a column is empty in every row of a table that has rows."""
        return self.records > 0 and not self.longest[name]

    @property
    def files(self) -> dict[str, TextIO]:
        """What lies aside, by its name."""
        return {self._aside.name: self.file}

    def learned(self) -> "_Learned":
        """See `Part`."""
        return self.records, self.longest, self.longest_of

    def take(self, learned: "_Learned") -> None:
        """See `Part`."""
        records, longest, longest_of = learned
        self.records += records
        for mine, theirs in ((self.longest, longest), (self.longest_of, longest_of)):
            for name, length in theirs.items():
                mine[name] = max(mine.get(name, 1), length)

    def _checked(self, row: Row, who: str) -> list[Value]:
        """The values in the order of the columns; what a column had before was checked then, and most values were."""
        if not row.keys() <= self._names:
            raise ValueError(f"columns missing from {self.dataset.name}: {sorted(row.keys() - self._names)}")
        values = list(map(row.get, self._order, self._empty))
        self._lately.check(values, partial(self._check, who))
        if self._per_value:
            name, text = (str(values[place] or "") for place in self._per_value)
            if len(text) > self.longest_of.setdefault(name, 1):
                self.longest_of[name] = len(text)
        return values

    def _check(self, who: str, place: int, value: object) -> None:
        """Raises as `write` does; learns how long values are."""
        of = self.dataset.variables[place]
        name, what = of.name, f"{self.dataset.name}.{of.name} of participant {who}"
        if value == of.empty:
            if of.is_needed:
                raise ValueError(f"{what} is empty")
        elif not of.is_number and isinstance(value, str):
            refuse_unfit(value, what)
            self.longest[name] = max(self.longest[name], len(value))
        elif of.is_number and isinstance(value, int) and abs(value) <= LARGEST_NUMBER:
            self.longest[name] = max(self.longest[name], len(str(value)))
        else:
            raise ValueError(f"{what} is {value!r}")

    def rows(self) -> Iterator[tuple[str, list[Value]]]:
        """Every row as its JSON and as values, once all are written."""
        self.file.flush()
        with self._aside.open(encoding="utf-8") as file:
            for line in file:
                yield line[:-1], from_json(line)

    def close(self) -> None:
        """Let go of what lies aside."""
        self.file.close()

    def remove(self) -> None:
        """Remove what lies aside."""
        self.close()
        self._aside.unlink()


def as_json(value: object) -> str:
    """Compact, in the order given."""
    return to_json(value).decode()


@contextmanager
def kept(path: Path, mode: str = "w") -> Iterator[IO[str]]:
    """A new text file with `\\n` at line ends, on the disk when the block ends."""
    with path.open(mode, encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
