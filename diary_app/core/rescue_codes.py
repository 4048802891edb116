"""A rescue file as a set of QR codes, for a phone that can hand over nothing but what is on its screen.

The file is packed (`packed`), cut into pieces, and each piece becomes one code:

    XD1  part, two digits  parts in all, two digits  set, 8 letters  piece and check in Base32

The set is named by the beginning of the SHA-256 of the whole; the check is the CRC-32 of everything before it in the
code. Capital letters and digits only: a hand scanner types like a keyboard, and those keys are the same on Danish,
English and American ones, which the signs of Base45 are not. `1` is no letter of Base32, so the mark stands nowhere
else and two codes on one line still come apart.

Lines are read in any order and as often as they come. A damaged code is forgotten as soon as it is scanned well.
"""

import hashlib
import re
import zlib
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.errors import Code
from diary_app.core.rescue import (
    FORMAT,
    MAX_FILE_BYTES,
    RescuedChain,
    RescueFile,
    RescueRefused,
    not_whole,
    read_rescue,
    too_large,
)
from diary_app.core.sealing import as_text, envelope_in
from diary_app.core.wire import ChainHead

MARK = "XD1"
MOST_CODES = 40
#: With mark and check just what a QR code of version 22, 105 squares wide, holds at its lowest level of correction.
PIECE_BYTES = 896
_CHECK_BYTES = 4
_SET_LETTERS = 8
_CODE = re.compile(rf"(?P<part>\d\d)(?P<parts>\d\d)(?P<set>[A-Z2-7]{{{_SET_LETTERS}}})(?P<rest>[A-Z2-7]*)")


class _PackedChain(BaseModel):
    """A chain whose envelopes follow the head: each is the number of its bytes. Any other record is here itself."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    device: str
    head: ChainHead
    records: tuple[Annotated[int, Field(strict=True, ge=0)] | str, ...]
    proof: str


class _PackedHead(BaseModel):
    """A rescue file without its envelopes."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    format: Literal["xerodiary-rescue"] = FORMAT
    version: int
    app_version: str
    left_out: int
    chains: tuple[_PackedChain, ...]


@dataclass(frozen=True)
class _Piece:
    part: int
    parts: int
    set: str
    content: bytes
    is_whole: bool


def packed(file: RescueFile) -> bytes:
    """One line of JSON, then the envelopes as they are: what is sealed does not get smaller than that."""
    head, envelopes = file.model_dump(mode="json"), []
    for chain, rescued in zip(head["chains"], file.chains, strict=True):
        taken = [_envelope(text) for text in rescued.records]
        chain["records"] = [
            text if found is None else len(found) for text, found in zip(rescued.records, taken, strict=True)
        ]
        envelopes += [found for found in taken if found is not None]
    return b"\n".join([_PackedHead.model_validate(head).model_dump_json().encode(), b"".join(envelopes)])


def unpacked(data: bytes) -> RescueFile:
    """The reverse. Raises `RescueRefused` (rescue_unreadable)."""
    line, _, rest = data.partition(b"\n")
    try:
        head = _PackedHead.model_validate_json(line)
        file = RescueFile.model_construct(**{**dict(head), "chains": _filled(head.chains, BytesIO(rest))})
    except ValueError as error:  # pydantic's is one too
        raise not_whole() from error
    return read_rescue(file.to_bytes())


def codes_of(file: RescueFile) -> tuple[str, ...]:
    """One text for each code. Raises `RescueRefused` (rescue_too_much_for_codes)."""
    whole = packed(file)
    pieces = [whole[at : at + PIECE_BYTES] for at in range(0, len(whole), PIECE_BYTES)]
    if len(pieces) > MOST_CODES:
        raise _too_much()
    name = _name_of(whole)
    return tuple(_code(part, len(pieces), name, piece) for part, piece in enumerate(pieces, 1))


def read_codes(lines: str) -> RescueFile:
    """What was scanned, one code a line. Raises `RescueRefused`: incomplete, damaged, of two sets, or none at all."""
    if len(lines) > MAX_FILE_BYTES:
        raise too_large()
    found = list(_pieces(lines))
    whole = {piece.part: piece for piece in found if piece.is_whole}
    if not found:
        raise _nothing_found()
    if len({(piece.set, piece.parts) for piece in found if piece.is_whole}) > 1:
        raise _mixed()
    _refuse_gaps(found, whole)
    data = b"".join(whole[part].content for part in sorted(whole))
    if _name_of(data) != whole[1].set:
        raise _mixed()
    return unpacked(data)


