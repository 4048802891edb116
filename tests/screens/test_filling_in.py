"""From the first screen to a saved entry, and what may happen on the way."""

import asyncio

from diary_app.core.entries import FilledBy, Mode, Skip
from tests.screens.conftest import ANSWERS, Phone


async def test_an_evening_is_filled_in_reviewed_and_saved(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    assert "Your answers" in screen.texts()
    await screen.tap("save")
    assert "Saved on this phone. It is sent when there is a connection." in screen.texts()
    assert alice.saved_answers() == {code: str(value) for code, value in ANSWERS.items()}
    assert alice.link.woken == 1


async def test_an_entry_says_how_it_was_made(alice: Phone) -> None:
    screen = await alice.open("da")
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    body = alice.entry().body
    assert (body.language, body.mode, body.filled_by, body.practice) == ("da", Mode.WEB, FilledBy.SELF, 0)
    assert (body.zone, body.captured_at, body.revision) == ("Europe/Copenhagen", alice.clock.now(), 1)


async def test_the_time_on_each_page_is_recorded(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("line-DMD03")
    alice.clock.advance(seconds=2)
    await screen.tap("next")
    await screen.tap("save")
    assert alice.entry().body.page_ms == {code: 6000 if code == "DMD03" else 4000 for code in ANSWERS}


async def test_nothing_is_chosen_beforehand_and_next_waits_for_an_answer(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    assert screen.find("answers").value is None
    await screen.tap("next")
    assert "1 of 6" in screen.texts()
    assert screen.find("next").disabled


async def test_choosing_does_not_go_on_by_itself(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    assert "1 of 6" in screen.texts()
    assert (screen.find("answers").value, screen.find("next").disabled) == ("7", False)


async def test_back_shows_the_answer_that_was_given(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    await screen.tap("next")
    await screen.tap("back")
    assert "1 of 6" in screen.texts()
    assert screen.find("answers").value == "7"


async def test_back_from_the_first_question_keeps_what_is_answered(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    await screen.tap("back")
    assert "Continue" in screen.texts()
    await screen.tap("start")
    assert "2 of 6" in screen.texts()


async def test_the_browsers_back_is_a_back_too(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    await screen.tap("next")
    await screen.go("/question/1")
    assert (screen.find("answers").value, "1 of 6" in screen.texts()) == ("7", True)


async def test_a_killed_app_comes_back_where_it_was(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    await screen.tap("next")
    await screen.choose(3)
    screen = await alice.restart()
    assert "2 of 6" in screen.texts()
    assert screen.find("answers").value == "3"


async def test_a_killed_app_forgets_no_answer_when_it_opens_at_the_start(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.choose(7)
    await screen.go("/")
    screen = await alice.restart()
    await screen.tap("start")
    await screen.tap("back")
    assert screen.find("answers").value == "7"


async def test_a_line_of_the_review_leads_to_its_question_and_back(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("line-DMD02")
    assert "2 of 6" in screen.texts()
    await screen.choose(8)
    await screen.tap("next")
    await screen.tap("save")
    assert alice.saved_answers()["DMD02"] == "8"


async def test_every_question_can_be_left_unanswered_on_purpose(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in(dict.fromkeys(ANSWERS, Skip.PREFER_NOT))
    assert screen.texts().count("Prefer not to answer") == 6
    await screen.tap("save")
    assert set(alice.saved_answers().values()) == {"prefer_not_to_answer"}


async def test_not_eating_and_not_speaking_are_answers(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    offered = []
    for value in ANSWERS.values():
        offered.append(screen.has("answer-not_applicable"))
        await screen.choose(value)
        await screen.tap("next")
    assert offered == [False, False, False, True, True, False]


async def test_someone_else_may_tap(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tick("helped")
    await screen.tap("save")
    assert alice.entry().body.filled_by is FilledBy.SOMEONE_TAPPED


async def test_a_second_tap_on_save_saves_once(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await asyncio.gather(alice.state.answering.save(), alice.state.answering.save())
    assert len(alice.diary.entries("DMD", alice.today)) == 1


async def test_an_address_without_an_entry_under_way_is_the_first_screen(alice: Phone) -> None:
    screen = await alice.open()
    for route in ("/question/3", "/review", "/late", "/nowhere"):
        await screen.go(route)
        assert "Tonight's diary" in screen.texts()


async def test_an_address_that_names_no_question_shows_the_first(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await screen.go("/question/next")
    assert "1 of 6" in screen.texts()


async def test_from_the_review_one_can_go_and_come_back(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("put-away")
    assert "Tonight's diary" in screen.texts()
    assert not alice.has_entry()
    await screen.tap("start")
    assert "6 of 6" in screen.texts()
    await screen.tap("next")
    await screen.tap("save")
    assert alice.saved_answers()["DMD01"] == "7"
