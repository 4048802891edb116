"""Missed is not the same as not yet received: what one day is worth, by each sentence of the rule."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from diary_app.core.entries import Mode
from diary_app.core.facts import DeviceState, ExcuseReason
from diary_app.core.grading import DayFacts, Grade, Installation, QuarantinedRecord, State, grade, proves_until
from diary_app.core.windows import DiaryDay, NotExpected
from tests.core.evenings import CLOSES, EVENING, LATE_UNTIL, MILLISECOND, OPENS, PHONE, SUNDAY, uuid, version

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXPECTED = DiaryDay("DMD", SUNDAY, "evening", "Europe/Copenhagen", OPENS, CLOSES, LATE_UNTIL)
NOON = LATE_UNTIL + HOUR
NEW_PHONE = "bbbbbbbb-0000-4000-8000-000000000002"


def phone(**changes: Any) -> Installation:
    """Alice's phone, active for a month, silent since the afternoon."""
    usual = {"device": PHONE, "active_from": OPENS - 30 * DAY, "last_seen_at": OPENS - HOUR}
    return Installation(**{**usual, "complete_until": OPENS - HOUR, **changes})


def facts(**changes: Any) -> DayFacts:
    return DayFacts(
        **{"day": EXPECTED, "instrument": "DMD", "diary_day": SUNDAY, "installations": (phone(),), **changes}
    )


