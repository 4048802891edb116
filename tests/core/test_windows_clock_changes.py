"""The evenings on which clocks change in Denmark, every instant worked out by hand."""

import pytest

from diary_app.core.windows import Window, window_of
from tests.core.histories import COPENHAGEN, STUDY, begun, day, one_window, study_with, utc

# Set back at 03:00 summer time (01:00 UTC) on 2026-10-25, 2027-10-31 and 2028-10-29; set forward at 02:00 winter time
# (01:00 UTC) on 2027-03-28 and 2028-03-26. Each change lies inside the window of the evening before.
EVENINGS = [
    ("2026-10-24", "evening", "2026-10-24 16:00", "2026-10-25 02:00", "2026-10-25 11:00"),
    ("2026-10-25", "evening", "2026-10-25 17:00", "2026-10-26 02:00", "2026-10-26 11:00"),
    ("2026-10-24", "early_evening", "2026-10-24 14:00", "2026-10-24 23:00", "2026-10-25 11:00"),
    ("2026-10-25", "early_evening", "2026-10-25 15:00", "2026-10-26 00:00", "2026-10-26 11:00"),
    ("2026-10-24", "late_evening", "2026-10-24 18:00", "2026-10-25 04:00", "2026-10-25 13:00"),
    ("2026-10-25", "late_evening", "2026-10-25 19:00", "2026-10-26 04:00", "2026-10-26 13:00"),
    ("2027-03-27", "evening", "2027-03-27 17:00", "2027-03-28 01:00", "2027-03-28 10:00"),
    ("2027-03-28", "evening", "2027-03-28 16:00", "2027-03-29 01:00", "2027-03-29 10:00"),
    ("2027-03-27", "early_evening", "2027-03-27 15:00", "2027-03-28 00:00", "2027-03-28 10:00"),
    ("2027-03-28", "early_evening", "2027-03-28 14:00", "2027-03-28 23:00", "2027-03-29 10:00"),
    ("2027-03-27", "late_evening", "2027-03-27 19:00", "2027-03-28 03:00", "2027-03-28 12:00"),
    ("2027-03-28", "late_evening", "2027-03-28 18:00", "2027-03-29 03:00", "2027-03-29 12:00"),
    ("2027-10-30", "evening", "2027-10-30 16:00", "2027-10-31 02:00", "2027-10-31 11:00"),
    ("2027-10-31", "evening", "2027-10-31 17:00", "2027-11-01 02:00", "2027-11-01 11:00"),
    ("2027-10-30", "early_evening", "2027-10-30 14:00", "2027-10-30 23:00", "2027-10-31 11:00"),
    ("2027-10-31", "early_evening", "2027-10-31 15:00", "2027-11-01 00:00", "2027-11-01 11:00"),
    ("2027-10-30", "late_evening", "2027-10-30 18:00", "2027-10-31 04:00", "2027-10-31 13:00"),
    ("2027-10-31", "late_evening", "2027-10-31 19:00", "2027-11-01 04:00", "2027-11-01 13:00"),
    ("2028-03-25", "evening", "2028-03-25 17:00", "2028-03-26 01:00", "2028-03-26 10:00"),
    ("2028-03-26", "evening", "2028-03-26 16:00", "2028-03-27 01:00", "2028-03-27 10:00"),
    ("2028-03-25", "early_evening", "2028-03-25 15:00", "2028-03-26 00:00", "2028-03-26 10:00"),
    ("2028-03-26", "early_evening", "2028-03-26 14:00", "2028-03-26 23:00", "2028-03-27 10:00"),
    ("2028-03-25", "late_evening", "2028-03-25 19:00", "2028-03-26 03:00", "2028-03-26 12:00"),
    ("2028-03-26", "late_evening", "2028-03-26 18:00", "2028-03-27 03:00", "2028-03-27 12:00"),
    ("2028-10-28", "evening", "2028-10-28 16:00", "2028-10-29 02:00", "2028-10-29 11:00"),
    ("2028-10-29", "evening", "2028-10-29 17:00", "2028-10-30 02:00", "2028-10-30 11:00"),
    ("2028-10-28", "early_evening", "2028-10-28 14:00", "2028-10-28 23:00", "2028-10-29 11:00"),
    ("2028-10-29", "early_evening", "2028-10-29 15:00", "2028-10-30 00:00", "2028-10-30 11:00"),
    ("2028-10-28", "late_evening", "2028-10-28 18:00", "2028-10-29 04:00", "2028-10-29 13:00"),
    ("2028-10-29", "late_evening", "2028-10-29 19:00", "2028-10-30 04:00", "2028-10-30 13:00"),
]


@pytest.mark.parametrize(("date", "choice", "opens", "closes", "late_until"), EVENINGS)
def test_window_keeps_its_wall_time(date: str, choice: str, opens: str, closes: str, late_until: str) -> None:
    window = window_of(STUDY.diary.window(choice), day(date), COPENHAGEN)

    assert window == Window(utc(opens), utc(closes), utc(late_until))


@pytest.mark.parametrize(("date", "choice", "opens", "closes", "late_until"), EVENINGS)
def test_diary_day_has_that_window(date: str, choice: str, opens: str, closes: str, late_until: str) -> None:
    study = study_with(longest_days=1000)
    found = begun(DMD=choice).days(date, study)[date]

    assert found.window == Window(utc(opens), utc(closes), utc(late_until))
    assert (found.choice, found.zone, found.expected) == (choice, COPENHAGEN, True)


def test_time_that_occurs_twice_counts_in_full() -> None:
    study = study_with(**one_window("02:15", "02:30", "02:45"))
    window = window_of(study.diary.window(None), day("2026-10-25"), COPENHAGEN)

    assert window == Window(utc("2026-10-25 00:15"), utc("2026-10-25 01:30"), utc("2026-10-25 01:45"))


def test_time_that_is_skipped_is_the_change_of_clocks() -> None:
    study = study_with(**one_window("01:00", "02:20", "02:40"))
    window = window_of(study.diary.window(None), day("2027-03-28"), COPENHAGEN)

    assert window == Window(utc("2027-03-28 00:00"), utc("2027-03-28 01:00"), utc("2027-03-28 01:00"))


def test_late_entry_can_be_forbidden() -> None:
    study = study_with(**one_window("18:00", "+1 03:00", "+1 03:00"))
    found = begun().days("2026-10-25", study)["2026-10-25"]

    assert found.late_until == found.closes == utc("2026-10-26 02:00")
