"""What is due now, what opens next, and when time alone changes something."""

from datetime import timedelta

import pytest

from diary_app.core.windows import due, next_moment, next_opening
from tests.core.histories import begun, utc

DAYS = tuple(begun().days("2026-09-12").values())
TENTH, ELEVENTH = DAYS[-3], DAYS[-2]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2026-09-10 10:00", DAYS[-4]),  # the last instant of the 9th
        ("2026-09-10 15:59", None),
        ("2026-09-10 16:00", TENTH),
        ("2026-09-11 01:00", TENTH),
        ("2026-09-11 10:00", TENTH),
        ("2026-09-13 10:01", None),
    ],
)
def test_day_is_due_from_opening_to_the_last_late_moment(now: str, found: object) -> None:
    assert due(DAYS, utc(now)) == found


def test_day_that_nobody_expects_is_never_due() -> None:
    days = tuple(begun().status("2026-09-10 08:00", "died", "2026-09-10").days("2026-09-12").values())

    assert due(days, utc("2026-09-10 17:00")) is None
    assert next_opening(days, utc("2026-09-10 12:00")) is None
    assert next_moment(days, utc("2026-09-10 12:00")) is None


def test_next_opening_is_strictly_ahead() -> None:
    assert next_opening(DAYS, TENTH.opens - timedelta(milliseconds=1)) == TENTH
    assert next_opening(DAYS, TENTH.opens) == ELEVENTH


def test_after_the_last_day_nothing_opens() -> None:
    assert next_opening(DAYS, utc("2026-09-12 16:00")) is None


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-09-10 15:00", "2026-09-10 16:00"),
        ("2026-09-10 16:00", "2026-09-11 01:00"),
        ("2026-09-11 01:00", "2026-09-11 10:00"),
        ("2026-09-11 10:00", "2026-09-11 16:00"),
    ],
)
def test_next_moment_is_opening_closing_or_the_end(now: str, moment: str) -> None:
    assert next_moment(DAYS, utc(now)) == utc(moment)


def test_after_everything_time_changes_nothing() -> None:
    assert next_moment(DAYS, utc("2026-09-13 10:00")) is None


def test_without_days_nothing_is_due() -> None:
    assert (due((), utc("2026-09-10 17:00")), next_opening((), utc("2026-09-10 17:00"))) == (None, None)
