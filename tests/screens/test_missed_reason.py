"""Once after an absence, and only where the study asks; never per evening, never twice."""

from datetime import timedelta

from diary_app import resources
from diary_app.core.missed_reason import MissedReason
from diary_app.core.records import RecordKind
from diary_app.core.wire import DayChange
from tests.screens.conftest import ANSWERS, Phone, activated
from tests.storage.phones import TODAY, evening

ASKS = resources.study_text("mesrix-more").replace("ask_missed_reason = false", "ask_missed_reason = true")
QUESTION = "What got in the way from Sunday 22 November to Tuesday 24 November?"


def away(alice: Phone, evenings: int = 3, study_text: str = ASKS) -> None:
    """So many evenings in a row go by without an entry."""
    alice.enrol(study_text=study_text)
    alice.clock.advance(days=evenings)


async def test_after_evenings_without_an_entry_the_study_asks_once(alice: Phone) -> None:
    away(alice)
    screen = await alice.open()
    assert QUESTION in screen.texts()
    assert screen.find("save-reason").disabled
    await screen.choose(MissedReason.IN_HOSPITAL)
    await screen.tap("save-reason")
    assert "Good evening" in screen.texts()
    assert QUESTION not in (await alice.restart()).texts()


async def test_the_answer_is_a_record_with_the_days_and_a_code(alice: Phone) -> None:
    away(alice)
    screen = await alice.open()
    await screen.choose(MissedReason.PREFER_NOT)
    await screen.tap("save-reason")
    (record,) = alice.diary.records(RecordKind.MISSED_REASON)
    assert (record.body["first_day"], record.body["last_day"]) == ("2026-11-22", "2026-11-24")
    assert record.body["reason"] == "prefer_not_to_answer"
    assert alice.link.woken == 1


async def test_skipping_leaves_no_record_and_is_not_asked_again(alice: Phone) -> None:
    away(alice)
    screen = await alice.open()
    await screen.tap("skip")
    assert "Good evening" in screen.texts()
    await alice.pass_time(days=2)
    assert "Good evening" in screen.texts()
    assert alice.diary.records(RecordKind.MISSED_REASON) == ()


async def test_another_absence_is_asked_about_again(alice: Phone) -> None:
    away(alice)
    screen = await alice.open()
    await screen.tap("skip")
    alice.diary.save_entry(evening(TODAY + timedelta(days=3), answers=ANSWERS))
    await alice.pass_time(days=3)
    assert "What got in the way from Thursday 26 November to Friday 27 November?" in screen.texts()


async def test_one_evening_is_no_absence(alice: Phone) -> None:
    away(alice, evenings=1)
    screen = await alice.open()
    assert "Good evening" in screen.texts()


async def test_a_study_that_does_not_ask_does_not_ask(alice: Phone) -> None:
    away(alice, study_text=resources.study_text("mesrix-more"))
    screen = await alice.open()
    assert "Good evening" in screen.texts()


async def test_evenings_that_the_study_excused_are_not_asked_about(alice: Phone) -> None:
    excused = DayChange(change_no=9, instrument="DMD", diary_day=TODAY + timedelta(days=1), state="excused")
    alice.enrol(study_text=ASKS, days=(excused,))
    alice.clock.advance(days=3)
    screen = await alice.open()
    assert "Good evening" in screen.texts()


async def test_what_an_earlier_phone_may_hold_is_not_asked_about(phone: Phone) -> None:
    phone.train()
    phone.clock.advance(days=3)
    again = activated(phone.clock.now()).model_copy(update={"id": "66666666-6666-4666-8666-666666666666"})
    phone.enrol(study_text=ASKS, facts=(again,))
    screen = await phone.open()
    assert "Good evening" in screen.texts()
