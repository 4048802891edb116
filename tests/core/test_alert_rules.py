"""When a study's rule asks for a call, and when it asks anew."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from diary_app.core.alert_rules import AlertRule

DRY = AlertRule(id="dry", score="DMDTOT", at_least=80, evenings=3)
SCORES = st.lists(st.one_of(st.none(), st.integers(0, 100).map(Decimal)), max_size=12)


def scores(*values: int | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("evenings", "found"),
    [
        ((80, 80), None),
        ((80, 90, 100), 2),
        ((10, 80, 90, 100), 3),
        ((80, 80, 79), None),
        ((80, None, 80, 80), None),
        ((80, None, 80, 80, 80), 4),
        ((80, 80, 80, 80, 80), 2),
        ((80, 80, 80, 10, 80, 80, 80, 90), 6),
        ((), None),
    ],
)
def test_a_row_counts_from_the_evening_on_which_it_became_long_enough(
    evenings: tuple[int | None, ...], found: int | None
) -> None:
    assert DRY.fulfilled_at(scores(*evenings)) == found


def test_a_rule_may_ask_for_low_scores() -> None:
    low = AlertRule(id="low", score="DMDDRY", at_most=0, evenings=1)
    assert low.fulfilled_at(scores(0)) == 0
    assert low.fulfilled_at(scores(1)) is None
    assert low.fulfilled_at(scores(None)) is None


@given(SCORES, st.integers(80, 100))
def test_another_bad_evening_is_no_new_reason(before: list[Decimal | None], value: int) -> None:
    found = DRY.fulfilled_at(before)
    if found is not None:
        assert DRY.fulfilled_at([*before, Decimal(value)]) == found


@given(SCORES, st.one_of(st.none(), st.integers(0, 79).map(Decimal)))
def test_a_better_evening_or_none_ends_the_row(before: list[Decimal | None], value: Decimal | None) -> None:
    assert DRY.fulfilled_at([*before, value]) is None


@pytest.mark.parametrize("bounds", [{}, {"at_least": 1, "at_most": 1}])
def test_a_rule_has_one_bound(bounds: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="one bound"):
        AlertRule(id="x", score="DMDTOT", evenings=1, **bounds)