PROVED = phone(complete_until=LATE_UNTIL, last_seen_at=LATE_UNTIL)
UNREADABLE = QuarantinedRecord(PHONE, LATE_UNTIL - HOUR)
ON_TIME, LATE = version(), version(captured_at=CLOSES + HOUR, late_reason="forgot")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({"entries": (ON_TIME,)}, (State.DONE, None), id="an entry on time"),
        pytest.param({"entries": (LATE,)}, (State.LATE, "forgot"), id="an entry after the window closed"),
        pytest.param(
            {"entries": (ON_TIME,), "excuse": ExcuseReason.TOO_ILL}, (State.DONE, None), id="done over excused"
        ),
        pytest.param(
            {"entries": (LATE,), "excuse": ExcuseReason.TOO_ILL}, (State.LATE, "forgot"), id="late over excused"
        ),
        pytest.param(
            {"entries": (ON_TIME,), "quarantined": (UNREADABLE,)}, (State.DONE, None), id="done over quarantined"
        ),
        pytest.param(
            {"installations": (PROVED,), "excuse": ExcuseReason.HOSPITALISED},
            (State.EXCUSED, "hospitalised"),
            id="excused over missed",
        ),
        pytest.param({"excuse": ExcuseReason.TOO_ILL}, (State.EXCUSED, "too_ill"), id="excused over unknown"),
        pytest.param({"installations": (PROVED,)}, (State.MISSED, None), id="a complete contact at late_until"),
        pytest.param({}, (State.UNKNOWN, "silent"), id="nothing heard"),
        pytest.param(
            {"installations": (phone(complete_until=LATE_UNTIL - MILLISECOND),)},
            (State.UNKNOWN, "silent"),
            id="the last complete contact was a millisecond too early",
        ),
        pytest.param(
            {"installations": (phone(complete_until=None),)}, (State.UNKNOWN, "silent"), id="never a complete contact"
        ),
        pytest.param({"installations": ()}, (State.UNKNOWN, "device_lost"), id="no phone was active"),
        pytest.param(
            {"installations": (phone(device=NEW_PHONE, active_from=NOON, complete_until=NOON),)},
            (State.UNKNOWN, "device_lost"),
            id="a new phone proves nothing about earlier days",
        ),
        pytest.param(
            {
                "installations": (
                    phone(state=DeviceState.REPLACED, active_until=NOON),
                    phone(device=NEW_PHONE, active_from=NOON, complete_until=NOON + DAY),
                )
            },
            (State.UNKNOWN, "device_lost"),
            id="replaced before it could prove anything",
        ),
        pytest.param(
            {
                "installations": (
                    phone(state=DeviceState.REPLACED, active_until=NOON, complete_until=NOON),
                    phone(device=NEW_PHONE, active_from=NOON, complete_until=NOON + DAY),
                )
            },
            (State.MISSED, None),
            id="replaced after it had proved the day",
        ),
        pytest.param(
            {
                "installations": (
                    phone(state=DeviceState.REPLACED, active_until=EVENING),
                    phone(device=NEW_PHONE, active_from=EVENING, complete_until=NOON),
                )
            },
            (State.UNKNOWN, "device_lost"),
            id="replaced during the evening: both must prove",
        ),
        pytest.param(
            {"installations": (PROVED, phone(device=NEW_PHONE, active_from=LATE_UNTIL))},
            (State.UNKNOWN, "silent"),
            id="a phone activated in the last millisecond must prove too",
        ),
        pytest.param(
            {"installations": (PROVED, phone(device=NEW_PHONE, active_until=OPENS - MILLISECOND))},
            (State.MISSED, None),
            id="a phone retired before the window need not",
        ),
        pytest.param(
            {"installations": (PROVED, phone(device=NEW_PHONE, active_until=OPENS))},
            (State.UNKNOWN, "silent"),
            id="a phone retired as the window opened must",
        ),
        pytest.param(
            {"installations": (phone(state=DeviceState.LOST),)}, (State.UNKNOWN, "device_lost"), id="lost before proof"
        ),
        pytest.param(
            {"installations": (phone(state=DeviceState.LOST, complete_until=NOON),)},
            (State.MISSED, None),
            id="lost long after it had proved the day",
        ),
        pytest.param(
            {"installations": (phone(state=DeviceState.WITHDRAWN),)},
            (State.UNKNOWN, "silent"),
            id="a withdrawn phone may still send",
        ),
        pytest.param(
            {"installations": (phone(doubtful=True, complete_until=NOON),)},
            (State.UNKNOWN, "device_doubtful"),
            id="a clone proves nothing",
        ),
        pytest.param(
            {"installations": (phone(pending=3, last_seen_at=LATE_UNTIL),)},
            (State.UNKNOWN, "held_unsent"),
            id="it said that it still holds records",
        ),
        pytest.param(
            {"installations": (phone(pending=3, last_seen_at=LATE_UNTIL - MILLISECOND),)},
            (State.UNKNOWN, "silent"),
            id="it said so before the last minute, and nothing since",
        ),
        pytest.param(
            {"installations": (PROVED,), "after_lock": True, "quarantined": (UNREADABLE,)},
            (State.UNKNOWN, "after_lock"),
            id="came after the day was locked",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (QuarantinedRecord(PHONE, NOON, SUNDAY, "DMD"),)},
            (State.UNKNOWN, "quarantined"),
            id="a quarantined record names the day",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (UNREADABLE,)},
            (State.UNKNOWN, "quarantined"),
            id="an unreadable record could name the day",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (QuarantinedRecord(PHONE, OPENS),)},
            (State.UNKNOWN, "quarantined"),
            id="an unreadable record received as the window opened could too",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (QuarantinedRecord(PHONE, OPENS - MILLISECOND),)},
            (State.MISSED, None),
            id="an unreadable record from before the window cannot",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (QuarantinedRecord(PHONE, NOON, SUNDAY - DAY, "DMD"),)},
            (State.MISSED, None),
            id="a quarantined record of another day",
        ),
        pytest.param(
            {"installations": (PROVED,), "quarantined": (QuarantinedRecord(PHONE, NOON, SUNDAY, "XQ"),)},
            (State.MISSED, None),
            id="a quarantined record of another instrument",
        ),
        pytest.param(
            {"installations": (PROVED,), "entries": (version(2, parent=1),)},
            (State.UNKNOWN, "quarantined"),
            id="an amendment is here, what it amends is not",
        ),
        pytest.param(
            {"installations": (PROVED,), "entries": (version(practice=1),)},
            (State.MISSED, None),
            id="a practice entry is no entry",
        ),
    ],
)
def test_a_closed_day(known: dict[str, Any], expected: tuple[State, str | None]) -> None:
    graded = grade(facts(**known), NOON)

    assert (graded.state, graded.reason, graded.next_moment) == (*expected, None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - DAY, Grade(State.NOT_YET_DUE, next_moment=OPENS)),
        (OPENS - MILLISECOND, Grade(State.NOT_YET_DUE, next_moment=OPENS)),
        (OPENS, Grade(State.OPEN, next_moment=LATE_UNTIL)),
        (CLOSES + HOUR, Grade(State.OPEN, next_moment=LATE_UNTIL)),
        (LATE_UNTIL - MILLISECOND, Grade(State.OPEN, next_moment=LATE_UNTIL)),
        (LATE_UNTIL, Grade(State.UNKNOWN, "silent")),
    ],
)
def test_a_day_opens_and_closes_with_time_alone(now: Any, expected: Grade) -> None:
    assert grade(facts(), now) == expected


@pytest.mark.parametrize(
    ("doubts", "reason"),
    [
        (("quarantined", "doubtful", "lost", "held"), "quarantined"),
        (("doubtful", "lost", "held"), "device_doubtful"),
        (("lost", "held"), "device_lost"),
        (("held",), "held_unsent"),
        ((), "silent"),
    ],
    ids=str,
)
def test_the_strongest_doubt_is_named(doubts: tuple[str, ...], reason: str) -> None:
    phones = {
        "doubtful": phone(doubtful=True),
        "lost": phone(state=DeviceState.LOST),
        "held": phone(pending=1, last_seen_at=NOON),
    }
    present = (phone(), *(one for name, one in phones.items() if name in doubts))

    graded = grade(facts(installations=present, quarantined=(UNREADABLE,) if "quarantined" in doubts else ()), NOON)

    assert graded.reason == reason


