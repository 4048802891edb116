"""Weeks of diary days: seven each, without a gap at the treatment, and means as exact as scores."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.anchors import days_since
from server.export.weeks import BASELINE, rounded, week_of

TREATMENT = date(2026, 12, 1)


@given(st.integers(-2000, 2000))
def test_a_week_is_where_its_study_days_lie(offset: int) -> None:
    day = TREATMENT + timedelta(days=offset)
    number = days_since(TREATMENT, day)
    week = week_of(TREATMENT, day)
    if number > 0:
        assert 7 * week - 6 <= number <= 7 * week
    else:
        assert 7 * week - 7 <= number <= 7 * week - 1


def test_the_baseline_is_the_seven_days_before_the_treatment() -> None:
    days = [TREATMENT + timedelta(days=offset) for offset in range(-20, 20)]
    assert [days_since(TREATMENT, day) for day in days if week_of(TREATMENT, day) == BASELINE] == [
        -7, -6, -5, -4, -3, -2, -1,
    ]  # fmt: skip


@given(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=7))
def test_a_mean_is_off_by_no_more_than_half_of_its_last_place(ten_thousandths: list[int]) -> None:
    exact = Fraction(sum(ten_thousandths), len(ten_thousandths) * 10_000)
    assert abs(Fraction(rounded(exact)) - exact) <= Fraction(1, 20_000)


def test_a_mean_has_no_exponent_and_no_zeros_at_its_end() -> None:
    assert [str(rounded(Fraction(*of))) for of in ((100, 1), (0, 1), (49, 6), (1, 2))] == ["100", "0", "8.1667", "0.5"]
    assert rounded(Fraction(1, 20_000)) == Decimal(0)  # half to even
