"""Whom to call: never because of one evening alone, and not heard from weighs as much as missed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.compliance import CallKind, CallReason, GradedDay, call_list, rank, reasons_to_call
from diary_app.core.grading import UNDECIDED, State
from tests.conftest import ALICE, BOB
from tests.core.evenings import LATE_UNTIL, SUNDAY
from tests.core.test_compliance import days

DAY = timedelta(days=1)
SOON, FAR = 3, 8
histories = st.text("dlmue-", max_size=20)


def reasons(letters: str, *coming_in: int) -> tuple[CallReason, ...]:
    """At noon of the day after the last letter's day, with treatments or visits in so many days."""
    today = SUNDAY + len(letters) * DAY
    now = LATE_UNTIL + (len(letters) - 1) * DAY
    return reasons_to_call(days(letters), now, [today + number * DAY for number in coming_in], today)


def kinds(letters: str, *coming_in: int) -> list[CallKind]:
    return [reason.kind for reason in reasons(letters, *coming_in)]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", []),
        ("ddddddd", []),
        ("ddddddm", []),
        ("ddddddu", []),
        ("dddddmm", [CallKind.DAYS_IN_A_ROW]),
        ("dddddmu", [CallKind.DAYS_IN_A_ROW]),
        ("mm", [CallKind.DAYS_IN_A_ROW]),
        ("ddddmmd", []),
        ("ddddmem", []),
        ("ddddmme", []),
        ("dddm-m", [CallKind.DAYS_IN_A_ROW]),
        ("mdmdmdd", [CallKind.FEW_OF_SEVEN]),
        ("mddmddd", []),
        ("mmmdddd", [CallKind.FEW_OF_SEVEN]),
        ("mdmdm", []),
        ("meeeeee", []),
        ("ddddmmm", [CallKind.DAYS_IN_A_ROW, CallKind.FEW_OF_SEVEN]),
        ("mmmmddddddd", []),
    ],
)
def test_reasons_without_a_visit(letters: str, expected: list[CallKind]) -> None:
    assert kinds(letters) == expected


@pytest.mark.parametrize(
    ("letters", "coming_in", "expected"),
    [
        ("ddddddm", [SOON], [CallKind.GAP_BEFORE_VISIT]),
        ("mdddddd", [SOON], [CallKind.GAP_BEFORE_VISIT]),
        ("mddddddd", [SOON], []),
        ("ddddddd", [SOON], []),
        ("ddddddm", [0], [CallKind.GAP_BEFORE_VISIT]),
        ("ddddddm", [7], [CallKind.GAP_BEFORE_VISIT]),
        ("ddddddm", [FAR], []),
        ("ddddddm", [-1], []),
        ("dddddmm", [FAR, SOON], [CallKind.GAP_BEFORE_VISIT, CallKind.DAYS_IN_A_ROW]),
    ],
)
def test_a_gap_before_a_treatment_or_visit(letters: str, coming_in: list[int], expected: list[CallKind]) -> None:
    assert kinds(letters, *coming_in) == expected


@pytest.mark.parametrize("why", sorted(UNDECIDED))
def test_what_staff_have_not_decided_calls_nobody(why: str) -> None:
    soon = SUNDAY + 8 * DAY
    for letters in ("dddduuu", "uuuuuuu"):
        waits = [replace(one, reason=why) if one.state is State.UNKNOWN else one for one in days(letters)]
        assert reasons_to_call(waits, LATE_UNTIL + 6 * DAY, [soon], SUNDAY + 7 * DAY) == ()


@pytest.mark.parametrize(("letters", "run"), [("dddwmm", 2), ("dmmwm", 0), ("dmmw", 0), ("ddddmwm", 0)])
def test_a_run_ends_at_what_may_be_an_entry(letters: str, run: int) -> None:
    graded = [
        replace(one, reason="quarantined") if letter == "w" else one
        for letter, one in zip(letters, days(letters.replace("w", "u")), strict=True)
    ]
    found = reasons_to_call(graded, LATE_UNTIL + (len(letters) - 1) * DAY, [], SUNDAY + len(letters) * DAY)
    assert [(one.gaps, one.not_heard_from) for one in found] == ([(run, 0)] if run else [])


def test_the_reason_says_how_many_and_how_many_not_heard_from() -> None:
    [gap, run, week] = reasons("mdddmuu", FAR, SOON)

    coming = SUNDAY + (7 + SOON) * DAY
    assert gap == CallReason(CallKind.GAP_BEFORE_VISIT, gaps=4, not_heard_from=2, coming=coming)
    assert run == CallReason(CallKind.DAYS_IN_A_ROW, gaps=3, not_heard_from=2)
    assert week == CallReason(CallKind.FEW_OF_SEVEN, gaps=4, not_heard_from=2)


def test_a_diary_that_ended_calls_nobody() -> None:
    ended = days("dddddmm")
    week_later, now = SUNDAY + 13 * DAY, LATE_UNTIL + 12 * DAY

    assert reasons_to_call(ended, now, [], week_later)
    assert not reasons_to_call(ended, now + DAY, [], week_later + DAY)


def test_an_evening_still_open_is_no_gap() -> None:
    graded = days("dddddm") + days("u", late_until=LATE_UNTIL + 6 * DAY)

    assert reasons_to_call(graded, LATE_UNTIL + 5 * DAY, [], date(2026, 11, 28)) == ()


@given(histories, st.lists(st.integers(0, 10), max_size=2))
def test_not_heard_from_ranks_exactly_as_missed(letters: str, coming_in: list[int]) -> None:
    heard, unheard = letters.replace("u", "m"), letters.replace("m", "u")

    assert rank(reasons(heard, *coming_in)) == rank(reasons(unheard, *coming_in))


@given(st.integers(0, 20), st.integers(0, 20))
def test_one_evening_alone_never_calls(before: int, after: int) -> None:
    assert reasons("d" * before + "m" + "d" * after) == ()


@given(histories)
def test_any_two_gaps_at_the_end_call(letters: str) -> None:
    assert CallKind.DAYS_IN_A_ROW in kinds(letters + "mu")


@given(histories)
def test_a_gap_before_a_visit_goes_before_every_other(letters: str) -> None:
    assert rank(reasons("d" * 6 + "m", SOON)) > rank(reasons(letters))


def test_the_call_list_is_ranked_and_leaves_out_the_rest() -> None:
    waiting = {
        "01-009": reasons("dddddmm"),
        BOB: reasons("ddddmmm"),
        "01-002": reasons("ddddddd"),
        ALICE: reasons("dddddmm"),
        "01-003": reasons("ddddddm", SOON),
    }

    assert call_list(waiting) == ("01-003", BOB, ALICE, "01-009")


def test_a_list_of_days_in_any_order_gives_the_same_reasons() -> None:
    graded: list[GradedDay] = days("mddmmuu")
    now, today = LATE_UNTIL + 6 * DAY, SUNDAY + 7 * DAY

    assert reasons_to_call(graded[::-1], now, [], today) == reasons_to_call(graded, now, [], today)
