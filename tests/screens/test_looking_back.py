"""The past as a pure value: weeks, months, what a day holds."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from diary_app import resources
from diary_app.core.entries import EntryVersion
from diary_app.core.grading import State
from diary_app.day_states import Known, ServerDay
from diary_app.looking_back import Past, Trend, days_of, earlier, later, trends, weeks_of, weeks_to
from tests.screens.test_today import DAYS, NOTHING, OPENS, SUNDAY, ZONE, entry

NOVEMBER = date(2026, 11, 1)


def past(known: Known = NOTHING, hours: float = 1) -> Past:
    return Past(known, OPENS + timedelta(hours=hours), ZONE)


def test_a_month_begins_on_its_monday() -> None:
    weeks = weeks_of(NOVEMBER)
    assert weeks[0] == (*[None] * 6, NOVEMBER)
    assert weeks[-1] == (date(2026, 11, 30), *[None] * 6)
    assert all(day is None or day.weekday() == place for week in weeks for place, day in enumerate(week))


def test_every_month_has_all_its_days() -> None:
    month = date(2023, 11, 1)
    for _ in range(40):
        month = later(month)
        assert [day for week in weeks_of(month) for day in week if day] == list(days_of(month))
        assert later(earlier(month)) == month


def test_a_month_and_the_week_strip_say_the_same() -> None:
    known = replace(NOTHING, entries={SUNDAY: [entry()]}, server={DAYS[6].day: ServerDay(State.EXCUSED)})
    assert [past(known).state(DAYS[number].day) for number in (6, 8, 9)] == [State.EXCUSED, State.MISSED, State.DONE]


def test_only_what_has_been_can_be_opened() -> None:
    looked = past()
    assert looked.has_details(SUNDAY)
    assert not looked.has_details(SUNDAY + timedelta(days=1))
    assert not past(hours=-1).has_details(SUNDAY)
    assert not looked.has_details(DAYS[0].day - timedelta(days=1))


def test_a_change_after_the_last_minute_leaves_the_entry_that_counts() -> None:
    first, change = entry(), entry(hours=19)
    change = replace(change, body=change.body.model_copy(update={"parent": first.id, "revision": 2}))
    server = {SUNDAY: ServerDay(State.DONE, OPENS, first.id)}
    details = past(replace(NOTHING, entries={SUNDAY: [first, change]}, server=server), 20).details(SUNDAY)
    assert (details.entry, details.too_late, details.all_received) == (first, False, True)
    assert details.versions == (first, change)


def test_a_diary_is_over_after_its_last_minute() -> None:
    known = replace(NOTHING, days=DAYS[:10])
    assert [past(known, hours).is_over for hours in (1, 18, 18.1)] == [False, False, True]
    assert not past(replace(NOTHING, days=())).is_over


def with_answers(version: EntryVersion, **answers: int) -> EntryVersion:
    return replace(version, body=version.body.model_copy(update={"answers": answers}))


def test_too_few_answers_and_entries_saved_too_late_are_gaps() -> None:
    saturday, friday = (SUNDAY - timedelta(days=back) for back in (1, 2))
    few, late = (with_answers(entry(saturday), DMD01=7), with_answers(entry(friday, 19), DMD01=3))
    known = replace(NOTHING, entries={saturday: [few], friday: [late]})
    dry, total = trends(past(known), days_of(NOVEMBER), resources.instrument("DMD", "1.0"), resources.instrument)
    assert (dry.given, total.given) == ((Decimal(7),), ())
    assert (dry.lowest, dry.highest, total.highest, total.exploratory) == (0, 10, 100, True)


def test_days_in_a_row_are_one_stretch() -> None:
    values = [(SUNDAY + timedelta(days=n), Decimal(n) if n not in {2, 3} else None) for n in range(6)]
    trend = Trend("DMDDRY", "", 0, 10, exploratory=False, values=tuple(values))
    assert [[int(value) for _, value in stretch] for stretch in trend.stretches()] == [[0, 1], [4, 5]]


def test_twelve_weeks_end_today_and_begin_no_earlier_than_the_diary() -> None:
    all_of_them = weeks_to(past(replace(NOTHING, entries={SUNDAY - timedelta(days=200): []})), 12)
    assert (all_of_them[0], all_of_them[-1]) == (SUNDAY - timedelta(days=83), SUNDAY)
    assert weeks_to(past(replace(NOTHING, days=(), entries={SUNDAY - timedelta(days=2): []})), 12) == tuple(
        SUNDAY - timedelta(days=back) for back in (2, 1, 0)
    )
