"""Changing tonight's answers: old and new side by side, confirmed, kept as a new version."""

import flet as ft

from diary_app import resources
from diary_app.screens.review import TO_ANSWER
from tests.screens.conftest import Phone
from tests.screens.driving import Screen


async def saved(alice: Phone) -> None:
    await alice.screen.tap("start")
    await alice.fill_in()
    await alice.screen.tap("save")
    await alice.pass_time(minutes=30)


async def test_a_change_shows_old_and_new_and_makes_a_new_version(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    first = alice.entry()
    await screen.tap("change")
    await screen.tap("line-DMD01")
    await screen.choose(8)
    await screen.tap("next")
    assert "8 – before: 7" in screen.texts()
    await screen.tap("save")
    second = alice.entry()
    assert (second.body.revision, second.body.parent) == (2, first.id)
    assert (first.body.answers["DMD01"], second.body.answers["DMD01"]) == (7, 8)


async def test_in_the_evening_it_says_that_the_last_hour_is_tomorrows(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    assert "Change the answers (until tomorrow at 12:00)" in screen.texts()
    await alice.pass_time(hours=12)
    assert "Change the answers (until 12:00)" in screen.texts()


async def test_nothing_is_saved_until_something_is_changed(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    await screen.tap("change")
    assert "Nothing is changed yet." in screen.texts()
    await screen.tap("save")
    assert alice.entry().body.revision == 1


async def test_leaving_the_answers_as_they_were_forgets_the_change(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    await screen.tap("change")
    await screen.tap("line-DMD01")
    await screen.choose(8)
    await screen.tap("next")
    await screen.tap("discard")
    assert "Done." in screen.texts()
    await screen.tap("change")
    assert "Nothing is changed yet." in screen.texts()


async def test_a_change_in_the_morning_is_not_asked_why_it_is_late(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    await alice.pass_time(hours=12)
    await screen.tap("change")
    await screen.tap("line-DMD06")
    await screen.choose(4)
    await screen.tap("next")
    assert "Is this right?" in screen.texts()


async def test_after_the_last_minute_nothing_can_be_changed(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    assert screen.has("change")
    await alice.pass_time(hours=18)
    assert not screen.has("change")


async def test_a_killed_app_comes_back_to_the_change(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    await screen.tap("change")
    await screen.tap("line-DMD01")
    await screen.choose(8)
    await alice.start_over()
    screen = await alice.open()
    await screen.tap("change")
    assert "8 – before: 7" in screen.texts()


async def test_the_details_name_the_entry(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    code = alice.entry().id[:8].upper()
    assert f"Entry {code}, saved 19:00." not in screen.texts()
    await screen.tap("details")
    assert f"Entry {code}, saved 19:00." in screen.texts()


async def test_details_say_whether_they_are_open(alice: Phone) -> None:
    screen = await alice.open()
    await saved(alice)
    assert expanded(screen) == [False]
    await screen.tap("details")
    assert expanded(screen) == [True]


def expanded(screen: Screen) -> list[bool]:
    """What a screen reader hears of everything that opens and closes."""
    told = [control.expanded for control in screen.shown() if isinstance(control, ft.Semantics)]
    return [state for state in told if state is not None]


async def test_a_question_that_has_come_since_is_answered_before_a_change_is_saved(alice: Phone) -> None:
    """The study is changed after tonight's answers were saved; what is not answered cannot be saved, and it says so."""
    screen = await alice.open()
    await saved(alice)
    asked = resources.instrument("DMD", "1.0")
    more = asked.items[0].model_copy(update={"code": "DMD07"})
    newer = asked.model_copy(update={"version": "1.1", "items": (*asked.items, more)})
    study = resources.study_text("mesrix-more").replace('"DMD"\nversion = "1.0"', '"DMD"\nversion = "1.1"')
    with resources.also(newer):
        alice.enrol(study_text=study)
        await screen.tap("change")
        assert TO_ANSWER in screen.texts()
        await screen.tap("line-DMD01")
        await screen.choose(8)
        await screen.tap("next")
        assert (TO_ANSWER in screen.texts(), screen.find("save").disabled) == (True, True)
        await screen.tap("line-DMD07")
        await screen.choose(5)
        await screen.tap("next")
        assert (TO_ANSWER in screen.texts(), screen.find("save").disabled) == (False, False)
        await screen.tap("save")
        assert alice.entry().body.answers["DMD07"] == 5
