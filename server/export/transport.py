"""SAS transport files, version 5, row by row: SAS technical support document TS-140.

Records of 80 bytes; numbers as eight bytes of the IBM mainframe's floating point; texts filled up with blanks.
"""

import math
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import TracebackType
from typing import BinaryIO, Self

from server.export.lately import REMEMBERED

Value = str | int | float | None
RECORD = 80
_NUMBER = 8
#: A missing number: "." and zeros.
_MISSING = b"." + bytes(7)
_NO_MORE = b"0" * 30 + b"  "
_FIRST_DAY = date(1960, 1, 1)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
#: The library's own words for who wrote it; readers look at the first two only.
_SAS_VERSION, _SYSTEM = b"9.4     ", b"        "


@dataclass(frozen=True)
class Field:
    """One column. `length`: of text, in bytes; None for a number. `format`: how SAS shows it, with its width."""

    name: str
    label: str
    length: int | None = None
    format: tuple[str, int] = ("", 0)


class TransportFile:
    """One dataset. `label`: at most 40 characters; `at`: the moment in its head (UTC)."""

    def __init__(self, file: BinaryIO, name: str, label: str, fields: Sequence[Field], at: datetime) -> None:
        self._file = file
        self._cells = tuple(_Cells(one.length or _NUMBER) for one in fields)
        self._written = 0
        self._write(_library_head(_stamp(at)) + _member_head(name, label, len(fields), _stamp(at)))
        self._write(_name_records(fields, [one.length or _NUMBER for one in fields]))
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
        """One row in the order of the columns. Whoever calls has checked that everything fits."""
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


def ibm_double(value: float | None) -> bytes:
    """A number as eight bytes: sign, exponent of 16 in excess of 64, 56 bits of fraction.

    Exact for whole numbers of at most 2**53 and for any float, whose 53 bits find room in every place.
    """
    if value is None:
        return _MISSING
    if value == 0:
        return bytes(_NUMBER)
    head = 0x80 if value < 0 else 0
    if isinstance(value, int):
        digits = (abs(value).bit_length() + 3) // 4
        return bytes([head | (64 + digits)]) + (abs(value) << (56 - 4 * digits)).to_bytes(7, "big")
    fraction, exponent = math.frexp(abs(value))
    digits = -(-exponent // 4)
    bits = int(math.ldexp(fraction, 56 - (4 * digits - exponent)))
    return bytes([head | (64 + digits)]) + bits.to_bytes(7, "big")


def sas_date(day: str) -> int:
    """An ISO date as SAS counts it: days since the beginning of 1960."""
    return (date.fromisoformat(day) - _FIRST_DAY).days


def _stamp(at: datetime) -> bytes:
    """ddMMMyy:hh:mm:ss, in English whatever the machine speaks."""
    utc = at.astimezone(UTC)
    return f"{utc:%d}{_MONTHS[utc.month - 1]}{utc:%y:%H:%M:%S}".encode("ascii")


def _header(name: str, rest: bytes) -> bytes:
    return b"HEADER RECORD*******" + name.ljust(8).encode("ascii") + b"HEADER RECORD!!!!!!!" + rest


def _library_head(stamp: bytes) -> bytes:
    first = b"SAS     SAS     SASLIB  " + _SAS_VERSION + _SYSTEM + b" " * 24 + stamp
    return _header("LIBRARY", _NO_MORE) + first + stamp.ljust(RECORD)


def _member_head(name: str, label: str, fields: int, stamp: bytes) -> bytes:
    first = b"SAS     " + name.ljust(8).encode("ascii") + b"SASDATA " + _SAS_VERSION + _SYSTEM + b" " * 24 + stamp
    second = stamp + b" " * 16 + label.ljust(40).encode("ascii") + b" " * 8
    return (
        _header("MEMBER", b"000000000000000001600000000140  ")
        + _header("DSCRPTR", _NO_MORE)
        + first
        + second
        + _header("NAMESTR", f"000000{fields:04}{'0' * 20}  ".encode("ascii"))
    )


def _name_records(fields: Sequence[Field], lengths: Sequence[int]) -> bytes:
    """140 bytes a column, filled up to whole records."""
    found, position = b"", 0
    for number, (one, length) in enumerate(zip(fields, lengths, strict=True), 1):
        found += struct.pack(
            ">4h8s40s8s3h2s8s2hi52s",
            1 if one.length is None else 2, 0, length, number,
            one.name.ljust(8).encode("ascii"), one.label.ljust(40).encode("ascii"),
            one.format[0].ljust(8).encode("ascii"), one.format[1], 0, 0, bytes(2), b" " * 8, 0, 0, position, bytes(52),
        )  # fmt: skip
        position += length
    return found.ljust(-(-len(found) // RECORD) * RECORD)
