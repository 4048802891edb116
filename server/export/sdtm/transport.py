"""SAS transport files, version 5, row by row: SAS technical support document TS-140.

Records of 80 bytes; numbers as eight bytes of the IBM mainframe's floating point; texts filled up with blanks.
"""

import os
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO, Self

from server.export.lately import REMEMBERED
from server.export.sdtm.columns import Dataset, Value
from server.export.sdtm.table import Table

RECORD = 80
_NUMBER = 8
#: A missing number: "." and zeros.
_MISSING = b"." + bytes(7)
_NO_MORE = b"0" * 30 + b"  "
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: The library's own words for who wrote it; readers look at the first two only.
_SAS_VERSION, _SYSTEM = b"9.4     ", b"        "


class TransportFile:
    """One dataset that is written with the lengths that its table has learned. `at`: the moment in its head (UTC)."""

    def __init__(self, file: BinaryIO, table: Table, label: str, at: datetime) -> None:
        self._file = file
        self._lengths = [_NUMBER if one.is_number else table.longest[one.name] for one in table.dataset.variables]
        self._cells = tuple(map(_Cells, self._lengths))
        self._written = 0
        self._write(_library_head(_stamp(at)) + _member_head(table.dataset, label, _stamp(at)))
        self._write(_name_records(table.dataset, self._lengths))
        self._write(_header("OBS", _NO_MORE))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._fill_up()
            self._file.flush()
            os.fsync(self._file.fileno())

    def write(self, values: Sequence[Value]) -> None:
        """One row in the order of the columns. The table has checked that everything fits."""
        self._write(b"".join(map(_look_up, self._cells, values)))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._written += len(data)

    def _fill_up(self) -> None:
        self._write(b" " * (-self._written % RECORD))


class _Cells(dict[Value, bytes]):
    """The values of one column as bytes; the next row often has the same."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length

    def __missing__(self, value: Value) -> bytes:
        if len(self) >= REMEMBERED:
            self.clear()
        made = value.encode("ascii").ljust(self._length) if isinstance(value, str) else ibm_double(value)
        self[value] = made
        return made


_look_up = dict.__getitem__


def ibm_double(value: int | None) -> bytes:
    """A whole number of at most 2**53 as eight bytes: sign, exponent of 16 in excess of 64, 56 bits of fraction."""
    if value is None:
        return _MISSING
    if value == 0:
        return bytes(_NUMBER)
    digits = (abs(value).bit_length() + 3) // 4
    head = (0x80 if value < 0 else 0) | (64 + digits)
    return bytes([head]) + (abs(value) << (56 - 4 * digits)).to_bytes(7, "big")


def _stamp(at: datetime) -> bytes:
    """ddMMMyy:hh:mm:ss, in English whatever the machine speaks."""
    utc = at.astimezone(UTC)
    return f"{utc:%d}{_MONTHS[utc.month - 1]}{utc:%y:%H:%M:%S}".encode("ascii")


def _header(name: str, rest: bytes) -> bytes:
    return b"HEADER RECORD*******" + name.ljust(8).encode("ascii") + b"HEADER RECORD!!!!!!!" + rest


def _library_head(stamp: bytes) -> bytes:
    first = b"SAS     SAS     SASLIB  " + _SAS_VERSION + _SYSTEM + b" " * 24 + stamp
    return _header("LIBRARY", _NO_MORE) + first + stamp.ljust(RECORD)


def _member_head(dataset: Dataset, label: str, stamp: bytes) -> bytes:
    name = dataset.name.ljust(8).encode("ascii")
    first = b"SAS     " + name + b"SASDATA " + _SAS_VERSION + _SYSTEM + b" " * 24 + stamp
    second = stamp + b" " * 16 + label.ljust(40).encode("ascii") + b" " * 8
    return (
        _header("MEMBER", b"000000000000000001600000000140  ")
        + _header("DSCRPTR", _NO_MORE)
        + first
        + second
        + _header("NAMESTR", f"000000{len(dataset.variables):04}{'0' * 20}  ".encode("ascii"))
    )


def _name_records(dataset: Dataset, lengths: Sequence[int]) -> bytes:
    """140 bytes a column, filled up to whole records."""
    found, position = b"", 0
    for number, (one, length) in enumerate(zip(dataset.variables, lengths, strict=True), 1):
        found += struct.pack(
            ">4h8s40s8s3h2s8s2hi52s",
            1 if one.is_number else 2, 0, length, number,
            one.name.ljust(8).encode("ascii"), one.label.ljust(40).encode("ascii"),
            b" " * 8, 0, 0, 0, bytes(2), b" " * 8, 0, 0, position, bytes(52),
        )  # fmt: skip
        position += length
    return found.ljust(-(-len(found) // RECORD) * RECORD)
