"""Entries with the fields that our phones write: read by a decoder made for them, and not checked again.

That takes half the time of reading JSON and filling in a model. The fields are those of the model, so that there is no
second list of them. An entry that lacks one of them, or has one of a newer app, is read as JSON by whoever asks.
"""

from collections.abc import Collection
from datetime import datetime
from itertools import compress, product
from typing import Any, get_type_hints

from msgspec import DecodeError, defstruct
from msgspec.json import Decoder
from msgspec.structs import asdict

from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.records import chain_hash
from server.db.quick import filled

#: What a phone leaves out where there is nothing to say. Everything else that has a default it writes nevertheless.
LEFT_OUT = ("clock_offset_ms", "late_reason", "visit")
#: Names of the fields that a text has, by which of those three it lacks; frozen entries share them.
_SAID = {
    lacks: set(EntryBody.model_fields) - set(compress(LEFT_OUT, lacks))
    for lacks in product((False, True), repeat=len(LEFT_OUT))
}
_put = object.__setattr__


def read_usual(text: str, digest: str, on_time_until: datetime | None = None) -> EntryVersion | None:
    """The entry; None for one with other fields, and for bytes that do not come to `digest`."""
    try:
        said = _decode(text)
    except DecodeError:
        return None
    if chain_hash(said.previous, text) != digest:
        return None
    return filled(
        EntryVersion,
        {
            "id": said.id,
            "device": said.device,
            "sequence": said.sequence,
            "hash": digest,
            "body": body_with(asdict(said.body)),
            "on_time_until": on_time_until,
            "corrected": (),
            "moved": False,
        },
    )


def body_with(values: dict[str, Any]) -> EntryBody:
    """An entry of values that nobody has to check any more, one for every field; None for what was not said."""
    body = filled(EntryBody, values)
    lacks = (values["clock_offset_ms"] is None, values["late_reason"] is None, values["visit"] is None)
    _put(body, "__pydantic_fields_set__", _SAID[lacks])
    _put(body, "__pydantic_extra__", {})
    _put(body, "__pydantic_private__", None)
    return body


def _struct(name: str, kinds: dict[str, Any], left_out: Collection[str] = ()) -> Any:
    """A kind of object with these fields and no other. None of them leads back to it, so no search for cycles does."""
    fields = [(field, kind, None) if field in left_out else (field, kind) for field, kind in kinds.items()]
    return defstruct(name, fields, forbid_unknown_fields=True, kw_only=True, gc=False)


_BODY = _struct("Body", get_type_hints(EntryBody), LEFT_OUT)
_ENTRY = _struct("Entry", {"body": _BODY, "device": str, "id": str, "kind": str, "previous": str, "sequence": int})
_decode = Decoder(_ENTRY).decode
