"""Rates worked out by hand: what is counted, out of how many, with excused days and paper either way."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.compliance import (
    BothReadings,
    Denominators,
    GradedDay,
    Participation,
    Rate,
    Tally,
    denominators,
    per_period,
    rates,
    rolling,
    summarise,
    tally,
    usable_week,
)
from diary_app.core.entries import Mode
from diary_app.core.grading import State
from tests.conftest import ALICE, BOB
from tests.core.evenings import LATE_UNTIL, MILLISECOND, SUNDAY

DAY = timedelta(days=1)
NOW = LATE_UNTIL + 100 * DAY
LETTERS = {
    "d": State.DONE,
    "l": State.LATE,
    "m": State.MISSED,
    "u": State.UNKNOWN,
    "e": State.EXCUSED,
    "x": State.EXTRA,
    "-": State.NOT_EXPECTED,
    "o": State.OPEN,
}


def days(letters: str, **changes: Any) -> list[GradedDay]:
    """One graded day a letter, from Sunday on; entries are received at once."""
    return [day(number, LETTERS[letter], **changes) for number, letter in enumerate(letters)]


def day(number: int, state: State, **changes: Any) -> GradedDay:
    late_until = LATE_UNTIL + number * DAY
    return GradedDay(SUNDAY + number * DAY, state, **{"late_until": late_until, "received_at": late_until, **changes})


def both(n: int, excused_out: int, excused_as_missed: int) -> BothReadings:
    return BothReadings(Rate(n, excused_out), Rate(n, excused_as_missed))


def test_two_weeks_by_hand() -> None:
    sums = tally(days("ddlmuedddd-xdl"), NOW)

    assert sums == Tally(expected=12, done=7, late=2, missed=1, unknown=1, excused=1, extra=1, received=9)
    assert rates(sums).on_time == both(7, 11, 12)
    assert rates(sums).on_time_or_late == both(9, 11, 12)


def test_percent_is_rounded_for_show_and_compared_exactly() -> None:
    assert Rate(9, 11).percent == Decimal("81.8")
    assert Rate(1, 16).percent == Decimal("6.3")
    assert Rate(7999, 10000).percent == Decimal("80.0")
    assert not Rate(7999, 10000).reaches()
    assert Rate(4, 5).reaches()


def test_of_nothing_there_is_no_rate() -> None:
    empty = rates(tally([], NOW)).on_time.excused_out

    assert (empty.percent, empty.share, empty.reaches()) == (None, None, False)


def test_a_day_counts_once_its_late_until_has_passed() -> None:
    done = days("d")

    assert tally(done, LATE_UNTIL - MILLISECOND) == Tally()
    assert tally(done, LATE_UNTIL, cut=NOW).expected == 1


def test_a_closed_day_not_graded_again_yet_is_unknown() -> None:
    assert tally(days("o"), NOW) == Tally(expected=1, unknown=1)


def test_extra_days_are_outside_all_rates() -> None:
    without_window = GradedDay(SUNDAY, State.EXTRA)

    assert tally([without_window, *days("d")], NOW) == Tally(expected=1, done=1, extra=1, received=1)


def test_all_days_excused_leave_nothing_to_rate() -> None:
    assert rates(tally(days("eee"), NOW)).on_time == both(0, 0, 3)


def test_received_means_by_the_data_cut() -> None:
    kept = [*days("dlm"), day(3, State.DONE, received_at=NOW + DAY), day(4, State.LATE, received_at=None)]

    assert rates(tally(kept, NOW + 2 * DAY, cut=NOW)).received == both(2, 5, 5)
    assert rates(tally(kept, NOW + 2 * DAY)).received == both(3, 5, 5)


def test_what_arrives_with_the_cut_is_received() -> None:
    kept = days("d", received_at=NOW)

    assert rates(tally(kept, NOW, cut=NOW)).received == both(1, 1, 1)
    assert rates(tally(kept, NOW, cut=NOW - MILLISECOND)).received == both(0, 1, 1)


def test_paper_is_never_on_time_and_given_with_and_without() -> None:
    kept = [*days("ddm"), *days("dl", mode=Mode.PAPER)]
    shown = rates(tally(kept, NOW))

    assert shown.on_time == both(2, 5, 5)
    assert shown.on_time_or_late == both(4, 5, 5)
    assert shown.on_time_or_late_without_paper == both(2, 5, 5)
    assert (shown.received, shown.received_without_paper) == (both(4, 5, 5), both(2, 5, 5))


@pytest.mark.parametrize(("length", "expected"), [(7, 7), (14, 14), (28, 20)])
def test_rolling_days_end_yesterday(length: int, expected: int) -> None:
    today = SUNDAY + 20 * DAY

    window = rolling(days("d" * 25), today, length)

    assert len(window) == expected
    assert window[-1].day == today - DAY


def test_a_missed_day_leaves_the_rolling_week_after_seven_days() -> None:
    graded = days("m" + "d" * 20)

    assert tally(rolling(graded, SUNDAY + 7 * DAY, 7), NOW).missed == 1
    assert tally(rolling(graded, SUNDAY + 8 * DAY, 7), NOW).missed == 0


def test_each_period_is_added_up_by_itself() -> None:
    graded = days("dmdldd")
    period = ["before_treatment_1", "before_treatment_1", "treatment_1_to_2", *["after_treatment_2"] * 3]
    sums = per_period(graded[::-1], {one.day: name for one, name in zip(graded, period, strict=True)}, NOW)

    assert list(sums) == ["before_treatment_1", "treatment_1_to_2", "after_treatment_2"]
    assert [one.expected for one in sums.values()] == [2, 1, 3]
    assert sums["after_treatment_2"].late == 1


@pytest.mark.parametrize(("week", "usable"), [("dldlmme", True), ("dddmmme", False), ("dddxxxx", False), ("", False)])
def test_a_week_is_usable_with_four_entries(week: str, usable: bool) -> None:
    assert usable_week(days(week)) is usable


def test_both_denominators_by_hand() -> None:
    states = {
        "01-001": State.DONE,
        "01-002": State.LATE,
        "01-003": State.MISSED,
        "01-004": State.EXCUSED,
        "01-005": State.NOT_EXPECTED,
        "01-006": State.DONE,
        "01-007": State.DONE,
    }
    randomised = {"01-001", "01-002", "01-003", "01-004", "01-005", "01-006", "01-008"}

    found = denominators(states, randomised, screen_failures={"01-006"})

    assert found == Denominators(variable=both(3, 4, 5), fixed=both(2, 5, 6))


def test_a_screen_failure_is_in_no_denominator_and_never_activated_has_its_own_list() -> None:
    summary = summarise(
        [
            Participation(BOB, tuple(days("dm"))),
            Participation(ALICE, tuple(days("dd"))),
            Participation("01-003", tuple(days("mmmm")), screen_failure=True),
            Participation("01-004", activated=False),
            Participation("01-005", activated=False, screen_failure=True),
        ],
        NOW,
    )

    assert summary.tally == Tally(expected=4, done=3, missed=1, received=3)
    assert summary.participants == 2
    assert summary.screen_failures == ("01-003", "01-005")
    assert summary.never_activated == ("01-004",)


graded_days = st.lists(
    st.builds(
        day,
        st.integers(0, 60),
        st.sampled_from(State),
        received_at=st.none() | st.integers(0, 99).map(lambda number: LATE_UNTIL + number * DAY),
        mode=st.sampled_from([None, Mode.OWN_PHONE, Mode.PAPER]),
    ),
    max_size=12,
)
instants = st.integers(-1, 100).map(lambda number: LATE_UNTIL + number * DAY)


@given(graded_days, instants, instants)
def test_sums_add_up_and_no_rate_exceeds_its_days(graded: list[GradedDay], now: datetime, cut: datetime) -> None:
    sums = tally(graded, now, cut)

    assert sums.done + sums.late + sums.missed + sums.unknown + sums.excused == sums.expected
    for reading in vars(rates(sums)).values():
        assert 0 <= reading.excused_out.n <= reading.excused_out.of <= reading.excused_as_missed.of
        assert (reading.excused_out.share or Fraction(0)) >= (reading.excused_as_missed.share or Fraction(0))


@given(graded_days, instants)
def test_on_time_is_never_above_on_time_or_late(graded: list[GradedDay], now: datetime) -> None:
    shown = rates(tally(graded, now))

    assert shown.on_time.excused_out.n <= shown.on_time_or_late_without_paper.excused_out.n
    assert shown.received.excused_out.n <= shown.on_time_or_late.excused_out.n


@given(graded_days, graded_days, instants)
def test_sums_of_participants_are_sums_of_their_days(
    ours: list[GradedDay], theirs: list[GradedDay], now: datetime
) -> None:
    assert tally(ours, now) + tally(theirs, now) == tally(ours + theirs, now)


@given(graded_days, instants, st.lists(st.sampled_from(["before", "after"]), min_size=61, max_size=61))
def test_periods_add_up_to_the_whole(graded: list[GradedDay], now: datetime, names: list[str]) -> None:
    period_of: dict[date, str] = {SUNDAY + number * DAY: name for number, name in enumerate(names)}

    assert sum(per_period(graded, period_of, now).values(), start=Tally()) == tally(graded, now)
