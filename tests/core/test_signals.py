"""Signals for review: what raises one, what only looks like it, and that none says what was answered."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from diary_app.core.signals import Made, Signal, SignalKind, digest, signals

DAY = date(2026, 11, 2)
EVENING = datetime(2026, 11, 2, 18, 0, tzinfo=UTC)


def made(number: int, *, at: datetime | None = None, value: int | None = None, **changes: object) -> Made:
    """The entry of that evening at 19:00, each with an answer of its own."""
    closes = EVENING + timedelta(days=number, hours=8)
    one = Made(
        id=f"entry {number}", day=DAY + timedelta(days=number), captured_at=at or EVENING + timedelta(days=number),
        closes=closes, late_until=closes + timedelta(hours=9), answers={"DMD01": number if value is None else value},
        device="phone", sequence=number + 1, page_ms=45_000,
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]


def kinds(*entries: Made, treated: tuple[datetime, ...] = ()) -> list[SignalKind]:
    return [one.kind for one in signals(entries, treated)]


def test_an_ordinary_diary_has_none() -> None:
    assert kinds(*(made(number) for number in range(20))) == []


@pytest.mark.parametrize(("page_ms", "found"), [(9_999, [SignalKind.FAST]), (10_000, []), (0, [])])
def test_fast_is_under_ten_seconds_where_the_time_is_known(page_ms: int, found: list[SignalKind]) -> None:
    assert kinds(made(0, page_ms=page_ms)) == found


@pytest.mark.parametrize(("minutes", "found"), [(5, [SignalKind.TOGETHER]), (6, [])])
def test_several_days_within_five_minutes(minutes: int, found: list[SignalKind]) -> None:
    late = EVENING + timedelta(minutes=minutes)
    assert kinds(made(0), made(1, at=late)) == found


def test_two_versions_of_one_day_are_not_several_days() -> None:
    again = made(0, at=EVENING + timedelta(minutes=1), id="again", sequence=2, is_first=False)
    assert kinds(made(0), again) == []


@pytest.mark.parametrize(("length", "found"), [(7, [SignalKind.FLAT]), (6, [])])
def test_the_same_answers_for_seven_days(length: int, found: list[SignalKind]) -> None:
    assert kinds(*(made(number, value=4) for number in range(length))) == found


def test_a_gap_ends_a_flat_line() -> None:
    assert kinds(*(made(number, value=4) for number in range(8) if number != 4)) == []


def test_a_version_that_no_longer_counts_is_no_part_of_a_flat_line() -> None:
    entries = [made(number, value=4, counts=number != 3) for number in range(7)]
    assert kinds(*entries) == []


@pytest.mark.parametrize(("length", "found"), [(7, [SignalKind.LAST_MINUTE]), (6, [])])
def test_always_the_last_minute(length: int, found: list[SignalKind]) -> None:
    entries = [made(number, at=EVENING + timedelta(days=number, hours=7, minutes=51)) for number in range(length)]
    assert kinds(*entries) == found


def test_an_entry_while_at_the_clinic() -> None:
    start = EVENING - timedelta(hours=2)
    assert kinds(made(0), treated=(start,)) == [SignalKind.AT_VISIT]
    assert kinds(made(0), treated=(start - timedelta(hours=3),)) == []


def test_time_runs_backwards_along_a_chain_and_not_between_phones() -> None:
    before = made(1, at=EVENING - timedelta(hours=1))
    assert kinds(made(0), before) == [SignalKind.BACKWARDS]
    assert kinds(made(0), replace(before, device="another")) == []


def test_a_signal_names_days_and_never_an_answer() -> None:
    (flat,) = signals([made(number, value=4) for number in range(8)])
    assert flat == Signal(
        SignalKind.FLAT, DAY, DAY + timedelta(days=7), tuple(f"entry {number}" for number in range(8))
    )


def test_a_digest_changes_with_what_is_listed() -> None:
    seven, eight = (signals([made(number, value=4) for number in range(length)]) for length in (7, 8))
    assert digest(seven) != digest(eight)
    assert digest(seven) == digest(tuple(reversed(seven)))


@given(some.permutations([made(number, value=number % 2, page_ms=5_000) for number in range(6)]))
def test_the_order_of_arrival_does_not_matter(entries: list[Made]) -> None:
    assert signals(entries) == signals(sorted(entries, key=lambda one: one.day))
