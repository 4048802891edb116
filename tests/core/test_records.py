"""A record: made once, read by anybody, refused with one error when it cannot be read."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diary_app.core.errors import Code, RecordRefused
from diary_app.core.records import GENESIS, MAX_RECORD_BYTES, Record, canonical, compose, parse
from tests.core.evenings import PHONE, uuid

values = st.recursive(
    st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcXYZ_09", max_size=8), inner, max_size=3),
    max_leaves=12,
)
bodies = st.dictionaries(st.text("abcdefXYZ_", min_size=1, max_size=8), values, max_size=5)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
GOOD = {"id": uuid(1), "kind": "entry", "device": PHONE, "sequence": 1, "previous": GENESIS, "body": {}}


def made(body: dict[str, Any]) -> Record:
    return compose(id=uuid(1), kind="entry", device=PHONE, sequence=1, previous=GENESIS, body=body)


def outcome(text: str) -> str:
    """The text itself when it is read, else the code of the refusal; any other error is a defect."""
    try:
        return parse(text).text
    except RecordRefused as refused:
        return refused.code


@given(bodies)
def test_what_is_composed_is_read_back_the_same(body: dict[str, Any]) -> None:
    record = made(body)

    assert parse(record.text) == record
    assert record.body == body


@given(bodies)
def test_the_order_of_keys_does_not_change_the_bytes(body: dict[str, Any]) -> None:
    assert made(dict(reversed(body.items()))).text == made(body).text


@given(st.text())
@example("[" * 60_000)
@example('{"body":' * 8_000)
@example("9" * 5_000)
@example("\ud800")
def test_any_text_is_read_or_refused(text: str) -> None:
    assert outcome(text) in {text, Code.RECORD_MALFORMED, Code.RECORD_TOO_LARGE}


@given(anything)
def test_any_json_is_read_or_refused(value: Any) -> None:
    assert outcome(json.dumps(value)) is Code.RECORD_MALFORMED


@given(st.sampled_from(sorted(GOOD)), anything)
def test_any_field_is_read_or_refused(field: str, value: Any) -> None:
    text = json.dumps({**GOOD, field: value})

    assert outcome(text) in {text, Code.RECORD_MALFORMED}


@pytest.mark.parametrize("field", sorted(GOOD))
def test_a_missing_field_is_named(field: str) -> None:
    text = json.dumps({key: value for key, value in GOOD.items() if key != field})

    with pytest.raises(RecordRefused, match=f"{field} is missing"):
        parse(text)


@pytest.mark.parametrize(
    "change",
    [
        {"id": uuid(1).upper().replace("0", "A")},
        {"id": "{" + uuid(1) + "}"},
        {"id": uuid(1).replace("-", "")},
        {"device": 5},
        {"kind": ""},
        {"kind": "k" * 41},
        {"sequence": 0},
        {"sequence": "1"},
        {"sequence": 2**31},
        {"previous": GENESIS[:-1]},
        {"previous": "G" * 64},
        {"previous": "AB" * 32},
        {"body": []},
        {"body": {"answer": 0.5}},
        {"body": {"answer": True}},
        {"body": {"answer": None}},
        {"body": {"answer": 2**53}},
        {"body": {"answer": "\0"}},
        {"body": {"answer": "\ud800"}},
        {"body": {"tørhed": 1}},
        {"body": {"a\nb": 1}},
    ],
    ids=str,
)
def test_a_malformed_record_is_refused(change: dict[str, Any]) -> None:
    assert outcome(json.dumps({**GOOD, **change})) is Code.RECORD_MALFORMED


def test_a_key_that_occurs_twice_is_refused() -> None:
    assert outcome(json.dumps(GOOD)[:-1] + ', "sequence": 2}') is Code.RECORD_MALFORMED


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e3", "-0.0"])
def test_a_number_that_is_no_integer_is_refused(number: str) -> None:
    assert outcome(json.dumps(GOOD).replace('"sequence": 1', f'"sequence": {number}')) is Code.RECORD_MALFORMED


def test_white_space_and_order_are_free_and_kept() -> None:
    text = json.dumps(dict(reversed(GOOD.items())), indent=2)

    assert parse(text).text == text
    assert parse(text).hash != parse(json.dumps(GOOD)).hash


def test_a_record_may_have_64_kib_and_no_byte_more() -> None:
    room = MAX_RECORD_BYTES - len(made({"note": ""}).text)

    assert len(made({"note": "x" * room}).text) == MAX_RECORD_BYTES
    with pytest.raises(RecordRefused) as caught:
        made({"note": "x" * (room - 1) + "ø"})
    assert caught.value.code is Code.RECORD_TOO_LARGE


def test_deep_nesting_is_refused() -> None:
    nested: dict[str, Any] = {}
    for _ in range(100):
        nested = {"in": nested}

    assert outcome(json.dumps({**GOOD, "body": nested})) is Code.RECORD_MALFORMED


@pytest.mark.parametrize("value", [1.5, None, True, b"bytes", {1: "key"}, {"ø": 1}, 2**53])
def test_only_integers_and_texts_are_canonical(value: Any) -> None:
    with pytest.raises(ValueError, match="record"):
        canonical({"value": value})


def test_a_refusal_does_not_repeat_what_was_written() -> None:
    with pytest.raises(RecordRefused) as caught:
        parse(json.dumps({**GOOD, "id": "my mouth is dry", "body": {"note": "my mouth is dry"}}))

    assert "dry" not in str(caught.value)
