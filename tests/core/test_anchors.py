"""Treatments as moments to count from, and what days are called by them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.anchors import Anchor, add_months, anchors, days_since, label, label_by, periods
from tests.core.histories import COPENHAGEN, STUDY, History, begun, day, utc

TOLD = "2026-09-05 10:00"
GIVEN = begun().anchor(TOLD, "treatment_1", actual="2026-10-01", actual_time="09:30")
BOTH = GIVEN.anchor(TOLD, "treatment_2", actual="2027-02-01", actual_time="10:00")


def period(history: History, date: str) -> str:
    return label(STUDY, history.facts, day(date)).period


def counts(history: History, date: str) -> list[int | None]:
    return list(label(STUDY, history.facts, day(date)).days_since.values())


def test_every_treatment_of_the_study_is_there_in_its_order() -> None:
    assert anchors(STUDY, begun().facts) == {"treatment_1": Anchor("treatment_1"), "treatment_2": Anchor("treatment_2")}


def test_latest_fact_about_a_treatment_counts_whole() -> None:
    planned = begun().anchor(TOLD, "treatment_1", planned="2026-10-01")
    known = anchors(STUDY, planned.anchor("2026-10-02 08:00", "treatment_1", actual="2026-10-02").facts)

    assert known["treatment_1"] == Anchor("treatment_1", actual=date(2026, 10, 2))


@pytest.mark.parametrize(
    ("anchor", "reckoned", "never"),
    [
        (Anchor("a"), None, False),
        (Anchor("a", planned=date(2026, 10, 1)), date(2026, 10, 1), False),
        (Anchor("a", planned=date(2026, 10, 1), actual=date(2026, 10, 3)), date(2026, 10, 3), False),
        (Anchor("a", planned=date(2026, 10, 1), not_given=date(2026, 9, 30)), None, True),
        (Anchor("a", actual=date(2026, 10, 3), not_given=date(2026, 9, 30)), date(2026, 10, 3), False),
    ],
)
def test_date_to_reckon_with(anchor: Anchor, reckoned: date | None, never: bool) -> None:
    assert (anchor.day, anchor.is_never_given) == (reckoned, never)


def test_treatment_starts_at_its_time_else_with_its_date() -> None:
    on = date(2026, 10, 1)

    assert Anchor("a", actual=on, actual_time="09:30").starts(COPENHAGEN) == utc("2026-10-01 07:30")
    assert Anchor("a", actual=on).starts(COPENHAGEN) == utc("2026-09-30 22:00")
    assert Anchor("a", planned=on).starts(COPENHAGEN) == utc("2026-09-30 22:00")
    assert Anchor("a", planned=on, not_given=on).starts(COPENHAGEN) is None


@pytest.mark.parametrize(
    ("date", "count"),
    [("2026-09-29", -2), ("2026-09-30", -1), ("2026-10-01", 1), ("2026-10-02", 2), ("2027-10-01", 366)],
)
def test_there_is_no_day_zero(date: str, count: int) -> None:
    assert days_since(day("2026-10-01"), day(date)) == count


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-1000, 1000))
def test_count_is_never_zero_and_grows_by_one(anchor: date, distance: int) -> None:
    on, next_on = (days_since(anchor, anchor + timedelta(days=distance + step)) for step in (0, 1))

    assert on != 0
    assert next_on - on == (2 if on == -1 else 1)


def test_each_day_counts_from_both_treatments() -> None:
    assert counts(BOTH, "2026-09-30") == [-1, -124]
    assert counts(BOTH, "2027-01-31") == [123, -1]
    assert counts(BOTH, "2027-02-01") == [124, 1]


def test_treatment_that_is_only_planned_or_never_given_has_no_count() -> None:
    planned = GIVEN.anchor(TOLD, "treatment_2", planned="2027-02-01")

    assert counts(planned, "2027-02-01") == [124, None]
    assert counts(planned.anchor(TOLD, "treatment_2", not_given="2027-01-15"), "2027-02-01") == [124, None]


def test_day_of_a_treatment_is_after_it() -> None:
    assert (period(BOTH, "2026-09-30"), period(BOTH, "2026-10-01")) == ("before_treatment_1", "treatment_1_to_2")
    assert (period(BOTH, "2027-01-31"), period(BOTH, "2027-02-01")) == ("treatment_1_to_2", "after_treatment_2")


def test_until_a_treatment_is_given_its_period_does_not_begin() -> None:
    planned = begun().anchor(TOLD, "treatment_1", planned="2026-10-01")

    assert period(planned, "2026-12-01") == "before_treatment_1"
    assert period(GIVEN, "2028-01-01") == "treatment_1_to_2"


def test_correction_names_days_anew() -> None:
    corrected = BOTH.anchor("2027-03-01 10:00", "treatment_2", actual="2027-02-03", actual_time="10:00")

    assert period(BOTH, "2027-02-02") == "after_treatment_2"
    assert label(STUDY, corrected.facts, day("2027-02-02")).days_since == {"treatment_1": 125, "treatment_2": -1}
    assert period(corrected, "2027-02-02") == "treatment_1_to_2"


def test_many_days_can_be_named_at_once() -> None:
    known = anchors(STUDY, BOTH.facts)

    assert label_by(known, day("2026-12-01")) == label(STUDY, BOTH.facts, day("2026-12-01"))


def test_periods_are_named_from_the_treatments() -> None:
    assert periods(("treatment_1", "treatment_2")) == ("before_treatment_1", "treatment_1_to_2", "after_treatment_2")
    assert periods(("surgery", "radiation", "follow_up")) == (
        "before_surgery", "surgery_to_radiation", "radiation_to_follow_up", "after_follow_up",
    )  # fmt: skip
    assert periods(("injection",)) == ("before_injection", "after_injection")
    assert periods(()) == ("diary",)


@pytest.mark.parametrize(
    ("date", "months", "later"),
    [
        ("2026-10-01", 4, "2027-02-01"),
        ("2026-10-31", 4, "2027-02-28"),
        ("2027-10-31", 4, "2028-02-29"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 0, "2026-12-31"),
        ("2026-12-15", 12, "2027-12-15"),
        ("2026-05-31", 8, "2027-01-31"),
        ("2026-04-30", 8, "2026-12-30"),
    ],
)
def test_months_are_those_of_the_calendar(date: str, months: int, later: str) -> None:
    assert add_months(day(date), months) == day(later)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last_of_its_month(start: date, months: int) -> None:
    later = add_months(start, months)

    assert (later.year - start.year) * 12 + later.month - start.month == months
    assert later.day == start.day or (later.day < start.day and (later + timedelta(days=1)).day == 1)
