"""Entries written as our phones write them, read for the first time with one expression and half the work.

Two stretches of the text are the same in very many entries: the evening as it was shown, and who fills in which study.
Each is checked once, by the fields of `EntryBody` themselves, and what was accepted is remembered; what is an entry's
own is checked each time. A text of any other form, or with anything in it that is not accepted, is left to the
protocol's own reading, which alone refuses and says why.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, create_model
from pydantic_core import from_json

from diary_app.core.entries import EntryBody
from diary_app.core.errors import RecordRefused
from diary_app.core.records import MAX_RECORD_BYTES, Record, RecordKind, fields_in
from server.db.quick import filled
from server.db.usual_entries import LEFT_OUT, body_with

_NUMBERS = frozenset(
    {"clock_offset_ms", "monotonic_ms", "practice", "revision", "schedule_revision", "utc_offset_minutes"}
)
_OBJECTS = frozenset({"answers", "page_ms"})
_TEXT, _NUMBER, _OBJECT = r'"([^"]*)"', r"(-?(?:0|[1-9][0-9]*))", r"(\{[^{}]*\})"
#: Fields in the order of the text: those of an entry alone, and between them stretches that many have in common.
_FIELDS = sorted(EntryBody.model_fields)
_SHOWN_FIELDS = _FIELDS[_FIELDS.index("closes") : _FIELDS.index("monotonic_ms")]
_BY_WHOM_FIELDS = _FIELDS[_FIELDS.index("parent") :]
_OWN_FIELDS = [name for name in _FIELDS if name not in (*_SHOWN_FIELDS, *_BY_WHOM_FIELDS)]
#: So many of each stretch are remembered: evenings of some years in two zones and languages, and participants.
_EVENINGS, _PEOPLE = 4096, 4096


@dataclass(frozen=True)
class EntryRecord(Record):
    """A record with the entry that it is, which was read along with it."""

    entry: EntryBody


def read_entry(text: str) -> EntryRecord | None:
    """What `parse` and `EntryBody.from_record` make of the text; None where they have to be asked."""
    if len(text) > MAX_RECORD_BYTES or "\\" in text or not (text.isascii() and text.isprintable()):
        return None
    found = USUAL.fullmatch(text)
    if found is None:
        return None
    answers, _, _, _, shown, _, _, page_ms, by_whom, *_ = found.groups()
    try:
        said = from_json(text)
        body = said["body"]
        if said["kind"] != RecordKind.ENTRY or _is_doubled(body["answers"], answers, body["page_ms"], page_ms):
            return None
        own = _checked(_OfOneEntry, {name: body[name] for name in _OWN_FIELDS if name in body})
        entry = body_with({**own, **_shown(shown), **_by_whom(by_whom)})
        entry.require_sense()
        return filled(EntryRecord, {**fields_in(said, text), "entry": entry})
    except (ValueError, RecordRefused):  # what pydantic refuses is a ValueError
        return None


def _is_doubled(answers: dict[str, Any], answers_text: str, page_ms: dict[str, Any], page_ms_text: str) -> bool:
    """Whether a key may occur twice, which reading the text has hidden."""
    return len(answers) != answers_text.count(":") or len(page_ms) != page_ms_text.count(":")


@lru_cache(maxsize=_EVENINGS)
def _shown(text: str) -> dict[str, Any]:
    return _checked(_Shown, from_json(f"{{{text}}}"))


@lru_cache(maxsize=_PEOPLE)
def _by_whom(text: str) -> dict[str, Any]:
    return _checked(_ByWhom, from_json(f"{{{text}}}"))


def _checked(model: type[BaseModel], said: dict[str, Any]) -> dict[str, Any]:
    """The values of some fields, defaults included. Raises `ValidationError`."""
    return model.model_validate(said).__dict__


def _some_fields(name: str, fields: Sequence[str]) -> type[BaseModel]:
    """A model of some of an entry's fields, each with all that is asked of it there."""
    given: dict[str, Any] = {
        field: (EntryBody.model_fields[field].annotation, EntryBody.model_fields[field]) for field in fields
    }
    return create_model(name, **given)


_OfOneEntry, _Shown, _ByWhom = (
    _some_fields(name, fields)
    for name, fields in (("_OfOneEntry", _OWN_FIELDS), ("_Shown", _SHOWN_FIELDS), ("_ByWhom", _BY_WHOM_FIELDS))
)


def _expression() -> str:
    """Finds the text of an entry as phones write it, with a group for each value and one for each stretch."""
    before, between = (
        _pairs(_FIELDS[: _FIELDS.index("closes")]),
        _pairs(_FIELDS[_FIELDS.index("monotonic_ms") : -len(_BY_WHOM_FIELDS)]),
    )
    body = f"{before}{_as_one(_SHOWN_FIELDS)},{between}{_as_one(_BY_WHOM_FIELDS)}"
    ends = f'"device":{_TEXT},"id":{_TEXT},"kind":"[^"]*","previous":{_TEXT},"sequence":{_NUMBER}'
    return rf'\{{"body":\{{{body}\}},{ends}\}}'


def _pairs(names: Sequence[str]) -> str:
    pairs = []
    for name in names:
        kind = _NUMBER if name in _NUMBERS else _OBJECT if name in _OBJECTS else _TEXT
        pair = f'"{name}":{kind},'
        pairs.append(f"(?:{pair})?" if name in LEFT_OUT else pair)
    return "".join(pairs)


def _as_one(names: Sequence[str]) -> str:
    return f"({re.sub(r'[(](?![?])', '(?:', _pairs(names).removesuffix(','))})"


#: The text of an entry as phones write it, in parts.
USUAL = re.compile(_expression())
