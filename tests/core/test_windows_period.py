"""From which day to which day a diary is expected."""

import pytest

from diary_app.core.facts import PhoneActivated, Trained
from tests.core.histories import AUCKLAND, History, added, begun, expected, study_with

PHONE = PhoneActivated(device="phone")


def last(history: History) -> str:
    return expected(history.days("2028-12-31"))[-1]


def test_nothing_is_expected_before_the_phone_is_activated() -> None:
    assert added().days("2026-12-31") == {}


def test_nothing_is_expected_before_the_practice_entry() -> None:
    history = added().tell("2026-09-01 09:00", PHONE)

    assert history.days("2026-12-31") == {}


def test_practice_without_activation_begins_nothing() -> None:
    assert added().tell("2026-09-01 09:10", Trained()).days("2026-12-31") == {}


def test_diary_begins_the_day_after_both_are_done() -> None:
    assert list(begun().days("2026-09-04")) == ["2026-09-02", "2026-09-03", "2026-09-04"]


@pytest.mark.parametrize(("first", "second"), [(PHONE, Trained()), (Trained(), PHONE)])
def test_the_later_of_the_two_counts(first: object, second: object) -> None:
    history = added().tell("2026-09-01 09:00", first).tell("2026-09-05 09:00", second)

    assert next(iter(history.days("2026-09-30"))) == "2026-09-06"


def test_day_of_the_beginning_is_the_local_one() -> None:
    after_midnight = added().tell("2026-09-01 09:00", PHONE).tell("2026-09-01 22:30", Trained())

    assert next(iter(after_midnight.days("2026-09-30"))) == "2026-09-03"


def test_beginning_is_local_to_the_zone_confirmed_by_then() -> None:
    history = added().zone("2026-09-01 08:30", AUCKLAND).tell("2026-09-01 12:30", PHONE)

    assert next(iter(history.tell("2026-09-01 12:40", Trained()).days("2026-09-30"))) == "2026-09-03"


def test_second_phone_and_second_practice_do_not_begin_again() -> None:
    again = begun().tell("2026-09-20 09:00", PhoneActivated(device="new phone")).tell("2026-09-20 09:10", Trained())

    assert again.days("2026-10-31") == begun().days("2026-10-31")


def test_study_may_begin_on_the_same_day() -> None:
    assert next(iter(begun().days("2026-09-30", study_with(starts_after_days=0)))) == "2026-09-01"


def test_window_that_had_opened_before_the_beginning_is_not_expected() -> None:
    history = added().tell("2026-09-01 09:00", PHONE).tell("2026-09-01 16:00", Trained())

    assert next(iter(history.days("2026-09-30", study_with(starts_after_days=0)))) == "2026-09-02"


def test_until_before_the_beginning_gives_nothing() -> None:
    assert begun().days("2026-09-01") == {}


def test_diary_ends_after_the_planned_second_treatment() -> None:
    assert last(begun().anchor("2026-09-01 10:00", "treatment_2", planned="2027-02-01")) == "2027-06-08"


def test_actual_date_counts_before_the_planned_one() -> None:
    history = begun().anchor("2026-09-05 10:00", "treatment_2", planned="2027-02-01", actual="2027-02-03")

    assert last(history) == "2027-06-10"


def test_end_falls_on_the_last_day_of_a_short_month() -> None:
    assert last(begun().anchor("2026-09-05 10:00", "treatment_2", planned="2026-10-31")) == "2027-03-07"


def test_second_treatment_never_given_ends_the_diary_by_the_first() -> None:
    history = begun().anchor("2026-09-05 10:00", "treatment_1", actual="2026-09-05", actual_time="10:00")
    history = history.anchor("2026-09-06 10:00", "treatment_2", planned="2027-02-01")

    assert last(history.anchor("2026-09-07 10:00", "treatment_2", not_given="2026-09-07")) == "2027-05-05"


def test_second_treatment_not_planned_yet_ends_the_diary_by_the_first() -> None:
    assert last(begun().anchor("2026-09-05 10:00", "treatment_1", planned="2026-09-10")) == "2027-05-10"


def test_without_any_treatment_the_diary_has_its_longest_length() -> None:
    days = begun().days("2028-12-31")

    assert len(days) == 400
    assert list(days)[-1] == "2027-10-06"


def test_neither_treatment_given_gives_the_longest_length() -> None:
    history = begun().anchor("2026-09-05 10:00", "treatment_1", not_given="2026-09-05")

    assert last(history.anchor("2026-09-05 10:05", "treatment_2", not_given="2026-09-05")) == "2027-10-06"


def test_latest_fact_about_a_treatment_counts_whole() -> None:
    history = begun().anchor("2026-09-05 10:00", "treatment_2", actual="2026-09-05")

    assert last(history.anchor("2026-09-06 10:00", "treatment_2", planned="2027-02-01")) == "2027-06-08"


def test_treatment_that_the_study_does_not_know_changes_nothing() -> None:
    assert begun().anchor("2026-09-05 10:00", "treatment_9", actual="2026-09-05").days("2028-12-31") == begun().days(
        "2028-12-31"
    )


def test_earlier_end_never_removes_an_opened_day() -> None:
    told_at_night = begun().anchor("2026-09-20 20:00", "treatment_2", planned="2026-05-01")  # ended on 8 September

    assert last(told_at_night) == "2026-09-20"


def test_earlier_end_removes_today_before_its_window_opens() -> None:
    assert last(begun().anchor("2026-09-20 15:59", "treatment_2", planned="2026-05-01")) == "2026-09-19"


def test_end_told_as_the_window_opens_comes_too_late_for_it() -> None:
    assert last(begun().anchor("2026-09-20 16:00", "treatment_2", planned="2026-05-01")) == "2026-09-20"


def test_later_end_never_adds_a_day_in_the_past() -> None:
    ended = begun().anchor("2026-09-05 12:00", "treatment_2", planned="2026-05-01")
    days = list(ended.anchor("2026-09-20 12:00", "treatment_2", planned="2026-05-20").days("2026-12-31"))

    assert days == [f"2026-09-{number:02}" for number in (*range(2, 9), *range(20, 28))]


def test_delayed_second_treatment_prolongs_the_diary() -> None:
    planned = begun().anchor("2026-09-05 12:00", "treatment_2", planned="2027-01-05")
    delayed = planned.anchor("2027-01-04 12:00", "treatment_2", planned="2027-02-20")

    assert (last(planned), last(delayed)) == ("2027-05-12", "2027-06-27")
    assert len(delayed.days("2028-12-31")) == 299  # 2 September 2026 to 27 June 2027
