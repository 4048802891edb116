"""An amended study shapes the evenings that have not begun, and no other."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.facts import Fact
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce, amended, expand_through
from diary_app.core.windows import DiaryDay, expand
from tests.core.histories import ODD_STUDY, STUDY, UNTIL, begun, day, histories, moments, one_window, study_with, utc

LONG_AGO = utc("2026-01-01 00:00")
HOUR_EARLIER = study_with(**one_window("17:00", "+1 02:00", "+1 11:00"))
NO_MORE = study_with(end_anchor=None, fallback_anchor=None, longest_days=5)


def through(change: str, amended: Study, until: str = "2026-09-12") -> dict[str, DiaryDay]:
    """Alice's days under the study as it was and, from `change` on, as it was amended."""
    versions = (InForce(LONG_AGO, STUDY), InForce(utc(change), amended))
    return {one.day.isoformat(): one for one in expand_through(versions, begun().facts, day(until))}


def test_one_version_lays_out_every_day() -> None:
    facts = begun().facts
    assert expand_through((InForce(LONG_AGO, STUDY),), facts, UNTIL) == expand(STUDY, facts, UNTIL)


def test_what_has_opened_keeps_its_window() -> None:
    days = through("2026-09-05 17:30", HOUR_EARLIER)
    assert days["2026-09-04"].closes == utc("2026-09-05 01:00")
    assert days["2026-09-05"].closes == utc("2026-09-06 01:00")
    assert days["2026-09-06"].closes == utc("2026-09-07 00:00")


def test_an_evening_between_both_openings_keeps_the_window_it_was_promised() -> None:
    days = through("2026-09-05 15:30", HOUR_EARLIER)
    assert days["2026-09-05"].opens == utc("2026-09-05 16:00")
    assert days["2026-09-06"].opens == utc("2026-09-06 15:00")


def test_a_shorter_diary_ends_no_evening_that_was_open() -> None:
    before = {one.day.isoformat() for one in expand(STUDY, begun().facts, day("2026-09-09"))}
    assert set(through("2026-09-09 17:00", NO_MORE)) == before


def test_a_longer_diary_adds_no_evening_to_the_past() -> None:
    versions = (InForce(LONG_AGO, NO_MORE), InForce(utc("2026-09-10 08:00"), STUDY))
    days = [one.day for one in expand_through(versions, begun().facts, day("2026-09-12"))]
    assert [one.day for one in days] == [2, 3, 4, 5, 6, 10, 11, 12]


def test_versions_from_before_a_participant_shape_nothing() -> None:
    versions = (InForce(LONG_AGO, HOUR_EARLIER), InForce(utc("2026-08-01 00:00"), STUDY))
    assert expand_through(versions, begun().facts, UNTIL) == expand(STUDY, begun().facts, UNTIL)


def test_nothing_known_is_no_diary() -> None:
    assert expand_through((InForce(LONG_AGO, STUDY), InForce(utc("2026-08-01 00:00"), NO_MORE)), (), UNTIL) == ()


@given(histories(), moments, st.sampled_from([STUDY, HOUR_EARLIER, NO_MORE]))
def test_an_amendment_never_touches_an_opened_day(facts: tuple[Fact, ...], at: datetime, amended: Study) -> None:
    first = InForce(LONG_AGO, ODD_STUDY)
    before = [one for one in expand_through((first,), facts, UNTIL) if one.opens < at]
    after = expand_through((first, InForce(at, amended)), facts, UNTIL)
    assert [one for one in after if one in before] == before
    assert all(one in before or one.opens >= at for one in after)


@given(histories(), st.sampled_from([STUDY, HOUR_EARLIER, NO_MORE]))
def test_what_comes_next_can_be_laid_over_what_was(facts: tuple[Fact, ...], following: Study) -> None:
    """As a rehearsal does for a version that goes live now, after everything that is known."""
    now = max([fact.at for fact in facts], default=LONG_AGO) + timedelta(hours=5)
    versions = (InForce(LONG_AGO, ODD_STUDY),)
    days = expand_through(versions, facts, UNTIL)
    assert amended(days, InForce(now, following), facts, UNTIL) == expand_through(
        (*versions, InForce(now, following)), facts, UNTIL
    )


@given(histories(), moments, moments)
def test_each_date_has_one_window_through_three_versions(
    facts: tuple[Fact, ...], one: datetime, other: datetime
) -> None:
    second, third = sorted((one, other + timedelta(milliseconds=1)))
    versions = (InForce(LONG_AGO, STUDY), InForce(second, HOUR_EARLIER), InForce(third, ODD_STUDY))
    days = [found.day for found in expand_through(versions, facts, UNTIL)]
    assert days == sorted(set(days))
