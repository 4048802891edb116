"""A confirmed zone counts from the first evening that has not opened; dates are skipped or lived twice on the way."""

from datetime import timedelta

from diary_app.core.windows import Window, due
from tests.core.histories import AUCKLAND, COPENHAGEN, HONOLULU, begun, expected, one_window, skipped, study_with, utc

APIA, PAGO_PAGO = "Pacific/Apia", "Pacific/Pago_Pago"  # the same wall time, a date apart
KNOWN = timedelta(milliseconds=1)


def test_new_zone_counts_from_the_next_window() -> None:
    days = begun().zone("2026-10-01 10:00", "America/New_York").days("2026-10-02")

    assert days["2026-09-30"].opens == utc("2026-09-30 16:00")
    assert days["2026-10-01"].window == Window(
        utc("2026-10-01 22:00"), utc("2026-10-02 07:00"), utc("2026-10-02 16:00")
    )
    assert days["2026-10-02"].zone == "America/New_York"


def test_open_window_keeps_its_zone() -> None:
    days = begun().zone("2026-10-01 16:00", "America/New_York").days("2026-10-02")

    assert days["2026-10-01"] == begun().days("2026-10-01")["2026-10-01"]
    assert days["2026-10-02"].opens == utc("2026-10-02 22:00")


def test_one_minute_before_opening_the_new_zone_counts() -> None:
    days = begun().zone("2026-10-01 15:59", "America/New_York").days("2026-10-01")

    assert days["2026-10-01"].zone == "America/New_York"


def test_window_already_open_there_opens_with_the_confirmation() -> None:
    days = begun().zone("2026-10-01 15:00", "Asia/Kathmandu").days("2026-10-02")

    assert days["2026-10-01"].opens == utc("2026-10-01 15:00") + KNOWN  # 20:45 in Kathmandu
    assert days["2026-10-01"].closes == utc("2026-10-01 21:15")
    assert days["2026-10-02"].opens == utc("2026-10-02 12:15")


def test_evening_already_over_there_is_skipped() -> None:
    days = begun().zone("2026-10-01 15:30", AUCKLAND).days("2026-10-03")  # 04:30 on 2 October in Auckland

    assert skipped(days) == {"2026-10-01": "travel"}
    assert days["2026-10-02"].window == Window(
        utc("2026-10-02 05:00"), utc("2026-10-02 14:00"), utc("2026-10-02 23:00")
    )


def test_skipped_date_is_never_due() -> None:
    days = tuple(begun().zone("2026-10-01 15:30", AUCKLAND).days("2026-10-03").values())

    assert due(days, utc("2026-10-01 17:00")) is None
    assert due(days, utc("2026-10-02 05:00")) is not None


def test_confirming_after_the_window_opened_skips_nothing() -> None:
    days = begun().zone("2026-10-01 18:00", AUCKLAND).days("2026-10-03")

    assert skipped(days) == {}
    assert [found.zone for found in days.values()][-3:] == [COPENHAGEN, AUCKLAND, AUCKLAND]


def test_zone_taken_back_in_time_skips_nothing() -> None:
    mistaken = begun().zone("2026-10-01 15:30", AUCKLAND).zone("2026-10-01 15:40", COPENHAGEN)

    assert mistaken.days("2026-10-05") == begun().days("2026-10-05")


def test_date_skipped_across_the_date_line() -> None:
    days = begun(PAGO_PAGO).zone("2026-10-02 04:00", APIA).days("2026-10-03")  # 17:00 on 1 October becomes 2 October

    assert skipped(days) == {"2026-10-01": "travel"}
    assert days["2026-10-02"].opens == utc("2026-10-02 05:00")


def test_repeated_date_has_one_window_the_first() -> None:
    days = begun(APIA).zone("2026-10-02 04:00", PAGO_PAGO).days("2026-10-03")  # 17:00 on 2 October becomes 1 October

    assert days["2026-10-01"] == begun(APIA).days("2026-10-01")["2026-10-01"]
    assert days["2026-10-02"].opens == utc("2026-10-03 05:00")
    assert skipped(days) == {}


def test_westward_over_the_date_line_keeps_every_date_once() -> None:
    days = begun(AUCKLAND).zone("2026-10-01 22:00", HONOLULU).days("2026-10-04")

    assert expected(days) == [*expected(begun(AUCKLAND).days("2026-10-04"))]
    assert (days["2026-10-01"].zone, days["2026-10-02"].zone) == (AUCKLAND, HONOLULU)
    assert days["2026-10-02"].opens == utc("2026-10-03 04:00")


def test_there_and_back_again() -> None:
    history = begun().zone("2026-10-01 15:30", AUCKLAND).zone("2026-10-20 04:30", COPENHAGEN)
    days = history.days("2026-10-25")

    assert skipped(days) == {"2026-10-01": "travel"}
    assert (days["2026-10-19"].zone, days["2026-10-20"].zone) == (AUCKLAND, COPENHAGEN)
    assert days["2026-10-25"] == begun().days("2026-10-25")["2026-10-25"]


def test_confirming_the_same_zone_changes_nothing() -> None:
    assert begun().zone("2026-10-01 15:30", COPENHAGEN).days("2026-10-05") == begun().days("2026-10-05")


def test_clocks_that_change_at_different_dates_are_those_of_the_zone() -> None:
    days = begun().zone("2026-10-20 10:00", "America/New_York").days("2026-11-02")

    assert days["2026-10-25"].opens == utc("2026-10-25 22:00")  # Denmark has changed, New York changes on 1 November
    assert days["2026-11-01"].opens == utc("2026-11-01 23:00")


def test_half_hour_change_of_clocks() -> None:
    days = begun("Australia/Lord_Howe").days("2026-10-05")  # from +10:30 to +11 on 4 October at 02:00

    assert days["2026-10-03"].window == Window(
        utc("2026-10-03 07:30"), utc("2026-10-03 16:00"), utc("2026-10-04 01:00")
    )


def test_jump_of_25_hours_opens_the_next_date_at_once() -> None:
    days = begun(PAGO_PAGO, DMD="late_evening").zone("2026-10-02 06:59", "Pacific/Kiritimati").days("2026-10-03")

    assert skipped(days) == {"2026-10-01": "travel"}
    assert days["2026-10-02"].opens == utc("2026-10-02 06:59") + KNOWN  # 20:59 there


def test_jump_of_25_hours_over_a_short_window_skips_two_dates() -> None:
    study = study_with(**one_window("23:00", "23:30", "23:30"))
    history = begun(PAGO_PAGO).zone("2026-10-02 09:59", "Pacific/Kiritimati")  # 22:59 on 1 October, 23:59 on 2 October
    days = history.days("2026-10-03", study)

    assert skipped(days) == {"2026-10-01": "travel", "2026-10-02": "travel"}
    assert days["2026-10-03"].opens == utc("2026-10-03 09:00")


def test_date_is_skipped_from_the_minute_its_window_closes_there() -> None:
    early, late = (begun().zone(at, AUCKLAND).days("2026-10-01") for at in ("2026-10-01 13:59", "2026-10-01 14:00"))

    assert (skipped(early), skipped(late)) == ({}, {"2026-10-01": "travel"})