@pytest.mark.parametrize(
    ("before", "state"),
    [
        pytest.param((), State.MISSED, id="the very first phone speaks for the evening"),
        pytest.param((phone(active_until=OPENS, state=DeviceState.REPLACED),), State.UNKNOWN, id="changed at opening"),
        pytest.param(
            (phone(active_until=OPENS - DAY, state=DeviceState.LOST),), State.UNKNOWN, id="lost the day before"
        ),
        pytest.param(
            (phone(active_until=OPENS - DAY, state=DeviceState.REPLACED, complete_until=LATE_UNTIL),),
            State.MISSED,
            id="handed in, and empty",
        ),
    ],
)
def test_a_phone_that_begins_during_the_window_speaks_for_no_other(
    before: tuple[Installation, ...], state: State
) -> None:
    new = replace(PROVED, device="another phone", active_from=OPENS + HOUR)

    graded = grade(facts(installations=(*before, new)), NOON)

    assert (graded.state, graded.reason) == (state, "device_lost" if state is State.UNKNOWN else None)


def test_an_entry_that_arrives_later_is_graded_after_all() -> None:
    missed = facts(installations=(PROVED,))

    before, after = grade(missed, NOON), grade(facts(installations=(PROVED,), entries=(ON_TIME,)), NOON + 30 * DAY)

    assert (before.state, after.state) == (State.MISSED, State.DONE)


def test_a_phone_whose_clock_is_behind_proves_less() -> None:
    slow = phone(complete_until=proves_until(NOON, NOON - 2 * DAY), last_seen_at=NOON)

    assert grade(facts(installations=(slow,)), NOON).state is State.UNKNOWN
    assert proves_until(NOON + 2 * DAY, NOON) == NOON


def test_a_phone_whose_clock_is_ahead_proves_no_more() -> None:
    assert proves_until(EVENING, EVENING + 2 * DAY) == EVENING


@pytest.mark.parametrize(
    ("saved", "state"),
    [(OPENS, State.DONE), (CLOSES, State.DONE), (CLOSES + MILLISECOND, State.LATE), (LATE_UNTIL, State.LATE)],
)
def test_timeliness_is_exact(saved: Any, state: State) -> None:
    assert grade(facts(entries=(version(captured_at=saved),)), NOON).state is state


def test_timeliness_is_that_of_the_first_version() -> None:
    amended = version(2, parent=1, captured_at=CLOSES + HOUR)

    graded = grade(facts(entries=(amended, ON_TIME)), NOON)

    assert graded == Grade(State.DONE, None, None, amended.id, ON_TIME.body.captured_at, Mode.OWN_PHONE)


def test_the_first_of_two_roots_counts() -> None:
    second = version(2, captured_at=CLOSES + HOUR)

    assert grade(facts(entries=(second, ON_TIME)), NOON).entry == uuid(1)


def test_the_window_that_the_gate_applied_decides() -> None:
    shown = replace(version(captured_at=CLOSES + HOUR), on_time_until=CLOSES + 2 * HOUR)

    assert grade(facts(entries=(shown,)), NOON).state is State.DONE


@pytest.mark.parametrize("saved", [OPENS - MILLISECOND, LATE_UNTIL + MILLISECOND])
def test_an_entry_from_before_its_day_was_expected_does_not_fill_it(saved: Any) -> None:
    early = version(captured_at=saved, opens=saved - HOUR, closes=saved + HOUR, late_until=saved + HOUR)

    assert grade(facts(entries=(early,)), NOON).state not in (State.DONE, State.LATE)


@pytest.mark.parametrize(("saved", "state"), [(EVENING, State.DONE), (CLOSES + HOUR, State.LATE)])
def test_paper_is_done_when_dated_inside_its_window_and_says_so(saved: Any, state: State) -> None:
    graded = grade(facts(entries=(version(captured_at=saved, mode="paper"),)), NOON)

    assert (graded.state, graded.mode) == (state, Mode.PAPER)


@pytest.mark.parametrize("reason", NotExpected)
def test_a_day_not_expected_is_nobodys_gap(reason: NotExpected) -> None:
    day = DiaryDay("DMD", SUNDAY, "evening", "Europe/Copenhagen", OPENS, CLOSES, LATE_UNTIL, reason)

    assert grade(facts(day=day), NOON) == Grade(State.NOT_EXPECTED, reason.value)
    assert grade(facts(day=day, entries=(ON_TIME,)), NOON).state is State.EXTRA


def test_an_entry_for_a_day_nobody_expected_is_extra() -> None:
    assert grade(facts(day=None, entries=(ON_TIME,)), EVENING).state is State.EXTRA
    assert grade(facts(day=None), EVENING) == Grade(State.NOT_EXPECTED)


def test_an_excuse_shows_at_once_and_yields_to_an_entry() -> None:
    excused = facts(excuse=ExcuseReason.HOSPITALISED)

    assert grade(excused, EVENING) == Grade(State.EXCUSED, "hospitalised")
    assert grade(facts(excuse=ExcuseReason.HOSPITALISED, entries=(ON_TIME,)), EVENING).state is State.DONE


def test_another_diary_day_is_another_matter() -> None:
    named = QuarantinedRecord(PHONE, NOON, date(2026, 11, 23), "DMD")

    assert grade(facts(installations=(PROVED,), quarantined=(named,)), NOON).state is State.MISSED
