"""A record: made once on a phone, kept and sent as the same bytes for ever.

The UTF-8 text is the truth; every other field here is read from it. Each record names the hash of the one before it
on the same device, and its own hash is SHA-256(previous hash || text), so a missing, changed or reordered record shows.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from diary_app.core.errors import Code, RecordRefused

MAX_RECORD_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_INTEGER = 2**53  # beyond it a browser's numbers are no longer exact
MAX_SEQUENCE = 2**31  # what an integer column holds on every database
GENESIS = "0" * 64
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Value = int | str | list["Value"] | dict[str, "Value"]


class RecordKind(StrEnum):
    """What a phone can state. Unknown kinds from newer apps are stored and receipted too."""

    ENTRY = "entry"
    DRAFT_DAY = "draft_day"
    CHOICE = "choice"
    ZONE = "zone"
    PAUSE = "pause"
    MISSED_REASON = "missed_reason"
    TRAINING = "training"
    APP_EVENT = "app_event"
    ACKNOWLEDGEMENT = "acknowledgement"


#: What an `app_event` says in `what` when a tap on a reminder opened the app.
REMINDER_OPENED = "reminder_opened"
#: A record receipted with one of these has no place on its chain, and so nothing after it has: it ends before that.
CHAIN_BROKEN = frozenset({Code.CHAIN_FORK, Code.RECORD_CONFLICT, Code.RECORD_MALFORMED, Code.RECORD_TOO_LARGE})


@dataclass(frozen=True)
class Record:
    """One record; `text` is verbatim, `hash` chains it to `previous`. Hashes are 64 lower-case hex digits."""

    id: str
    kind: str
    device: str
    sequence: int
    previous: str
    body: Mapping[str, Any]
    text: str
    hash: str


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted ASCII keys, no white space, integers and strings only. Raises ValueError otherwise."""
    _require_allowed(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain_hash(previous: str, text: str) -> str:
    """SHA-256(previous hash || UTF-8 text) as hex."""
    return hashlib.sha256(bytes.fromhex(previous) + text.encode()).hexdigest()


def compose(*, id: str, kind: str, device: str, sequence: int, previous: str, body: Mapping[str, Any]) -> Record:
    """Make a new record, and read it as its receivers will, so that none is made that they would refuse.

    Raises `RecordRefused`, and ValueError for a body that is not `canonical`.
    """
    text = canonical(
        {"body": body, "device": device, "id": id, "kind": kind, "previous": previous, "sequence": sequence}
    )
    return parse(text)


def record_in(data: bytes) -> Record | None:
    """The record that these bytes are, whoever wrote them; None for anything else."""
    try:
        return parse(data.decode())
    except (RecordRefused, UnicodeDecodeError):
        return None


def parse(text: str) -> Record:
    """Read a record from its text, whoever wrote it. Raises `RecordRefused`; white space and key order are free."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise _malformed("it is not valid UTF-8") from error
    if len(data) > MAX_RECORD_BYTES:
        raise _too_large()
    try:
        value = _DECODER.decode(text)
        _require_allowed(value)
        return Record(**fields_in(value, text))
    except KeyError as error:
        raise _malformed(f"{error.args[0]} is missing") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise _malformed(str(error)) from error


def fields_in(value: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Every field of a `Record`, from what its text says. Raises KeyError, ValueError and TypeError."""
    return {
        "id": _uuid(value["id"]), "kind": _text(value["kind"], 40), "device": _uuid(value["device"]),
        "sequence": _sequence(value["sequence"]), "previous": _hash(value["previous"]), "body": _object(value["body"]),
        "text": text, "hash": chain_hash(value["previous"], text),
    }  # fmt: skip


def _require_allowed(value: Any) -> None:
    """Raises ValueError naming the first place that is not allowed; where that is takes longer to say than whether."""
    if not (type(value) is dict and _is_plain(value, 1)):
        _check(value, "record")


def _is_plain(values: dict[Any, Any], depth: int) -> bool:
    """Whether an object is allowed and simple: objects, ASCII and numbers. `_check` decides on anything else."""
    for key, value in values.items():
        if not (type(key) is str and key.isascii() and key.isprintable()):
            return False
        kind = type(value)
        if kind is str:
            if not value.isascii() or "\0" in value:
                return False
        elif kind is int:
            if not -MAX_INTEGER < value < MAX_INTEGER:
                return False
        elif kind is not dict or depth >= MAX_DEPTH or not _is_plain(value, depth + 1):
            return False
    return True


def _check(value: Any, where: str, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"{where}: nested deeper than {MAX_DEPTH}")
    match value:
        case bool() | float() | None:
            raise ValueError(f"{where}: only integers and strings are allowed")
        case int():
            if not -MAX_INTEGER < value < MAX_INTEGER:
                raise ValueError(f"{where}: an integer that not every program keeps exactly")
        case str():
            _check_text(value, where)
        case dict():
            for key, inner in value.items():
                if not (isinstance(key, str) and key.isascii() and key.isprintable()):
                    raise ValueError(f"{where}: a key is not printable ASCII")
                _check(inner, f"{where}.{key}", depth + 1)
        case list() | tuple():
            for inner in value:
                _check(inner, where, depth + 1)
        case _:
            raise ValueError(f"{where}: {type(value).__name__} is not allowed")


def _check_text(value: str, where: str) -> None:
    if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise ValueError(f"{where}: a character that no database can keep")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not allowed")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key occurs twice")
    return value


#: Made once: `json.loads` makes one at each call that asks for anything unusual.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_duplicates)


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise ValueError("id and device must be lower-case UUIDs")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise ValueError(f"kind must be text of 1 to {longest} characters")
    return value


def _sequence(value: Any) -> int:
    if not isinstance(value, int) or not 1 <= value < MAX_SEQUENCE:
        raise ValueError("sequence must be a whole number from 1")
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 64 or value.strip("0123456789abcdef"):
        raise ValueError("previous must be 64 lower-case hex digits")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("body must be an object")
    return value


def _malformed(why: str) -> RecordRefused:
    return RecordRefused(
        Code.RECORD_MALFORMED, f"The record cannot be read: {why[:200]}.", "It is kept for the study team to look at."
    )


def _too_large() -> RecordRefused:
    return RecordRefused(
        Code.RECORD_TOO_LARGE,
        f"The record is larger than {MAX_RECORD_BYTES} bytes.",
        "It is kept for the study team to look at.",
    )
