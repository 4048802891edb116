"""The study asks whether a correction is right: a quiet card, old beside new, yes, no or later."""

from typing import Any

from diary_app import resources
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.records import RecordKind
from diary_app.core.wire import DayChange
from diary_app.correcting import Correcting
from diary_app.journal import Journal
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from tests.screens.conftest import ANSWERS, Phone
from tests.screens.driving import Screen
from tests.storage.phones import TODAY, evening

KEY, OTHER = "77777777-7777-4777-8777-777777777777", "88888888-8888-4888-8888-888888888888"
SLIP = {"what": "item", "item": "DMD01", "old": 7, "new": 3}
SCORES = resources.study_text("mesrix-more").replace("show_scores = false", "show_scores = true")


def save(phone: Phone) -> str:
    """Tonight's entry, with 7 for the first question."""
    return phone.diary.save_entry(evening(TODAY, answers=ANSWERS)).id


def correction(entry: str, change: dict[str, Any], **changes: Any) -> dict[str, Any]:
    about = {"entry": entry, "instrument": "DMD", "diary_day": TODAY.isoformat(), "change": change}
    return {"correction": KEY, "approved": 0, **about, **changes}


async def asked(phone: Phone, *told: dict[str, Any]) -> Screen:
    """The study has told that of corrections, and the app is open."""
    await phone.hear_of_corrections(*told)
    return await phone.open()


def said(phone: Phone) -> list[tuple[object, object, object]]:
    records = phone.diary.records(RecordKind.ACKNOWLEDGEMENT)
    return [(one.body["what"], one.body["correction"], one.body["answer"]) for one in records]


async def test_old_and_new_stand_on_one_screen(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), SLIP))
    assert "Your study nurse asks: is this right?" in screen.texts()
    assert "It is about your diary for Sunday 22 November." in screen.texts()
    await screen.tap("correction-show")
    assert {"Is this right?", "Sunday 22 November", "Until now: 7", "Would become: 3"} <= set(screen.texts())


async def test_yes_is_a_record_that_is_sent_at_once(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), SLIP))
    await screen.tap("correction-show")
    await screen.tap("correction-yes")
    assert said(alice) == [("correction", KEY, "right")]
    assert alice.link.woken == 1
    assert "Good evening" in screen.texts()
    assert not screen.has("correction-show")
    assert not (await alice.restart()).has("correction-show")


async def test_no_is_a_record_too(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), SLIP))
    await screen.tap("correction-show")
    await screen.tap("correction-no")
    assert said(alice) == [("correction", KEY, "leave")]
    assert not screen.has("correction-show")


async def test_later_leaves_the_card_and_records_nothing(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), SLIP))
    await screen.tap("correction-show")
    await screen.tap("correction-later")
    assert screen.has("correction-show")
    assert said(alice) == []
    assert (await alice.restart()).has("correction-show")


async def test_one_is_asked_after_the_other(alice: Phone) -> None:
    entry = save(alice)
    screen = await asked(alice, correction(entry, SLIP), correction(entry, {"what": "void"}, correction=OTHER))
    await screen.tap("correction-show")
    await screen.tap("correction-yes")
    await screen.tap("correction-show")
    assert any("would no longer count" in text for text in screen.texts())
    await screen.tap("correction-no")
    assert said(alice) == [("correction", KEY, "right"), ("correction", OTHER, "leave")]


async def test_another_day_is_named_in_words(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), {"what": "day", "day": "2026-11-21"}))
    await screen.tap("correction-show")
    assert {"Until now: Sunday 22 November", "Would become: Saturday 21 November"} <= set(screen.texts())


async def test_what_the_app_has_no_words_for_is_not_asked(alice: Phone) -> None:
    entry = save(alice)
    screen = await asked(
        alice,
        correction(entry, {"what": "from_a_newer_app"}),
        correction(entry, {**SLIP, "item": "DMD77"}),
        correction(entry, SLIP, instrument="GRIX"),
        {"correction": "?"},
    )
    assert not screen.has("correction-show")


async def test_what_the_study_asks_no_more_is_gone(alice: Phone) -> None:
    screen = await asked(alice, correction(save(alice), SLIP))
    await screen.tap("correction-show")
    await alice.hear_of_corrections()
    alice.state.refresh()
    await screen.settle()
    assert "Good evening" in screen.texts()
    assert not screen.has("correction-show")


class FullCorrecting(Correcting):
    """A phone without room for a record."""

    async def answer(self, *_: object) -> None:
        raise DiaryUnavailable(Code.STORAGE_FULL, "full", "make room")


async def test_a_full_phone_says_so_and_asks_again(alice: Phone) -> None:
    def full() -> Journal:
        journal = Journal(alice.diary, alice.clock, alice.host.mode)
        journal.correcting = FullCorrecting(alice.diary)
        return journal

    alice.state = alice.state_with(full)
    screen = await asked(alice, correction(save(alice), SLIP))
    await screen.tap("correction-show")
    await screen.tap("correction-yes")
    assert EXPLANATIONS[Problem.FULL].happened in screen.texts()
    await screen.tap("remedy")
    assert screen.has("correction-show")


# ---- looking back ---------------------------------------------------------------------------------------------


async def history(phone: Phone, *told: dict[str, Any], state: str = "done") -> Screen:
    """History a day later, of a study that shows scores."""
    change = DayChange(change_no=9, instrument="DMD", diary_day=TODAY, state=state)
    phone.enrol(study_text=SCORES, days=(change,))
    phone.clock.advance(days=1)
    screen = await asked(phone, *told)
    await screen.tap("history")
    return screen


def first_score(phone: Phone) -> object:
    trend = next(one for one in phone.state.history.trends if one.code == "DMDDRY")
    return dict(trend.values)[TODAY]


async def test_scores_follow_an_approved_value_only(alice: Phone) -> None:
    entry = save(alice)
    await history(alice, correction(entry, SLIP))
    assert first_score(alice) == 7
    await alice.hear_of_corrections(correction(entry, SLIP, approved=1))
    alice.state.history.refresh()
    assert first_score(alice) == 3


async def test_a_voided_entry_counts_no_more(alice: Phone) -> None:
    screen = await history(alice, correction(save(alice), {"what": "void"}, approved=1), state="missed")
    assert "Sunday 22 November: not filled in" in screen.texts()
    assert first_score(alice) is None
    await screen.tap("day-2026-11-22")
    assert "The study has corrected this evening, as you told it." in screen.texts()
    assert not any("Nothing was saved" in text for text in screen.texts())


async def test_a_moved_entry_stands_on_its_new_day(alice: Phone) -> None:
    moved = correction(save(alice), {"what": "day", "day": "2026-11-23"}, approved=1)
    screen = await history(alice, moved, state="missed")
    assert "Sunday 22 November: not filled in" in screen.texts()
    assert "Monday 23 November, today: done" in screen.texts()
    await screen.tap("day-2026-11-23")
    assert {"Saved Sunday 22 November at 19:00.", "The study has corrected this evening, as you told it."} <= set(
        screen.texts()
    )
