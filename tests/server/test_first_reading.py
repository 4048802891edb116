"""The quick reading of an entry that arrives comes to what the protocol's own comes to, or leaves it to that."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryBody
from diary_app.core.errors import RecordRefused
from diary_app.core.records import MAX_RECORD_BYTES, Record, chain_hash, parse
from server.intake.first_reading import EntryRecord, read_entry
from tests.server.test_stored_entries import ALWAYS, CHOSEN, IDS, NEEDED, recorded

PLAIN = recorded({**NEEDED, **ALWAYS, "clock_offset_ms": 7, "late_reason": "forgot"})
AS_PHONES_SAY = {name: CHOSEN[name] for name in CHOSEN if name not in ("of_a_newer_app", "app_version")}
VALUE = re.compile(r'(?<=":)(?:"[^"]*"|-?[0-9]+|\{[^{}]*\})')
PLACES = [found.span() for found in VALUE.finditer(PLAIN.text)]
#: What somebody else's program, or a flaw of ours, may write in place of a value.
WRITTEN = (
    '""', '"x"', '"æ"', '"\\u0041"', '"a\\"b"', '"\x07"', '"a:b"', '"paper"', '"entry"', '"\\u0000"',
    "0", "-1", "-0", "01", "1.0", "1e3", "2", str(2**31), str(2**53), "9" * 5000, "true", "null", "NaN", "[]", "[1]",
    "{}", '{"A": 1}', '{"A":-1}', '{"A":"prefer_not_to_answer"}', '{"A":1,"A":1}', '{"A":1,"A":2}', '{"A":"x"}',
    '{"A":true}', '{"A":1.5}', '{"a:b":1}', '{"A":1,}', '{"æ":1}', '{"\x7f":1}', '{"\\u00e6":1}',
    '"2026-13-01"', '"2026-11-23"', '"2026-11-23T17:00:00Z"', '"2999-11-23T17:00:00.000Z"', '"Mars/Olympus"',
    f'"{"a" * 41}"', f'"{"0" * 64}"', f'"{"A" * 64}"', f'"{IDS[0].upper()}"', f'"{IDS[1]}"',
)  # fmt: skip


def slowly(text: str) -> tuple[Record, EntryBody] | None:
    try:
        record = parse(text)
        return record, EntryBody.from_record(record)
    except RecordRefused:
        return None


def agrees(text: str) -> bool:
    """Whether the quick reading said nothing, or the very same."""
    quick, slow = read_entry(text), slowly(text)
    if quick is None:
        return True
    assert slow is not None, text
    record, entry = slow
    assert vars(quick) == {**vars(record), "entry": entry}
    assert quick.entry.to_body() == entry.to_body()
    assert [(name, type(value)) for name, value in sorted(quick.entry)] == [
        (name, type(value)) for name, value in sorted(entry)
    ]
    assert quick.entry.model_fields_set == entry.model_fields_set
    return True


@given(st.fixed_dictionaries({}, optional=AS_PHONES_SAY))
def test_what_phones_write_is_read_quickly_and_the_same(chosen: dict[str, Any]) -> None:
    text = recorded({**NEEDED, **ALWAYS, **chosen}).text
    assert isinstance(read_entry(text), EntryRecord)
    assert agrees(text)


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(WRITTEN)),
        min_size=1,
        max_size=2,
        unique_by=lambda one: one[0],
    )
)
def test_whatever_else_stands_in_a_field_is_judged_by_the_protocol(written: list[tuple[tuple[int, int], str]]) -> None:
    text = PLAIN.text
    for (start, end), value in sorted(written, reverse=True):
        text = text[:start] + value + text[end:]
    assert agrees(text)


@pytest.mark.parametrize("place", PLACES)
def test_no_field_takes_what_the_protocol_refuses(place: tuple[int, int]) -> None:
    start, end = place
    assert all(agrees(PLAIN.text[:start] + value + PLAIN.text[end:]) for value in WRITTEN)


@pytest.mark.parametrize(
    ("name", "value"),
    [("closes", "2026-11-23T16:00:00.000Z"), ("revision", 2), ("parent", IDS[0]), ("answers", {"D": "no_reason"})],
)
def test_what_makes_no_sense_is_left_to_the_protocol(name: str, value: Any) -> None:
    assert read_entry(recorded({**NEEDED, **ALWAYS, name: value}).text) is None


def test_what_is_no_entry_is_left_to_the_protocol() -> None:
    text = recorded({**NEEDED, **ALWAYS}).text.replace('"kind":"entry"', '"kind":"entri"')
    assert read_entry(text) is None
    assert read_entry(text.replace("entri", "entry")) is not None


def test_a_key_that_occurs_twice_is_left_to_the_protocol() -> None:
    text = PLAIN.text.replace('{"DMD01":6}', '{"DMD01":6,"DMD01":6}')
    assert text != PLAIN.text
    assert read_entry(text) is None


def test_a_text_that_is_too_large_is_left_to_the_protocol() -> None:
    text = PLAIN.text.replace('"page_ms":{', '"page_ms":{ ')
    assert read_entry(text) is not None
    assert read_entry(text.replace("{ ", "{" + " " * MAX_RECORD_BYTES)) is None


def test_the_hash_is_that_of_the_text() -> None:
    found = read_entry(PLAIN.text)
    assert found is not None
    assert found.hash == chain_hash(PLAIN.previous, PLAIN.text) == PLAIN.hash
