"""Every prompt of every day: at its wall time whatever the clocks do, never in quiet hours, and never moved."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.prompts import Dropped, Pause, Prompt, prompts, sendable_until
from diary_app.core.study import PromptRule
from diary_app.core.times import local, offset_minutes
from diary_app.core.windows import DiaryDay, expand
from tests.core.histories import (
    COPENHAGEN,
    ODD_STUDY,
    STUDY,
    UNTIL,
    ZONES,
    begun,
    day,
    moments,
    schedule_facts,
    status_facts,
    study_with,
    utc,
)

RULE = STUDY.prompts
LONG_STUDY = study_with(longest_days=2000)
CHOICES = [window.id for window in STUDY.diary.windows]
SIX, EIGHT, QUARTER_PAST_TEN = 18 * 60, 20 * 60, 22 * 60 + 15


def wall(prompt: Prompt, zone: str = COPENHAGEN) -> str:
    return f"{local(prompt.at, zone):%Y-%m-%d %H:%M}"


def sent(found: tuple[Prompt, ...]) -> list[str]:
    return [wall(prompt) for prompt in found if prompt.dropped is None]


def dropped(found: tuple[Prompt, ...]) -> list[tuple[str, Dropped]]:
    return [(wall(prompt)[11:], prompt.dropped) for prompt in found if prompt.dropped]


def one_day(text: str, **choices: str) -> list[DiaryDay]:
    return [begun(**choices).days(text)[text]]


def years(zone: str, choice: str) -> tuple[DiaryDay, ...]:
    """From the autumn of 2026 to the autumn of 2030."""
    return expand(LONG_STUDY, begun(zone, DMD=choice).facts, day("2030-11-30"))


def clocks_change(found: DiaryDay) -> bool:
    return offset_minutes(found.opens, found.zone) != offset_minutes(found.late_until, found.zone)


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("zone", ZONES)
def test_every_evening_of_every_window_choice_has_its_prompts(zone: str, choice: str) -> None:
    days = years(zone, choice)
    found = Counter(prompt.day for prompt in prompts(RULE, days) if prompt.dropped is None)
    assert [one.day for one in days if one.expected and found[one.day] < 2] == []
    assert {found[one.day] for one in days if one.expected} == {3}


@pytest.mark.parametrize("choice", CHOICES)
def test_where_clocks_change_prompts_keep_their_wall_time(choice: str) -> None:
    changing = [one for one in years(COPENHAGEN, choice) if clocks_change(one)]
    assert [one.day.year for one in changing] == [2026, 2027, 2027, 2028, 2028, 2029, 2029, 2030, 2030]
    for one in changing:
        assert sent(prompts(RULE, [one])) == [f"{one.day} 20:00", f"{one.day} 21:15", f"{one.day} 22:15"]


def test_the_instants_around_the_end_of_summer_time() -> None:
    days = [one for name in ("2026-10-24", "2026-10-25") for one in one_day(name)]
    assert [prompt.at for prompt in prompts(RULE, days)] == [
        utc("2026-10-24 18:00"), utc("2026-10-24 19:15"), utc("2026-10-24 20:15"),
        utc("2026-10-25 19:00"), utc("2026-10-25 20:15"), utc("2026-10-25 21:15"),
    ]  # fmt: skip


def test_ones_own_time_moves_the_first_two() -> None:
    found = prompts(RULE, one_day("2026-10-10"), usual=SIX)
    assert sent(found) == ["2026-10-10 18:00", "2026-10-10 19:15", "2026-10-10 22:15"]


def test_the_latest_time_of_ones_own_is_one_prompt() -> None:
    assert sent(prompts(RULE, one_day("2026-10-10"), usual=QUARTER_PAST_TEN)) == ["2026-10-10 22:15"]


def test_before_the_window_opens_a_prompt_is_dropped_and_not_moved() -> None:
    found = prompts(RULE, one_day("2026-10-10", DMD="late_evening"), usual=SIX)
    assert dropped(found) == [("18:00", Dropped.NOT_OPEN), ("19:15", Dropped.NOT_OPEN)]
    assert sent(found) == ["2026-10-10 22:15"]


def test_after_the_window_has_closed_a_prompt_is_dropped() -> None:
    (one,) = one_day("2026-10-10")
    closing = DiaryDay(**{**vars(one), "closes": utc("2026-10-10 19:15")})  # 21:15 on the wall
    assert dropped(prompts(RULE, [closing])) == [("21:15", Dropped.CLOSED), ("22:15", Dropped.CLOSED)]


@pytest.mark.parametrize(
    ("quiet", "left"),
    [(("21:00", "09:00"), ["20:00"]), (("20:00", "22:00"), ["22:15"]), (("21:15", "21:16"), ["20:00", "22:15"])],
)
def test_in_quiet_hours_a_prompt_is_dropped_and_not_moved(quiet: tuple[str, str], left: list[str]) -> None:
    rule = PromptRule.model_validate(
        {
            "usual": "20:00",
            "again_after_minutes": 75,
            "latest": "22:15",
            "quiet_from": quiet[0],
            "quiet_until": quiet[1],
        }
    )
    found = prompts(rule, one_day("2026-10-10"))
    assert [when[11:] for when in sent(found)] == left
    assert {reason for _, reason in dropped(found)} == {Dropped.QUIET_HOURS}


def test_nobody_is_reminded_of_a_day_that_is_not_expected() -> None:
    days = begun().status("2026-10-01 08:00", "died", "2026-10-08").days("2026-10-10")
    found = prompts(RULE, days.values())
    assert max(prompt.day for prompt in found if not prompt.dropped) == day("2026-10-07")
    assert {prompt.dropped for prompt in found if prompt.day >= day("2026-10-08")} == {Dropped.NOT_EXPECTED}


def test_a_pause_holds_from_when_it_was_said_until_its_last_day() -> None:
    days = [begun().days("2026-10-13")[f"2026-10-{number}"] for number in (10, 11, 12, 13)]
    pauses = [Pause(utc("2026-10-10 18:30"), day("2026-10-12"))]  # 20:30 on the wall
    found = prompts(RULE, days, pauses=pauses)
    assert sent(found)[:2] == ["2026-10-10 20:00", "2026-10-13 20:00"]
    assert Counter(prompt.dropped for prompt in found)[Dropped.PAUSED] == 8


@pytest.mark.parametrize("until", [None, date(2026, 10, 10)])
def test_what_was_said_last_of_a_pause_counts(until: date | None) -> None:
    pauses = [Pause(utc("2026-10-11 08:00"), until), Pause(utc("2026-10-09 08:00"), day("2026-10-20"))]
    found = prompts(RULE, [one for name in ("2026-10-10", "2026-10-11") for one in one_day(name)], pauses=pauses)
    assert {prompt.day for prompt in found if not prompt.dropped} == {day("2026-10-11")}


def test_on_a_journey_prompts_follow_the_zone_of_their_evening() -> None:
    days = begun().zone("2026-10-10 22:00", "America/New_York").days("2026-10-12")
    found = [wall(prompt, "America/New_York") for prompt in prompts(RULE, [days["2026-10-12"]])]
    assert found == ["2026-10-12 20:00", "2026-10-12 21:15", "2026-10-12 22:15"]


histories = st.lists(st.tuples(moments, schedule_facts | status_facts), max_size=8)


@given(histories, st.integers(SIX, QUARTER_PAST_TEN), st.lists(st.tuples(moments, st.none() | st.dates()), max_size=3))
def test_whatever_becomes_known_a_prompt_that_is_sent_is_within_its_window_and_out_of_quiet_hours(
    told: list[tuple[datetime, object]], usual: int, paused: list[tuple[datetime, date | None]]
) -> None:
    history = begun()
    for at, detail in sorted(told, key=lambda one: one[0]):
        history = history.tell(f"{at:%Y-%m-%d %H:%M}", detail)
    days = expand(ODD_STUDY, history.facts, UNTIL)
    by_day = {one.day: one for one in days}
    found = prompts(RULE, days, usual=usual, pauses=[Pause(at, until) for at, until in paused])
    assert Counter(prompt.day for prompt in found) == {one.day: len(RULE.times_from(usual)) for one in days}
    assert list(found) == sorted(found, key=lambda prompt: prompt.at)
    for prompt in found:
        one = by_day[prompt.day]
        if prompt.dropped is None:
            assert one.expected
            assert one.opens <= prompt.at < one.closes
            assert timedelta(hours=9) <= _since_midnight(local(prompt.at, one.zone)) < timedelta(hours=22, minutes=30)


def _since_midnight(wall: datetime) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute)


def until(one: DiaryDay, **rule: str) -> list[str]:
    changed = PromptRule.model_validate({**TYPED, **rule})
    found = [sendable_until(changed, prompt, one) for prompt in prompts(changed, [one])]
    return [f"{local(moment, one.zone):%H:%M}" for moment in found]


TYPED = {
    "usual": "20:00", "again_after_minutes": 75, "latest": "22:15", "quiet_from": "22:30", "quiet_until": "09:00",
}  # fmt: skip


def test_a_prompt_may_be_an_hour_late_but_not_into_quiet_hours() -> None:
    (one,) = one_day("2026-10-10")
    assert until(one) == ["21:00", "22:15", "22:30"]
    assert until(one, quiet_from="22:16") == ["21:00", "22:15", "22:16"]


def test_a_prompt_after_quiet_hours_in_the_evening_waits_for_those_of_the_next() -> None:
    (one,) = one_day("2026-10-10")
    assert until(one, quiet_from="18:00", quiet_until="19:00") == ["21:00", "22:15", "23:15"]


def test_a_prompt_is_not_sent_once_the_window_has_closed() -> None:
    (one,) = one_day("2026-10-10")
    closing = DiaryDay(**{**vars(one), "closes": utc("2026-10-10 18:30")})  # 20:30 on the wall
    assert until(closing)[0] == "20:30"
