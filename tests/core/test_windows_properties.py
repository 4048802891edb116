"""What holds for every diary, whatever becomes known when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.facts import Fact
from diary_app.core.times import local
from diary_app.core.windows import DiaryDay, due, expand, known_at, next_moment, next_opening, window_of
from tests.core.histories import (
    ODD_STUDY,
    STUDY,
    UNTIL,
    histories,
    moments,
    schedule_facts,
    status_facts,
    window_opens_late,
)

Facts = tuple[Fact, ...]


def days_of(facts: Facts) -> tuple[DiaryDay, ...]:
    return expand(ODD_STUDY, facts, UNTIL)


def opened(facts: Facts, by: datetime) -> list[DiaryDay]:
    return [day for day in days_of(facts) if day.opens <= by]


@given(histories())
def test_each_date_has_one_window_in_order(facts: Facts) -> None:
    days = days_of(facts)

    assert [day.day for day in days] == sorted({day.day for day in days})


@given(histories())
def test_no_window_closes_before_it_opens(facts: Facts) -> None:
    assert all(day.opens <= day.closes <= day.late_until for day in days_of(facts))


@given(histories())
def test_expected_windows_open_one_after_the_other(facts: Facts) -> None:
    opens = [day.opens for day in expand(STUDY, facts, UNTIL) if day.expected]

    assert opens == sorted(set(opens))


@given(histories())
def test_order_in_which_facts_arrive_does_not_matter(facts: Facts) -> None:
    assert days_of(facts[::-1]) == days_of(facts) == days_of((*facts[3:], *facts[:3]))


@given(histories(), st.integers(1, 60))
def test_looking_further_ahead_changes_no_day(facts: Facts, fewer: int) -> None:
    until = UNTIL - timedelta(days=fewer)

    assert expand(ODD_STUDY, facts, until) == tuple(day for day in days_of(facts) if day.day <= until)


@given(st.data(), histories())
def test_shuffled_facts_give_the_same_days(data: st.DataObject, facts: Facts) -> None:
    assert days_of(tuple(data.draw(st.permutations(facts)))) == days_of(facts)


@given(histories(), moments, schedule_facts)
def test_fact_never_touches_a_day_that_opened_by_then(facts: Facts, at: datetime, detail: Any) -> None:
    later = Fact("later", at, 99, detail)

    assert opened((*facts, later), by=at) == opened(facts, by=at)


@given(histories(), moments, status_facts)
def test_status_only_marks_days_that_opened_by_then(facts: Facts, at: datetime, detail: Any) -> None:
    after = opened((*facts, Fact("status", at, 99, detail)), by=at)

    assert [replace(day, not_expected=None) for day in after] == [
        replace(day, not_expected=None) for day in opened(facts, by=at)
    ]


@given(histories())
def test_phone_that_knew_what_came_before_showed_what_is_enforced(facts: Facts) -> None:
    for day in days_of(facts)[::7]:
        known_then = tuple(fact for fact in facts if fact.at < day.opens)
        assert day in expand(ODD_STUDY, known_then, day.day)


@given(histories())
def test_window_is_its_choice_in_its_zone(facts: Facts) -> None:
    for day in days_of(facts):
        rule = ODD_STUDY.diary.window(day.choice)
        assert window_of(rule, day.day, day.zone)[1:] == (day.closes, day.late_until)
        assert not window_opens_late(day) or day.opens > window_of(rule, day.day, day.zone).opens


@given(histories())
def test_window_that_had_begun_opens_when_it_becomes_known(facts: Facts) -> None:
    known = {fact.at + timedelta(milliseconds=1) for fact in facts}

    assert all(day.opens in known for day in days_of(facts) if window_opens_late(day))


@given(histories(more=0))
def test_without_changes_no_date_is_left_out(facts: Facts) -> None:
    days = days_of(facts)

    assert all(after.day - before.day == timedelta(days=1) for before, after in pairwise(days))
    assert days[-1].day == UNTIL


@given(histories(), moments)
def test_next_moment_is_in_the_future_or_none(facts: Facts, now: datetime) -> None:
    moment = next_moment(days_of(facts), now)

    assert moment is None or moment > now


@given(histories(), moments)
def test_between_moments_nothing_becomes_due(facts: Facts, now: datetime) -> None:
    days = days_of(facts)
    moment = next_moment(days, now) or datetime(2027, 3, 1, tzinfo=UTC)
    just_before = max(now, moment - timedelta(milliseconds=1))

    # The last instant of a window still belongs to it, so look just after a moment.
    just_after = now + timedelta(milliseconds=1)
    assert just_after >= moment or due(days, just_after) == due(days, just_before)


@given(histories(), moments)
def test_next_opening_is_the_first_that_comes(facts: Facts, now: datetime) -> None:
    days = days_of(facts)
    coming = next_opening(days, now)

    assert [day for day in days if day.expected and now < day.opens and (not coming or day.opens < coming.opens)] == []


@given(histories(), st.integers(0, 20), st.integers(0, 15))
def test_server_repeats_what_a_phone_showed(facts: Facts, heard: int, made: int) -> None:
    """The phone has what it heard from the server, and its own facts without the server's number."""
    own = {fact.id for fact in facts if fact.revision % 3 == made % 3}
    on_the_phone = tuple(replace(fact, revision=0) for fact in facts if fact.id in own) + tuple(
        fact for fact in facts if fact.id not in own and fact.revision <= heard
    )

    assert days_of(known_at(facts, heard, own)) == days_of(on_the_phone)


@given(histories())
def test_opening_is_the_wall_time_of_the_choice(facts: Facts) -> None:
    clocks_jump = {"narrow", "midnight"}
    for day in days_of(facts):
        if day.choice not in clocks_jump and not window_opens_late(day):
            wall = local(day.opens, day.zone)
            assert wall.hour * 60 + wall.minute == ODD_STUDY.diary.window(day.choice).opens % 1440