def read_handed_over(data: bytes) -> RescueFile:
    """A rescue file, or a text file with the lines of its codes. Raises `RescueRefused`."""
    if len(data) > MAX_FILE_BYTES:
        raise too_large()
    text = data.replace(b"\0", b"").decode("ascii", "ignore")  # some editors write two bytes a letter, and a mark first
    return read_codes(text) if _holds_codes(text) else read_rescue(data)


def _holds_codes(text: str) -> bool:
    return not text.lstrip().startswith("{") and MARK in text.upper()


def _envelope(text: str) -> bytes | None:
    """None for a record that would not come back as exactly the same text."""
    try:
        return envelope_in(text)
    except ValueError:
        return None


def _filled(chains: Sequence[_PackedChain], following: BytesIO) -> tuple[RescuedChain, ...]:
    filled = tuple(_with_envelopes(chain, following) for chain in chains)
    if following.read():
        raise ValueError("more than what the head names")
    return filled


def _with_envelopes(chain: _PackedChain, following: BytesIO) -> RescuedChain:
    records = [one if isinstance(one, str) else as_text(_exactly(following, one)) for one in chain.records]
    return RescuedChain.model_validate({**dict(chain), "records": records})


def _exactly(following: BytesIO, length: int) -> bytes:
    found = following.read(length)
    if len(found) != length:
        raise ValueError("an envelope is cut off")
    return found


def _name_of(whole: bytes) -> str:
    return _base32(hashlib.sha256(whole).digest())[:_SET_LETTERS]


def _code(part: int, parts: int, name: str, content: bytes) -> str:
    head = _head(part, parts, name)
    return head + _base32(content + _check(head, content))


def _head(part: int, parts: int, name: str) -> str:
    return f"{MARK}{part:02}{parts:02}{name}"


def _check(head: str, content: bytes) -> bytes:
    return zlib.crc32(head.encode() + content).to_bytes(_CHECK_BYTES, "big")


def _pieces(lines: str) -> Iterator[_Piece]:
    """What looks like a code, line by line; anything else that was scanned is passed over."""
    for line in lines.upper().splitlines():
        for code in "".join(line.split()).split(MARK)[1:]:
            if (found := _CODE.match(code)) and 1 <= int(found["part"]) <= int(found["parts"]):
                yield _piece(found)


def _piece(found: re.Match[str]) -> _Piece:
    part, parts = int(found["part"]), int(found["parts"])
    content, check = _content(found["rest"])
    is_whole = check == _check(_head(part, parts, found["set"]), content)
    return _Piece(part, parts, found["set"], content, is_whole)


def _content(rest: str) -> tuple[bytes, bytes]:
    """Nothing and no check for what `_base32` does not make."""
    try:
        data = b32decode(rest + "=" * (-len(rest) % 8))
    except NotBase32:
        return b"", b""
    if _base32(data) != rest:  # the last letter may have more bits than the last byte
        return b"", b""
    return data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=")


def _refuse_gaps(found: Sequence[_Piece], whole: dict[int, _Piece]) -> None:
    parts = next(iter(whole.values())).parts if whole else max(piece.parts for piece in found)
    missing = [part for part in range(1, parts + 1) if part not in whole]
    if {piece.part for piece in found} & set(missing):
        raise _damaged(missing, parts)
    if missing:
        raise _missing(missing, parts)


def _listed(parts: Sequence[int]) -> str:
    return ", ".join(map(str, parts))


def _nothing_found() -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_UNREADABLE,
        "None of these lines is a code from the diary.",
        "Put the cursor in the field, then scan each code on the phone's screen.",
    )


def _missing(parts: Sequence[int], total: int) -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_CODES_MISSING,
        "Not all codes are here. Still to scan: {numbers} (of {total}).",
        "Scan what is missing; what has been scanned stays in the field.",
        numbers=_listed(parts), total=str(total),
    )  # fmt: skip


def _damaged(parts: Sequence[int], total: int) -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_CODES_DAMAGED,
        "Something was lost between phone and scanner. Still to scan: {numbers} (of {total}).",
        "Scan them again; what has been scanned well stays in the field.",
        numbers=_listed(parts), total=str(total),
    )  # fmt: skip


def _mixed() -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_CODES_MIXED,
        "These codes do not belong together.",
        "Empty the field, then scan every code that the phone shows now.",
    )


def _too_much() -> RescueRefused:
    return RescueRefused(
        Code.RESCUE_TOO_MUCH_FOR_CODES,
        "This phone holds too much for codes.",
        "Save the rescue file instead, and hand that over.",
    )
