"""What holds for the grade of any day, whatever is known about it."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.compliance import GradedDay, tally
from diary_app.core.entries import EntryVersion
from diary_app.core.facts import DeviceState, ExcuseReason
from diary_app.core.grading import DayFacts, Installation, QuarantinedRecord, State, grade
from diary_app.core.windows import DiaryDay, NotExpected
from tests.core.evenings import CLOSES, LATE_UNTIL, OPENS, SUNDAY, version

ROOTS = (version(1), version(3, captured_at=CLOSES + timedelta(hours=1)))
ACCEPTED = (*ROOTS, version(2, parent=1, after=9))
HELD = (version(4, practice=1), version(5, parent=99))

HOUR, TICK = timedelta(hours=1), timedelta(milliseconds=1)
AROUND = [edge + step for edge in (OPENS, CLOSES, LATE_UNTIL) for step in (-HOUR, -TICK, timedelta(0), TICK, HOUR)]
EXPECTED = DiaryDay("DMD", SUNDAY, "evening", "Europe/Copenhagen", OPENS, CLOSES, LATE_UNTIL)
STOPPED = replace(EXPECTED, not_expected=NotExpected.DIARY_STOPPED)
PHONES = [
    Installation("a phone", since, until, state, doubtful, complete, pending, seen)
    for since in (OPENS - HOUR, LATE_UNTIL, LATE_UNTIL + TICK)
    for until in (None, OPENS - TICK, OPENS, LATE_UNTIL)
    for state in DeviceState
    for doubtful in (False, False, True)
    for complete in (None, LATE_UNTIL - TICK, LATE_UNTIL, LATE_UNTIL + HOUR)
    for pending, seen in ((0, None), (0, LATE_UNTIL), (2, OPENS), (2, LATE_UNTIL))
]
RECORDS = [
    QuarantinedRecord("a phone", received, day, instrument)
    for received in (OPENS - TICK, OPENS, LATE_UNTIL)
    for day in (None, SUNDAY, SUNDAY + timedelta(days=1))
    for instrument in (None, "DMD", "XQ")
]

moments = st.sampled_from(AROUND)
phones = st.lists(st.sampled_from(PHONES), max_size=3).map(tuple)
quarantined = st.lists(st.sampled_from(RECORDS), max_size=2).map(tuple)
facts_of_a_day = st.builds(
    DayFacts,
    day=st.sampled_from([None, STOPPED, EXPECTED, EXPECTED]),
    instrument=st.just("DMD"),
    diary_day=st.just(SUNDAY),
    entries=st.lists(st.sampled_from(ACCEPTED + HELD), max_size=4).map(tuple),
    excuse=st.sampled_from([None, *ExcuseReason]),
    installations=phones,
    quarantined=quarantined,
)
expected_days = facts_of_a_day.map(lambda facts: replace(facts, day=EXPECTED))
empty_days = expected_days.map(lambda facts: replace(facts, entries=(), excuse=None))


@given(facts_of_a_day, moments)
def test_the_next_moment_is_in_the_future(facts: DayFacts, now: datetime) -> None:
    next_moment = grade(facts, now).next_moment

    assert next_moment is None or next_moment > now


@given(facts_of_a_day, moments, moments)
def test_time_alone_changes_nothing_before_the_next_moment(facts: DayFacts, one: datetime, other: datetime) -> None:
    now, later = sorted([one, other])
    graded = grade(facts, now)

    if graded.next_moment is None or later < graded.next_moment:
        assert grade(facts, later) == graded
    else:
        assert grade(facts, later) != graded


@given(facts_of_a_day, moments)
def test_the_order_in_which_things_are_known_does_not_matter(facts: DayFacts, now: datetime) -> None:
    turned = {name: getattr(facts, name)[::-1] for name in ("entries", "installations", "quarantined")}

    assert grade(replace(facts, **turned), now) == grade(facts, now)


@given(expected_days, moments, st.sampled_from(ROOTS))
def test_a_day_with_an_accepted_entry_is_done_or_late(facts: DayFacts, now: datetime, entry: EntryVersion) -> None:
    graded = grade(replace(facts, entries=(*facts.entries, entry)), now)

    assert graded.state in {State.DONE, State.LATE}


@given(empty_days, moments)
def test_missed_only_with_proof_from_every_phone_of_that_evening(facts: DayFacts, now: datetime) -> None:
    there = [one for one in facts.installations if one.active_from <= LATE_UNTIL]
    there = [one for one in there if one.active_until is None or one.active_until >= OPENS]
    proved = all(one.complete_until and one.complete_until >= LATE_UNTIL and not one.doubtful for one in there)
    named = [one for one in facts.quarantined if one.instrument != "XQ"]
    named = [one for one in named if one.day == SUNDAY or (one.day is None and one.received_at >= OPENS)]

    missed = grade(facts, now).state is State.MISSED

    assert missed == (now >= LATE_UNTIL and bool(there) and proved and not named)


@given(empty_days, phones, quarantined)
def test_more_doubt_never_makes_a_day_missed(
    facts: DayFacts, more_phones: tuple[Installation, ...], more_records: tuple[QuarantinedRecord, ...]
) -> None:
    there = tuple(replace(one, complete_until=None) for one in more_phones)
    doubted = replace(facts, installations=facts.installations + there, quarantined=facts.quarantined + more_records)

    before, after = grade(facts, LATE_UNTIL), grade(doubted, LATE_UNTIL)

    assert (before.state, after.state) != (State.UNKNOWN, State.MISSED)


@given(empty_days, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_more_contact_never_makes_a_missed_day_unknown(facts: DayFacts, more: timedelta) -> None:
    heard = tuple(
        replace(one, complete_until=(one.complete_until or OPENS) + more, pending=0) for one in facts.installations
    )

    before, after = grade(facts, LATE_UNTIL), grade(replace(facts, installations=heard), LATE_UNTIL)

    assert (before.state, after.state) != (State.MISSED, State.UNKNOWN)


@given(empty_days)
def test_complete_contact_of_every_phone_settles_a_day(facts: DayFacts) -> None:
    sound = tuple(
        replace(one, active_from=OPENS, active_until=None, complete_until=LATE_UNTIL, doubtful=False)
        for one in (*facts.installations, PHONES[0])
    )

    assert grade(replace(facts, installations=sound, quarantined=()), LATE_UNTIL).state is State.MISSED


@given(st.lists(facts_of_a_day, max_size=6), moments, moments)
def test_closed_days_add_up_to_those_expected(known: list[DayFacts], graded_at: datetime, now: datetime) -> None:
    days = [
        GradedDay(SUNDAY, grade(one, min(graded_at, now)).state, late_until=one.day.late_until if one.day else None)
        for one in known
    ]

    sums = tally(days, now)

    expected = sum(one.day is not None and one.day.expected for one in known) if now >= LATE_UNTIL else 0
    assert sums.done + sums.late + sums.missed + sums.unknown + sums.excused == sums.expected == expected
