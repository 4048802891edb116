"""Entries whose text is written as our phones write it: taken apart by one expression, and not checked again.

That takes half the time of reading JSON and filling in a model. Two stretches of the text are the same in very many
entries: the evening as it was shown, and who fills in which study where. They are taken apart once and remembered.
A text of any other form (white space, another order, a backslash, fields of a newer app) is read as JSON by whoever
asks.
"""

import re
from collections.abc import Mapping
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
#: Fields in the order of the text: those of an entry alone, and between them stretches that many have in common.
_FIELDS = sorted(EntryBody.model_fields)
SHOWN = _FIELDS[_FIELDS.index("closes") : _FIELDS.index("monotonic_ms")]
BY_WHOM = _FIELDS[_FIELDS.index("parent") :]
OF_ONE_ENTRY = [name for name in _FIELDS if name not in (*SHOWN, *BY_WHOM)]
#: So many of each stretch are remembered: evenings of some years in two zones and languages, and participants.
_EVENINGS, _PEOPLE = 4096, 512
#: Names of the fields that a text has, by which of those three it lacks; frozen entries share them.
_SAID = {
    lacks: set(EntryBody.model_fields) - set(compress(_ABSENT_WITHOUT_VALUE, lacks))
    for lacks in product((False, True), repeat=len(_ABSENT_WITHOUT_VALUE))
}
_TEXT, _NUMBER, _OBJECT = r'"([^"]*)"', r"(-?(?:0|[1-9][0-9]*))", r"(\{[^{}]*\})"
_put, _moment = object.__setattr__, datetime.fromisoformat
_opens = lru_cache(maxsize=_EVENINGS)(_moment)  # everybody in a zone has the same windows


def read_usual(text: str, digest: str, on_time_until: datetime | None = None) -> EntryVersion | None:
    """The entry; None for a text of another form, and for bytes that do not come to `digest`.

    Raises ValueError and KeyError for a value that no entry has.
    """
    found = None if "\\" in text else USUAL.fullmatch(text)
    if found is None:
        return None
    *of_body, device, record, previous, sequence = found.groups()
    if chain_hash(previous, text) != digest:
        return None
    return filled(
        EntryVersion,
        {
            "id": record,
            "device": device,
            "sequence": int(sequence),
            "hash": digest,
            "body": _body(*of_body),
            "on_time_until": on_time_until,
            "corrected": (),
            "moved": False,
        },
    )


def _body(
    answers: str, app_version: str, captured_at: str, clock_offset_ms: str | None, shown: str, monotonic_ms: str,
    opens: str, page_ms: str, by_whom: str,
) -> EntryBody:  # fmt: skip
    """Of the texts of `USUAL`, in its order."""
    closes, diary_day, filled_by, instrument, instrument_version, language, late_reason, late_until, mode = _shown(
        shown
    )
    (
        parent, participant, practice, revision, schedule_revision, study_version, tzdata_version, utc_offset_minutes,
        visit, wording_sha256, zone,
    ) = _by_whom(by_whom)  # fmt: skip
    return body_with(
        {
            "participant": participant, "study_version": study_version, "schedule_revision": schedule_revision,
            "instrument": instrument, "instrument_version": instrument_version, "wording_sha256": wording_sha256,
            "language": language, "diary_day": diary_day, "visit": visit, "opens": _opens(opens), "closes": closes,
            "late_until": late_until, "answers": _answers(answers), "revision": revision, "parent": parent,
            "captured_at": _moment(captured_at), "utc_offset_minutes": utc_offset_minutes, "zone": zone,
            "monotonic_ms": int(monotonic_ms),
            "clock_offset_ms": None if clock_offset_ms is None else int(clock_offset_ms),
            "mode": mode, "filled_by": filled_by, "practice": practice, "late_reason": late_reason,
            "app_version": app_version, "tzdata_version": tzdata_version, "page_ms": from_json(page_ms),
        },
    )  # fmt: skip


def body_with(values: dict[str, Any]) -> EntryBody:
    """An entry of values that nobody has to check any more, one for every field; None for what was not said."""
    body = filled(EntryBody, values)
    lacks = (values["clock_offset_ms"] is None, values["late_reason"] is None, values["visit"] is None)
    _put(body, "__pydantic_fields_set__", _SAID[lacks])
    _put(body, "__pydantic_extra__", {})
    _put(body, "__pydantic_private__", None)
    return body


def _answers(text: str) -> dict[str, Answer]:
    found: dict[str, Answer] = from_json(text)
    if text.count('"') != 2 * len(found):  # not only names of questions: there is a skip
        return {code: SKIPS[answer] if answer.__class__ is str else answer for code, answer in found.items()}
    return found


@lru_cache(maxsize=_EVENINGS)
def _shown(text: str) -> tuple[Any, ...]:
    """The values of `SHOWN`."""
    (
        closes, diary_day, filled_by, instrument, instrument_version, language, late_reason, late_until, mode,
    ) = _parts(_SHOWN_APART, text)  # fmt: skip
    reason = None if late_reason is None else REASONS[late_reason]
    return (
        _moment(closes), date.fromisoformat(diary_day), HANDS[filled_by], instrument, instrument_version, language,
        reason, _moment(late_until), MODES[mode],
    )  # fmt: skip


@lru_cache(maxsize=_PEOPLE)
def _by_whom(text: str) -> tuple[Any, ...]:
    """The values of `BY_WHOM`."""
    (
        parent, participant, practice, revision, schedule_revision, study_version, tzdata_version, utc_offset_minutes,
        visit, wording_sha256, zone,
    ) = _parts(_BY_WHOM_APART, text)  # fmt: skip
    return (
        parent, participant, int(practice), int(revision), int(schedule_revision), study_version, tzdata_version,
        int(utc_offset_minutes), visit, wording_sha256, zone,
    )  # fmt: skip


def _parts(apart: re.Pattern[str], text: str) -> tuple[Any, ...]:
    found = apart.fullmatch(text)
    assert found is not None  # the whole expression has the same one in it
    return found.groups()


def _pairs(names: list[str]) -> str:
    """An expression with a group for each value."""
    pairs = []
    for name in names:
        kind = _NUMBER if name in _NUMBERS else _OBJECT if name in _OBJECTS else _TEXT
        pair = f'"{name}":{kind},'
        pairs.append(f"(?:{pair})?" if name in _ABSENT_WITHOUT_VALUE else pair)
    return "".join(pairs)


def _as_one(names: list[str]) -> str:
    """The same with one group for all of them."""
    return f"({re.sub(r'[(](?![?])', '(?:', _pairs(names).removesuffix(','))})"


def _expression() -> str:
    before, between = _FIELDS[: _FIELDS.index("closes")], _FIELDS[_FIELDS.index("monotonic_ms") : -len(BY_WHOM)]
    body = f"{_pairs(before)}{_as_one(SHOWN)},{_pairs(between)}{_as_one(BY_WHOM)}"
    ends = f'"device":{_TEXT},"id":{_TEXT},"kind":"[^"]*","previous":{_TEXT},"sequence":{_NUMBER}'
    return rf'\{{"body":\{{{body}\}},{ends}\}}'


#: The text of an entry as phones write it, in parts; and the two stretches of it by themselves.
USUAL = re.compile(_expression())
_SHOWN_APART, _BY_WHOM_APART = (re.compile(_pairs(names).removesuffix(",")) for names in (SHOWN, BY_WHOM))
