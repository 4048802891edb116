"""Reads SAS transport files, version 5, row by row: SAS technical support document TS-140; part of `verify.py`."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

_RECORD, _NAME = 80, 140
#: Heads of the library and of its one dataset, with the two records that follow each.
_BEFORE_NAMES = 7 * _RECORD
_NUMBER, _DATE = 8, b"E8601DA"
_MISSING = b"." + bytes(_NUMBER - 1)
_UNITS = 56


@dataclass(frozen=True)
class Column:
    """One column of a row. `is_date`: a number that counts days since the beginning of 1960."""

    name: str
    label: str
    start: int
    end: int
    is_number: bool
    is_date: bool


def columns_of(file: BinaryIO) -> list[Column]:
    """Read the head; the file then stands at the first row. Raises ValueError for what is no such file."""
    head = file.read(_BEFORE_NAMES + _RECORD)
    if not head.startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!") or len(head) != 8 * _RECORD:
        raise ValueError("no transport file of version 5")
    count = int(head[_BEFORE_NAMES + 54 : _BEFORE_NAMES + 58])
    names = file.read(-(-count * _NAME // _RECORD) * _RECORD)
    if not file.read(_RECORD).startswith(b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"):
        raise ValueError("no head of the rows")
    return [_column(names[place * _NAME : (place + 1) * _NAME]) for place in range(count)]


def _column(said: bytes) -> Column:
    length, start = int.from_bytes(said[4:6], "big"), int.from_bytes(said[84:88], "big")
    name, label = (text.decode("ascii").rstrip() for text in (said[8:16], said[16:56]))
    return Column(name, label, start, start + length, said[:2] == b"\0\1", said[56:64].rstrip() == _DATE)


def rows_of(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Every row. Blanks fill up the last record; a row of blanks alone cannot be told from them and is never written.

    Raises ValueError where something other than fewer blanks than a record has follows the last row.
    """
    while (row := file.read(length)).strip(b" "):
        if len(row) < length:
            raise ValueError("the last row is cut short")
        yield row
    blanks = row + file.read(_RECORD)
    if blanks.strip(b" ") or len(blanks) >= _RECORD:
        raise ValueError("blanks between rows or after them")


@lru_cache(maxsize=1 << 16)
def number_of(cell: bytes) -> float | None:
    """Eight bytes of the IBM mainframe's floating point; None for a missing one, NaN for what no float can hold."""
    if cell == _MISSING:
        return None
    bits = int.from_bytes(cell[1:], "big")
    if not bits:
        return math.nan if cell.strip(b"\0") else 0.0
    if int(float(bits)) != bits or len(cell) != _NUMBER:
        return math.nan
    size = math.ldexp(bits, 4 * ((cell[0] & 0x7F) - 64) - _UNITS)
    return -size if cell[0] & 0x80 else size


def cells_of(row: bytes, columns: Sequence[Column]) -> list[str | float | None]:
    """Its values; texts without the blanks that fill them up."""
    return [
        number_of(row[one.start : one.end]) if one.is_number else row[one.start : one.end].decode("ascii").rstrip(" ")
        for one in columns
    ]


def require_whole(file: Path) -> None:
    """Raises ValueError when the file does not consist of whole records."""
    if file.stat().st_size % _RECORD:
        raise ValueError("not whole records of 80 bytes")
