"""The body of an entry: whatever arrives is read or refused, and what is read fits a database."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.errors import Code, RecordRefused
from diary_app.core.records import GENESIS, Record, compose
from diary_app.core.times import zone
from tests.core.evenings import EVENING, PHONE, body_values, entry, uuid

FIELDS = sorted({*EntryBody.model_fields, "unknown_field"})
odd_zones = [
    "",
    "../x",
    "Europe/../Copenhagen",
    "/etc/localtime",
    "Europe",
    "Europe/",
    "Factory",
    "__init__",
    "a/b/c/d",
]
odd_days = ["0000-00-00", "0000-01-01", "9999-12-31", "2026-02-30", "2026-11-22T00:00:00", "٢٠٢٦-١١-٢٢", "1700000000"]
odd_moments = [
    "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z", "2026-11-22T24:00:00.000Z",
    "2026-11-22T19:30:60.000Z", "2026-11-22 19:30Z", "2026-11-22T19:30:00.000+01:00", "٢٠٢٦-11-22T19:30:00.000Z",
]  # fmt: skip
odd_names = ["prefer_not_to_answer", "paper", "self", "7", "-1", "1e9", "å" * 200]
odd_texts = st.sampled_from([*odd_zones, *odd_days, *odd_moments, *odd_names])
leaves = st.integers(-(2**53) + 1, 2**53 - 1) | odd_texts | st.text(st.characters(codec="utf-8", min_codepoint=1))
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aZ0_", max_size=6), inner, max_size=3),
    max_leaves=6,
)


def record(body: dict[str, Any]) -> Record:
    return compose(id=uuid(1), kind="entry", device=PHONE, sequence=1, previous=GENESIS, body=body)


def read(body: dict[str, Any]) -> EntryBody | None:
    """None when it is refused; any other error is a defect."""
    try:
        return EntryBody.from_record(record(body))
    except RecordRefused:
        return None


def refusal(**changes: Any) -> str:
    with pytest.raises(RecordRefused) as caught:
        EntryBody.from_record(record(body_values(**changes)))
    assert caught.value.code is Code.ENTRY_INVALID
    return caught.value.message


@given(st.dictionaries(st.sampled_from(FIELDS), values, min_size=1, max_size=4))
def test_any_change_is_read_or_refused(changes: dict[str, Any]) -> None:
    body = read(body_values(**changes))

    if body is not None:
        assert_fits_a_database(body)


def assert_fits_a_database(body: EntryBody) -> None:
    names = [body.participant, body.instrument, body.instrument_version, body.study_version, body.language, body.zone]
    assert all(0 < len(name) <= 64 for name in [*names, *body.answers])
    assert all(0 <= number < 2**31 for number in (body.revision, body.schedule_revision, body.practice))
    assert all(abs(answer) <= 2**31 for answer in body.answers.values() if isinstance(answer, int))
    assert body.opens <= body.closes <= body.late_until
    assert body.captured_at.astimezone(zone(body.zone)) + timedelta(days=366) > body.captured_at


@given(values)
def test_any_answer_is_read_as_it_is_or_refused(value: Any) -> None:
    body = read(body_values(answers={"DMD01": value}))

    assert body is None or body.answers["DMD01"] == value


@given(st.dictionaries(st.text("aZ0_", max_size=6), values, max_size=6))
def test_a_body_of_anything_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(RecordRefused):
        EntryVersion.from_record(record(body))


def test_an_entry_is_written_as_it_is_read() -> None:
    body = entry(mode="paper", late_reason="forgot", clock_offset_ms=-12, page_ms={"DMD01": 900})

    assert EntryBody.from_record(record(body.to_body())) == body
    assert "parent" in body.to_body()
    assert "clock_offset_ms" not in entry().to_body()


def test_fields_of_a_newer_app_are_kept() -> None:
    body = EntryBody.from_record(record(body_values(mood={"today": 3})))

    assert body.to_body()["mood"] == {"today": 3}


@pytest.mark.parametrize(
    "changes",
    [
        {"zone": "Europe/Atlantis"},
        {"zone": "../../etc/passwd"},
        {"diary_day": 20779},
        {"diary_day": "0000-01-01"},
        {"captured_at": "2026-11-22T19:30:00Z"},
        {"captured_at": 1795375800},
        {"captured_at": ["2026-11-22T19:30:00.000Z"]},
        {"opens": "2026-11-23T02:00:00.001Z"},
        {"closes": "2026-11-23T11:00:00.001Z"},
        {"revision": 0},
        {"revision": 2**31},
        {"revision": 2},
        {"parent": uuid(2)},
        {"revision": "1"},
        {"practice": 2},
        {"participant": ""},
        {"participant": "0" * 41},
        {"wording_sha256": "unknown"},
        {"answers": {"DMD01": "7"}},
        {"answers": {"DMD01": "skip"}},
        {"answers": {"D" * 41: 1}},
        {"answers": {f"DMD{number}": 1 for number in range(101)}},
        {"answers": []},
        {"mode": "telephone"},
        {"late_reason": ""},
        {"page_ms": {"DMD01": "fast"}},
    ],
    ids=str,
)
def test_a_body_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(**changes).startswith("The entry cannot be used: ")


def test_a_refusal_names_the_field_in_few_words() -> None:
    assert "answers.DMD01" in refusal(answers={"DMD01": "x" * 5000})
    assert len(refusal(zone="z" * 5000)) < 300


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(3000, 1, 1), EVENING])
def test_a_day_no_calendar_sum_could_hold_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="diary_day"):
        entry(diary_day=day)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="captured_at"):
        entry(captured_at=EVENING.replace(tzinfo=None))
