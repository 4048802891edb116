"""Which evenings are no longer expected once a status is recorded, and which come back when it is revoked."""

import pytest

from tests.core.histories import AUCKLAND, History, added, begun, one_window, skipped, study_with

MORNING = "2026-09-10 08:00"  # the evening of the 9th can still be filled in late, that of the 10th has not opened
EVENING = "2026-09-10 17:00"  # that of the 10th has opened at 16:00
INSTANT = "2026-09-10T{}:00.000Z"


def not_expected(history: History) -> dict[str, str]:
    return skipped(history.days("2026-09-13"))


def dates(*numbers: int, why: str) -> dict[str, str]:
    return {f"2026-09-{number:02}": why for number in numbers}


@pytest.mark.parametrize("status", ["diary_stopped", "completed"])
def test_effective_date_is_the_last_expected_day(status: str) -> None:
    history = begun().status(MORNING, status, "2026-09-10")

    assert not_expected(history) == dates(11, 12, 13, why=status)


def test_died_ends_the_day_before() -> None:
    assert not_expected(begun().status(MORNING, "died", "2026-09-10")) == dates(10, 11, 12, 13, why="died")


def test_screen_failure_counts_from_its_date() -> None:
    history = begun().status(MORNING, "screen_failure", "2026-09-11")

    assert not_expected(history) == dates(11, 12, 13, why="screen_failure")


def test_treatment_stopped_changes_nothing() -> None:
    assert not_expected(begun().status(MORNING, "treatment_stopped", "2026-09-10")) == {}


def test_withdrawal_without_a_time_counts_from_its_date() -> None:
    history = begun().status(MORNING, "consent_withdrawn", "2026-09-10")

    assert not_expected(history) == dates(10, 11, 12, 13, why="consent_withdrawn")


@pytest.mark.parametrize(("time", "first"), [("15:59", 10), ("16:00", 10), ("16:01", 11)])
def test_withdrawal_with_a_time_spares_the_windows_that_opened_before(time: str, first: int) -> None:
    history = begun().status(EVENING, "consent_withdrawn", "2026-09-10", effective_at=INSTANT.format(time))

    assert not_expected(history) == dates(*range(first, 14), why="consent_withdrawn")


def test_recorded_afterwards_it_takes_out_days_that_had_opened() -> None:
    assert not_expected(begun().status(MORNING, "died", "2026-09-08")) == dates(*range(8, 14), why="died")


def test_lost_to_follow_up_is_never_back_dated() -> None:
    history = begun().status(MORNING, "lost_to_follow_up", "2026-09-03")

    assert not_expected(history) == dates(10, 11, 12, 13, why="lost_to_follow_up")


def test_lost_to_follow_up_spares_the_window_already_open() -> None:
    history = begun().status(EVENING, "lost_to_follow_up", "2026-09-03")

    assert not_expected(history) == dates(11, 12, 13, why="lost_to_follow_up")


def test_lost_to_follow_up_may_lie_ahead() -> None:
    history = begun().status(MORNING, "lost_to_follow_up", "2026-09-12")

    assert not_expected(history) == dates(12, 13, why="lost_to_follow_up")


def test_lost_to_follow_up_is_declared_on_the_participants_date() -> None:
    history = begun(AUCKLAND).status("2026-09-09 14:00", "lost_to_follow_up", "2026-09-03")  # 02:00 on the 10th there

    assert not_expected(history) == dates(10, 11, 12, 13, why="lost_to_follow_up")


def test_lost_to_follow_up_spares_dates_before_its_own_that_open_later() -> None:
    study = study_with(**one_window("+1 06:00", "+1 20:00", "+1 20:00"))  # answered on the day after
    history = begun().status("2026-09-10 22:30", "lost_to_follow_up", "2026-09-03")  # 00:30 on the 11th

    assert skipped(history.days("2026-09-13", study)) == dates(11, 12, 13, why="lost_to_follow_up")


def test_revoked_in_time_nothing_is_lost() -> None:
    history = begun().status(MORNING, "died", "2026-09-08").revoke_latest("2026-09-10 08:05")

    assert not_expected(history) == {}


def test_revoked_later_only_evenings_that_opened_meanwhile_stay_out() -> None:
    history = begun().status("2026-09-08 08:00", "died", "2026-09-05").revoke_latest(EVENING)

    assert not_expected(history) == dates(8, 9, 10, why="died")


def test_evening_that_opens_with_the_revocation_is_expected() -> None:
    history = begun().status("2026-09-08 08:00", "died", "2026-09-05").revoke_latest("2026-09-10 16:00")

    assert not_expected(history) == dates(8, 9, why="died")


def test_evening_that_opens_as_the_status_is_recorded_stays_out() -> None:
    history = begun().status("2026-09-08 16:00", "died", "2026-09-05").revoke_latest("2026-09-09 08:00")

    assert not_expected(history) == dates(8, why="died")


def test_revoked_before_it_took_effect_leaves_nothing() -> None:
    history = begun().status("2026-09-08 08:00", "completed", "2026-09-11").revoke_latest(EVENING)

    assert not_expected(history) == {}


def test_revoking_one_status_leaves_the_other() -> None:
    stopped = begun().status("2026-09-08 08:00", "diary_stopped", "2026-09-11")
    history = stopped.status("2026-09-08 09:00", "died", "2026-09-08").revoke_latest("2026-09-08 10:00")

    assert not_expected(history) == dates(12, 13, why="diary_stopped")


def test_first_recorded_status_gives_the_reason() -> None:
    history = begun().status("2026-09-08 08:00", "completed", "2026-09-09").status(MORNING, "died", "2026-09-09")

    assert not_expected(history) == dates(9, why="died") | dates(10, 11, 12, 13, why="completed")


def test_journey_stays_the_reason_for_a_skipped_date() -> None:
    history = begun().zone("2026-09-10 15:30", AUCKLAND).status("2026-09-10 15:40", "died", "2026-09-08")

    assert not_expected(history)["2026-09-10"] == "travel"


def test_status_before_the_beginning_leaves_nothing_expected() -> None:
    history = added().status("2026-09-01 08:10", "screen_failure", "2026-09-01")
    activated = History((*history.facts, *begun().facts[1:]))

    assert not_expected(activated) == dates(*range(2, 14), why="screen_failure")
