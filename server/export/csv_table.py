"""One CSV file: columns from the dictionary, RFC 4180, and no cell that a spreadsheet would carry out.

A text that begins with =, +, -, @ or a tab is a formula to a spreadsheet, and some of what a phone states is any text.
Such a text gets an apostrophe in front, as a spreadsheet has it for "this is text"; numbers, dates and times are
written by this program and stay as they are. A spreadsheet that splits cells at semicolons sees the same.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from server.export.dictionary import TRANSFER, Column
from server.export.participant import Cell, Row

LINE_END = "\r\n"
#: Columns of these kinds may hold what somebody else wrote.
_TEXTS = frozenset({"text", "code"})
_NUMBER = re.compile(r"-\d+(\.\d+)?", re.ASCII)
_NO_NUMBER = re.compile(r",-(?!\d+(?:\.\d+)?(?:,|$))", re.ASCII)
#: Nothing in it has to be quoted or made harmless.
_SAFE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./:-]*", re.ASCII)
_FORMULA = re.compile(r"^(?=[=+\-@＝＋－＠\t\r\n])|(?<=[;\t\r\n])(?=[=+\-@＝＋－＠])")


class Cells:
    """Some columns that stand beside each other, as the text of their part of a line."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = tuple(column.name for column in columns)
        self._known = frozenset(self._names)
        self._texts = tuple(place for place, column in enumerate(columns) if column.kind in _TEXTS)

    @property
    def head(self) -> str:
        """The names."""
        return line_of(self._names)

    def of(self, row: Row) -> str:
        """Raises KeyError for a column that the dictionary does not have."""
        if not row.keys() <= self._known:
            raise KeyError(f"columns missing from the dictionary: {sorted(row.keys() - self._known)}")
        cells = list(map(row.get, self._names))
        line = line_of(cells)
        return line if _is_plain(line) or not self._is_changed(cells) else line_of(cells)

    def ended(self, row: Row) -> str:
        """The same as the end of a line that others have begun."""
        return f",{self.of(row)}{LINE_END}"

    def _is_changed(self, cells: list[Cell]) -> bool:
        """Whether a text had to be made harmless in its place."""
        risky = [(place, cell) for place in self._texts if isinstance(cell := cells[place], str)]
        risky = [(place, cell) for place, cell in risky if _FORMULA.search(cell)]
        for place, cell in risky:
            cells[place] = harmless(cell)
        return bool(risky)


class CsvTable:
    """One file, `count` rows long. `parts`: its columns, in groups that are written one beside the other.

    `transfer`: what the first column says in every row; without it there is no such column.
    """

    def __init__(self, file: TextIO, *parts: Cells, transfer: str = "") -> None:
        self.count = 0
        self.file = file
        self._parts = parts
        self._first = f"{transfer}," if transfer else ""
        head = [TRANSFER.name] if transfer else []
        file.write(f"{','.join([*head, *(part.head for part in parts)])}{LINE_END}")

    def write(self, row: Row) -> None:
        """A row of a file whose columns are one group. Raises KeyError for a column that the dictionary lacks."""
        (cells,) = self._parts
        self.file.write(f"{self._first}{cells.of(row)}{LINE_END}")
        self.count += 1

    def write_lines(self, text: str, count: int) -> None:
        """So many rows that are written out already, each from its first column to the end of its line."""
        self.file.write(text)
        self.count += count


class _Echo:
    """Gives a line back instead of writing it."""

    def write(self, text: str) -> str:
        """What `csv.writer` passes on to its caller."""
        return text


_write = csv.writer(_Echo(), lineterminator=LINE_END).writerow


def line_of(cells: Iterable[Cell]) -> str:
    """Cells that stand beside each other as text, without the end of the line."""
    return str(_write(cells))[: -len(LINE_END)]


def cell(text: str | None) -> str:
    """One cell of a column of texts, as it stands between others."""
    if not text or _SAFE.fullmatch(text):
        return text or ""
    return line_of(("", harmless(text)))[1:]


def _is_plain(line: str) -> bool:
    """Whether nothing in a line could be taken for a formula; quick, as nearly every line is so."""
    return (
        line.isascii()
        and not line.startswith(("=", "+", "-", "@"))
        and not (",=" in line or ",+" in line or ",@" in line or '"' in line or ";" in line or "\t" in line)
        and not (",-" in line and _NO_NUMBER.search(line))
    )


def harmless(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would begin a formula; a negative number is none."""
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


class _NotKept(Exception):
    """Raised among files that nobody waits for."""


def let_go(files: ExitStack) -> None:
    """Close files of `kept` without waiting for the disk: what is not finished is thrown away, or copied."""
    with suppress(_NotKept), files:
        raise _NotKept


@contextmanager
def kept(path: Path) -> Iterator[TextIO]:
    """A new file, on the disk when the block ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
