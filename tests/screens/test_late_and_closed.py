"""After the window: late with a reason, too late but kept, closed without blame."""

from datetime import timedelta

from diary_app.core.entries import LateReason
from diary_app.widgets.today_card import TOO_LATE
from tests.screens.conftest import ANSWERS, Phone

TO_THE_MORNING = 12
TO_THE_AFTERNOON = 20


async def test_after_the_window_the_evening_can_still_be_filled_in(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_MORNING)
    assert "Last night's diary" in screen.texts()
    assert "Can still be filled in until 12:00 · about 45 seconds" in screen.texts()
    assert "Good morning" in screen.texts()


async def test_a_late_entry_says_why(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_MORNING)
    await screen.tap("start")
    await alice.fill_in()
    assert "It is past 03:00. What got in the way?" in screen.texts()
    assert screen.find("next").disabled
    await screen.choose(LateReason.TOO_TIRED)
    await screen.tap("next")
    await screen.tap("save")
    assert alice.entry().body.late_reason is LateReason.TOO_TIRED


async def test_back_from_the_reason_is_the_last_question(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_MORNING)
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("back")
    assert "6 of 6" in screen.texts()


async def test_an_entry_in_time_is_not_asked_why(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=7)
    await screen.tap("start")
    await alice.fill_in(dict(list(ANSWERS.items())[:5]))
    await screen.choose(2)
    assert alice.clock.now() < alice.state.today.card.day.closes
    await screen.tap("next")
    assert "Your answers" in screen.texts()


async def test_saving_too_late_is_kept_and_told_kindly(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_MORNING)
    await screen.tap("start")
    await alice.fill_in()
    await screen.choose(LateReason.FORGOT)
    await screen.tap("next")
    await alice.pass_time(hours=TO_THE_AFTERNOON - TO_THE_MORNING)
    await screen.tap("save")
    assert TOO_LATE in screen.texts()
    assert alice.entry().body.captured_at > alice.entry().body.late_until


async def test_the_tap_on_save_counts_by_the_phones_own_clock(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    alice.clock.set_clock(timedelta(minutes=-40))
    await screen.tap("save")
    assert alice.entry().body.captured_at == alice.clock.now()


async def test_a_closed_evening_is_no_failure(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_AFTERNOON)
    assert "Last night's diary is closed. That's all right." in screen.texts()
    assert "Tonight's diary opens at 18:00." in screen.texts()
    assert not screen.has("start")


async def test_after_midnight_the_card_names_the_evening_it_is_about(alice: Phone) -> None:
    screen = await alice.open()
    assert "The diary for Sunday 22 November" not in screen.texts()
    await alice.pass_time(hours=7)
    assert "Monday 23 November" in screen.texts()
    assert "The diary for Sunday 22 November" in screen.texts()
    assert "Tonight's diary" not in screen.texts()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    assert {"Done.", "The diary for Sunday 22 November"} <= set(screen.texts())


async def test_the_next_evening_opens_while_one_looks_on(alice: Phone) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=TO_THE_AFTERNOON)
    await alice.pass_time(hours=4)
    assert "Tonight's diary" in screen.texts()
    assert "Open until 03:00 · about 45 seconds" in screen.texts()


async def test_a_question_left_on_the_screen_is_not_taken_for_the_next_evenings(alice: Phone) -> None:
    screen = await alice.open()
    yesterday = alice.today
    await screen.tap("start")
    await screen.choose(7)
    await alice.pass_time(hours=TO_THE_AFTERNOON)
    assert screen.has("answers"), "somebody may be about to save it"
    await alice.pass_time(hours=24 - TO_THE_AFTERNOON)
    assert "Tonight's diary" in screen.texts()
    await screen.tap("start")
    assert screen.find("answers").value is None
    assert alice.diary.draft("DMD", yesterday)["answers"] == {"DMD01": "7"}


async def test_answers_that_were_being_changed_are_not_taken_for_the_next_evenings(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    await screen.tap("change")
    await alice.pass_time(hours=24)
    assert "Tonight's diary" in screen.texts()
