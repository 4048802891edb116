"""Entries whose text is written as our phones write it: taken apart by one expression, and not checked again.

That takes half the time of reading JSON and filling in a model. A text of any other form (white space, another order, a
backslash, fields of a newer app) is read as JSON by whoever asks.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import compress, product
from typing import Any

from pydantic_core import from_json

from diary_app.core.entries import Answer, EntryBody, EntryVersion, FilledBy, LateReason, Mode, Skip
from diary_app.core.records import chain_hash
from server.db.quick import filled

MODES: Mapping[str, Mode] = {one.value: one for one in Mode}
HANDS: Mapping[str, FilledBy] = {one.value: one for one in FilledBy}
REASONS: Mapping[str, LateReason] = {one.value: one for one in LateReason}
SKIPS: Mapping[str, Skip] = {one.value: one for one in Skip}
_NUMBERS = frozenset(
    {"clock_offset_ms", "monotonic_ms", "practice", "revision", "schedule_revision", "utc_offset_minutes"}
)
_OBJECTS = frozenset({"answers", "page_ms"})
_ABSENT_WITHOUT_VALUE = ("clock_offset_ms", "late_reason", "visit")
#: Names of the fields that a text has, by which of those three it lacks; frozen entries share them.
_SAID = {
    lacks: set(EntryBody.model_fields) - set(compress(_ABSENT_WITHOUT_VALUE, lacks))
    for lacks in product((False, True), repeat=len(_ABSENT_WITHOUT_VALUE))
}
_TEXT, _NUMBER, _OBJECT = r'"([^"]*)"', r"(-?(?:0|[1-9][0-9]*))", r"(\{[^{}]*\})"
_put, _moment = object.__setattr__, datetime.fromisoformat
_day = lru_cache(maxsize=8192)(date.fromisoformat)  # everybody has the same days


def read_usual(text: str, digest: str, on_time_until: datetime | None = None) -> EntryVersion | None:
    """The entry; None for a text of another form, and for bytes that do not come to `digest`.

    Raises ValueError and KeyError for a value that no entry has.
    """
    found = None if "\\" in text else USUAL.fullmatch(text)
    if found is None:
        return None
    *parts, record, previous, sequence = found.groups()
    if chain_hash(previous, text) != digest:
        return None
    return filled(
        EntryVersion,
        {
            "id": record,
            "device": parts[-1],
            "sequence": int(sequence),
            "hash": digest,
            "body": _body(parts[:-1]),
            "on_time_until": on_time_until,
            "corrected": (),
            "moved": False,
        },
    )


def _body(parts: Sequence[Any]) -> EntryBody:
    """What stands inside, in the order of the text; text for everything but what is absent."""
    (
        answers, app_version, captured_at, clock_offset_ms, closes, diary_day, filled_by, instrument,
        instrument_version, language, late_reason, late_until, mode, monotonic_ms, opens, page_ms, parent, participant,
        practice, revision, schedule_revision, study_version, tzdata_version, utc_offset_minutes, visit,
        wording_sha256, zone,
    ) = parts  # fmt: skip
    body = filled(
        EntryBody,
        {
            "participant": participant,
            "study_version": study_version,
            "schedule_revision": int(schedule_revision),
            "instrument": instrument,
            "instrument_version": instrument_version,
            "wording_sha256": wording_sha256,
            "language": language,
            "diary_day": _day(diary_day),
            "visit": visit,
            "opens": _moment(opens),
            "closes": _moment(closes),
            "late_until": _moment(late_until),
            "answers": _answers(answers),
            "revision": int(revision),
            "parent": parent,
            "captured_at": _moment(captured_at),
            "utc_offset_minutes": int(utc_offset_minutes),
            "zone": zone,
            "monotonic_ms": int(monotonic_ms),
            "clock_offset_ms": None if clock_offset_ms is None else int(clock_offset_ms),
            "mode": MODES[mode],
            "filled_by": HANDS[filled_by],
            "practice": int(practice),
            "late_reason": None if late_reason is None else REASONS[late_reason],
            "app_version": app_version,
            "tzdata_version": tzdata_version,
            "page_ms": from_json(page_ms),
        },
    )
    _put(body, "__pydantic_fields_set__", _SAID[clock_offset_ms is None, late_reason is None, visit is None])
    _put(body, "__pydantic_extra__", {})
    _put(body, "__pydantic_private__", None)
    return body


def _answers(text: str) -> dict[str, Answer]:
    return {code: SKIPS[answer] if answer.__class__ is str else answer for code, answer in from_json(text).items()}


def _expression() -> str:
    pairs = []
    for name in sorted(EntryBody.model_fields):
        kind = _NUMBER if name in _NUMBERS else _OBJECT if name in _OBJECTS else _TEXT
        pair = f'"{name}":{kind},'
        pairs.append(f"(?:{pair})?" if name in _ABSENT_WITHOUT_VALUE else pair)
    body = "".join(pairs).removesuffix(",")
    ends = f'"device":{_TEXT},"id":{_TEXT},"kind":"[^"]*","previous":{_TEXT},"sequence":{_NUMBER}'
    return rf'\{{"body":\{{{body}\}},{ends}\}}'


#: The text of an entry as phones write it, in parts.
USUAL = re.compile(_expression())
