"""The first screen as a pure value: which card, which seven days, at which moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from diary_app.core.entries import EntryVersion
from diary_app.core.facts import Fact, PhoneActivated
from diary_app.core.grading import State
from diary_app.core.windows import DiaryDay, NotExpected
from diary_app.day_states import Known, ServerDay, moved_here
from diary_app.storage.entry_form import Circumstances, entry_body
from diary_app.today import Card, CardKind, Part, look_at, part_of_day
from tests.storage.phones import evening

ZONE = "Europe/Copenhagen"
SUNDAY = date(2026, 11, 22)


def diary_day(day: date) -> DiaryDay:
    opens = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
    return DiaryDay("DMD", day, "evening", ZONE, opens, opens + timedelta(hours=9), opens + timedelta(hours=18))


DAYS = tuple(diary_day(SUNDAY + timedelta(days=n)) for n in range(-9, 3))
OPENS = diary_day(SUNDAY).opens
NOTHING = Known(days=DAYS, entries={}, server={})


def entry(day: date = SUNDAY, hours: float = 1) -> EntryVersion:
    at = diary_day(day).opens + timedelta(hours=hours)
    made = Circumstances("01-001", "1", 0, 1, at, 0, None, "0.1.0")
    return EntryVersion(f"{day}-{hours}", "device", 1, "0" * 64, entry_body(evening(day), made))


def card_at(known: Known, hours: float) -> Card:
    return look_at(known, OPENS + timedelta(hours=hours), ZONE).card


def states(known: Known, hours: float = 1) -> list[State]:
    return [one.state for one in look_at(known, OPENS + timedelta(hours=hours), ZONE).week]


@pytest.mark.parametrize(
    ("hours", "kind"),
    [(-0.01, CardKind.NOT_YET), (0, CardKind.OPEN), (9, CardKind.OPEN), (9.01, CardKind.LATE), (18, CardKind.LATE)],
)
def test_the_card_follows_the_window(hours: float, kind: CardKind) -> None:
    assert card_at(NOTHING, hours).kind is kind


def test_after_the_last_minute_the_card_is_about_the_next_evening() -> None:
    card = card_at(NOTHING, 18.01)
    assert (card.kind, card.day, card.closed_empty) == (CardKind.NOT_YET, DAYS[10], True)


def test_an_evening_filled_in_leaves_no_word_about_being_closed() -> None:
    known = replace(NOTHING, entries={SUNDAY: [entry()]})
    assert card_at(known, 18.01) == Card(CardKind.NOT_YET, DAYS[10])


def test_an_entry_makes_the_card_done() -> None:
    known = replace(NOTHING, entries={SUNDAY: [entry()]})
    assert card_at(known, 2) == Card(CardKind.DONE, DAYS[9], entry())


def test_a_receipt_says_when() -> None:
    received = OPENS + timedelta(hours=2)
    server = {SUNDAY: ServerDay(State.DONE, received)}
    known = replace(NOTHING, entries={SUNDAY: [entry()]}, server=server)
    assert card_at(known, 3).received_at == received


def test_another_phones_entry_that_counts_is_received_and_leaves_nothing_to_change() -> None:
    server = {SUNDAY: ServerDay(State.DONE, OPENS, "of the old phone")}
    known = replace(NOTHING, entries={SUNDAY: [entry(hours=12)]}, server=server)
    assert card_at(known, 13) == Card(CardKind.DONE, DAYS[9], received_at=OPENS, elsewhere=True)
    assert states(known, 13)[-2:] == [State.DONE, State.NOT_YET_DUE]


@pytest.mark.parametrize(("hours", "is_asked"), [(None, False), (-1, False), (3, True)])
def test_an_evening_from_before_the_move_may_be_on_the_old_phone(hours: float | None, is_asked: bool) -> None:
    at = None if hours is None else OPENS + timedelta(hours=hours)
    assert card_at(replace(NOTHING, moved_here=at), 12).before_here is is_asked


@pytest.mark.parametrize(
    ("devices", "own", "hours"),
    [
        ((), ["b"], None),
        (("b",), ["b"], None),
        (("a", "b"), ["b"], 1),
        (("a", "b"), ["a", "b"], None),  # a forgotten PIN: the same phone with a new code
        (("b", "a", "c"), ["b", "c"], 2),
    ],
)
def test_the_diary_has_moved_when_another_phone_had_it_last(
    devices: tuple[str, ...], own: list[str], hours: int | None
) -> None:
    facts = [
        Fact(f"{number}", OPENS + timedelta(hours=number), number, PhoneActivated(device=device))
        for number, device in enumerate(devices)
    ]
    assert moved_here(facts, own) == (None if hours is None else OPENS + timedelta(hours=hours))


def test_a_change_is_not_received_before_the_study_has_it() -> None:
    first, changed = entry(), entry(hours=2)
    changed = replace(changed, body=changed.body.model_copy(update={"parent": first.id, "revision": 2}))
    known = replace(NOTHING, entries={SUNDAY: [first, changed]})
    for held, received_at in ((first.id, None), (changed.id, OPENS)):
        told = replace(known, server={SUNDAY: ServerDay(State.DONE, OPENS, held)})
        assert card_at(told, 3).received_at == received_at


def test_an_entry_made_on_an_earlier_phone_counts_too() -> None:
    known = replace(NOTHING, server={SUNDAY: ServerDay(State.DONE, OPENS)})
    card = card_at(known, 3)
    assert (card.kind, card.entry, card.received_at) == (CardKind.DONE, None, OPENS)


def test_a_draft_is_gone_on_with() -> None:
    known = replace(NOTHING, drafts=[SUNDAY])
    assert (card_at(known, 1).begun, card_at(NOTHING, 1).begun) == (True, False)


def test_when_no_evening_is_planned_there_is_nothing_to_do() -> None:
    stopped = tuple(replace(day, not_expected=NotExpected.COMPLETED) for day in DAYS)
    assert card_at(replace(NOTHING, days=stopped), 1).kind is CardKind.NOTHING


def test_the_week_ends_today() -> None:
    week = look_at(NOTHING, OPENS, ZONE).week
    assert [one.day for one in week] == [SUNDAY - timedelta(days=back) for back in (6, 5, 4, 3, 2, 1, 0)]
    assert [one.is_today for one in week] == [False] * 6 + [True]


def test_a_day_in_the_small_hours_is_still_last_evenings() -> None:
    assert states(NOTHING, 8)[-2:] == [State.OPEN, State.NOT_YET_DUE]


def test_what_this_phone_knows_about_the_week() -> None:
    monday, tuesday, wednesday, thursday = (SUNDAY - timedelta(days=back) for back in (6, 5, 4, 3))
    known = Known(
        days=tuple(day for day in DAYS if day.day != thursday),
        entries={monday: [entry(monday)], tuesday: [entry(tuesday, 10)], thursday: [entry(thursday)]},
        server={wednesday: ServerDay(State.EXCUSED)},
    )
    assert states(known)[:5] == [State.DONE, State.LATE, State.EXCUSED, State.EXTRA, State.MISSED]


def test_an_evening_under_a_forgotten_pin_is_done_and_still_to_be_received() -> None:
    told = ServerDay(State.DONE, OPENS, "an earlier version")
    known = replace(NOTHING, server={SUNDAY: told}, waiting_closed={SUNDAY})
    assert card_at(known, 2) == Card(CardKind.DONE, diary_day(SUNDAY))
    assert states(replace(known, server={SUNDAY: ServerDay(State.MISSED)}), 20)[-2] is State.DONE


def test_an_entry_saved_too_late_does_not_make_the_day_done() -> None:
    saturday = SUNDAY - timedelta(days=1)
    known = replace(NOTHING, entries={saturday: [entry(saturday, 19)]}, server={saturday: ServerDay(State.UNKNOWN)})
    assert states(known)[-2] is State.UNKNOWN


def test_its_own_entry_is_believed_before_the_server() -> None:
    saturday = SUNDAY - timedelta(days=1)
    known = replace(NOTHING, entries={saturday: [entry(saturday)]}, server={saturday: ServerDay(State.UNKNOWN)})
    assert states(known)[-2] is State.DONE


def test_days_before_the_first_are_empty() -> None:
    assert states(replace(NOTHING, days=DAYS[8:])) == [State.NOT_EXPECTED] * 5 + [State.MISSED, State.OPEN]


@pytest.mark.parametrize(
    ("hour", "part"),
    [(4, Part.EVENING), (5, Part.MORNING), (11, Part.MORNING), (12, Part.AFTERNOON), (18, Part.EVENING)],
)
def test_the_greeting_follows_the_day(hour: int, part: Part) -> None:
    assert part_of_day(hour) is part
