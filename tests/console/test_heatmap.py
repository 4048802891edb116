"""The overview as data: cells, sums of evenings, lists, and who is to be called."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from diary_app.core.anchors import Anchor
from diary_app.core.compliance import CallKind, Rate
from diary_app.core.grading import State
from diary_app.core.status import DisplayStatus
from server.console.course import Course
from server.console.heatmap import Line, Overview, days_needed, overview
from server.db.overview import DiarySpan, ListedDay, ListedParticipant

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 7, 2, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)
ALICE, ANNA = "01-001", "01-002"


def person(number: str = ALICE, *, activated: bool = True) -> ListedParticipant:
    began = NOW - timedelta(days=60)
    return ListedParticipant(number, "copenhagen", began, began if activated else None, NOW)


def evening(day: date, state: State, number: str = ALICE, reason: str | None = None, late: int = 11) -> ListedDay:
    """Opens at 17, closes at 2, and ends at `late` UTC the next morning."""
    start = datetime.combine(day, datetime.min.time(), UTC)
    opens, closes, late_until = (start + timedelta(hours=hours) for hours in (17, 26, 24 + late))
    return ListedDay(number, day, state.value, reason, opens, closes, late_until)


def back(days: int, state: State, number: str = ALICE) -> ListedDay:
    return evening(TODAY - timedelta(days=days), state, number)


def seen(
    *found: ListedDay, length: int = 14, now: datetime = NOW, courses: Mapping[str, Course] | None = None
) -> Overview:
    people = [person(number) for number in (ALICE, ANNA)]
    return overview(people, found, TODAY, length, now, courses)


def alice(found: Overview) -> Line:
    return next(line for line in found.lines if line.participant.id == ALICE)


def test_days_end_with_today() -> None:
    days = seen(length=28).days
    assert (len(days), days[-1]) == (28, TODAY)


def test_a_day_without_a_row_is_not_expected() -> None:
    assert {cell.state for cell in alice(seen()).cells} == {State.NOT_EXPECTED}


def test_after_closing_a_day_says_until_when_it_can_still_be_filled_in() -> None:
    day = back(1, State.OPEN)
    cell = alice(seen(day)).cells[-2]
    assert (cell.state, cell.until, cell.is_late_hour) == (State.OPEN, day.late_until, True)


def test_before_closing_a_day_says_when_it_closes() -> None:
    day = back(1, State.OPEN)
    cell = alice(seen(day, now=day.closes - timedelta(minutes=1))).cells[-2]
    assert (cell.until, cell.is_late_hour) == (day.closes, False)


def test_what_is_not_yet_due_says_when_it_opens() -> None:
    day = back(0, State.NOT_YET_DUE)
    assert alice(seen(day)).cells[-1].until == day.opens


@pytest.mark.parametrize(
    ("state", "hours", "shown"),
    [(State.NOT_YET_DUE, 17, State.OPEN), (State.OPEN, 35, State.UNKNOWN), (State.MISSED, 35, State.MISSED)],
)
def test_the_clock_counts_where_the_sweep_is_late(state: State, hours: int, shown: State) -> None:
    now = datetime.combine(YESTERDAY, datetime.min.time(), UTC) + timedelta(hours=hours)
    assert alice(seen(back(1, state), now=now)).cells[-2].state is shown


def test_the_last_evening_is_summed_up_while_it_is_open() -> None:
    latest = seen(back(1, State.DONE), back(1, State.OPEN, ANNA), back(0, State.NOT_YET_DUE)).latest
    assert latest is not None
    assert (latest.day, latest.of, latest.filled, latest.open) == (YESTERDAY, 2, 1, 1)


def test_evenings_that_end_at_different_times_say_both() -> None:
    latest = seen(back(1, State.OPEN), evening(YESTERDAY, State.OPEN, ANNA, late=13)).latest
    assert latest is not None
    assert (latest.first_closes, latest.last_closes) == (NOW.replace(hour=11, minute=0), NOW.replace(hour=13, minute=0))


def test_days_that_nobody_expects_are_in_no_sum() -> None:
    found = seen(back(1, State.DONE), back(1, State.NOT_EXPECTED, ANNA), back(2, State.EXTRA, ANNA))
    assert (found.latest and found.latest.of, found.before) == (1, None)


def test_the_evening_before_is_summed_up_too() -> None:
    before = seen(back(1, State.DONE), back(3, State.MISSED), back(3, State.UNKNOWN, ANNA)).before
    assert before is not None
    assert (before.day, before.missed, before.unknown) == (TODAY - timedelta(days=3), 1, 1)


def test_the_rate_is_of_the_closed_days_of_the_last_seven() -> None:
    days = [back(number, State.DONE) for number in range(1, 12)]
    days[2] = back(3, State.MISSED)
    days[4] = back(5, State.EXCUSED)
    rate = alice(seen(*days)).rate
    assert (rate.excused_out, rate.excused_as_missed) == (Rate(4, 5), Rate(4, 6))


def test_an_open_day_is_not_in_the_rate() -> None:
    assert alice(seen(back(1, State.OPEN), back(2, State.DONE))).rate.excused_out == Rate(1, 1)


def test_lists_look_back_two_weeks_whatever_is_shown() -> None:
    found = seen(back(14, State.MISSED), back(15, State.MISSED), back(14, State.UNKNOWN, ANNA), length=56)
    assert [cell.day for cell in found.with_missed[0].missed] == [TODAY - timedelta(days=14)]
    assert [line.participant.id for line in found.not_heard_from] == [ANNA]
    assert days_needed(14) == 15


def test_one_evening_alone_is_no_reason_to_call() -> None:
    assert seen(back(2, State.MISSED), back(3, State.DONE)).to_call == ()


def test_what_waits_for_staff_is_not_silence() -> None:
    aside, locked, silent = (
        replace(back(number, State.UNKNOWN), reason=reason)
        for number, reason in ((2, "quarantined"), (3, "after_lock"), (4, "silent"))
    )
    found = seen(aside, locked, silent, back(1, State.DONE))
    line = alice(found)
    assert [cell.sign.value for cell in line.cells[-5:-1]] == ["unknown", "undecided", "undecided", "done"]
    assert [cell.day for cell in line.not_heard] == [silent.day]
    assert [cell.day for cell in line.undecided] == [locked.day, aside.day]
    assert found.undecided == (line,)
    assert [cell.waits_in_inbox for cell in line.undecided] == [False, True]
    assert line.calls == (), "three in a row without an entry, of which staff can ask about one"


def test_an_evening_counts_what_is_not_decided_by_itself() -> None:
    aside = replace(back(2, State.UNKNOWN), reason="quarantined")
    before = seen(back(1, State.DONE), aside, back(2, State.UNKNOWN, ANNA)).before
    assert before is not None
    assert (before.of, before.unknown, before.undecided) == (2, 1, 1)


def test_missed_and_not_heard_from_weigh_the_same() -> None:
    missed = [back(number, State.MISSED, ALICE) for number in (2, 3)]
    silent = [back(number, State.UNKNOWN, ANNA) for number in (2, 3)]
    found = seen(*missed, *silent)
    assert [line.participant.id for line in found.to_call] == [ALICE, ANNA]
    assert [line.calls[0].kind for line in found.to_call] == [CallKind.DAYS_IN_A_ROW] * 2


def test_a_treatment_that_is_near_makes_a_gap_urgent() -> None:
    courses = {ANNA: Course(coming=(TODAY + timedelta(days=3),))}
    days = [back(number, State.MISSED) for number in (2, 3, 4)] + [back(2, State.MISSED, ANNA)]
    assert [line.participant.id for line in seen(*days, courses=courses).to_call] == [ANNA, ALICE]


def test_nobody_is_called_whose_diary_has_ended() -> None:
    courses = {ALICE: Course(status=DisplayStatus.CONSENT_WITHDRAWN)}
    assert seen(back(2, State.MISSED), back(3, State.MISSED), courses=courses).to_call == ()


def test_rows_are_left_out_once_nothing_of_them_is_shown() -> None:
    courses = {ALICE: Course(span=DiarySpan(date(2026, 1, 1), date(2026, 9, 1))), ANNA: Course()}
    found = seen(courses=courses)
    assert [line.participant.id for line in found.lines] == [ANNA]
    assert found.over == 1


def test_never_activated_stand_apart_unless_they_left() -> None:
    people = [person(ALICE, activated=False), person(ANNA, activated=False)]
    found = overview(people, [], TODAY, 14, NOW, {ANNA: Course(status=DisplayStatus.SCREEN_FAILURE)})
    assert (found.lines, [one.id for one in found.never_activated]) == ((), [ALICE])


@pytest.mark.parametrize("anchor", [Anchor("treatment_1", actual=YESTERDAY), Anchor("treatment_1", planned=YESTERDAY)])
def test_treatments_are_marked_on_their_day(anchor: Anchor) -> None:
    cell = alice(seen(back(1, State.DONE), courses={ALICE: Course({"treatment_1": anchor})})).cells[-2]
    assert (cell.treatment, cell.is_planned) == ("treatment_1", anchor.actual is None)
