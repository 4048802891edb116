"""What an evening asks of somebody: nothing is asked back, and there is little to read and to tap."""

import re

import pytest

from diary_app.core.wording import PREFER_NOT
from diary_app.widgets.frame import DEMONSTRATION
from tests.screens.conftest import ANSWERS, Phone

QUESTIONS = len(ANSWERS)
#: Silent reading of adults (Brysbaert 2019); pointing at something and pressing it (Card, Moran and Newell 1983).
WORDS_A_MINUTE, SECONDS_A_TAP = 238, 1.3
#: What stands in its place on each page and nobody reads again; of an answer it is enough to see it.
SEEN_EVERY_EVENING = (DEMONSTRATION, PREFER_NOT, "Back", "Next")


async def go_to_question(alice: Phone, number: int, language: str = "en") -> None:
    """From the first screen, with the usual answers before it."""
    screen = await alice.open(language)
    await screen.tap("start")
    for value in list(ANSWERS.values())[: number - 1]:
        await screen.choose(value)
        await screen.tap("next")


def page_of(alice: Phone) -> str:
    """Which question is shown, or that it is the review."""
    return next(text for text in alice.screen.texts() if " of 6" in text or text == "Your answers")


@pytest.mark.parametrize("number", range(1, QUESTIONS + 1))
async def test_whatever_is_answered_nothing_is_asked_back(alice: Phone, number: int) -> None:
    await go_to_question(alice, number)
    screen, item = alice.screen, f"DMD0{number}"
    keys = screen.keys()
    offered = [key.removeprefix("answer-") for key in keys if key.startswith("answer-")]
    assert len(offered) >= QUESTIONS
    after = f"{number + 1} of 6" if number < QUESTIONS else "Your answers"
    for value in offered:
        await screen.choose(value)
        await screen.tap("next")
        assert page_of(alice) == after, f"{value} leads elsewhere"
        await screen.tap("back" if number < QUESTIONS else f"line-{item}")
        assert screen.find("answers").value == value
        if number == QUESTIONS:
            assert page_of(alice) == "6 of 6"


@pytest.mark.parametrize("value", [0, 10])
async def test_an_evening_of_one_and_the_same_extreme_is_saved_as_it_is(alice: Phone, value: int) -> None:
    await go_to_question(alice, 1)
    await alice.fill_in({code: value if code != "DMD06" else value and 4 for code in ANSWERS})
    await alice.screen.tap("save")
    assert "Saved on this phone. It is sent when there is a connection." in alice.screen.texts()
    assert set(alice.saved_answers().values()) == {str(value), str(value and 4)}


@pytest.mark.parametrize("language", ["da", "en"])
async def test_reading_and_tapping_take_less_than_a_minute(alice: Phone, language: str) -> None:
    await go_to_question(alice, 1, language)
    screen, say, words, taps = alice.screen, alice.state.say, 0, 1
    known = {say(message) for message in SEEN_EVERY_EVENING}
    for number, value in enumerate(ANSWERS.values(), 1):
        known.add(say("{number} of {length}", number=number, length=QUESTIONS))
        drawn = {" ".join(re.findall(r"[^\W\d]+", text)) for text in screen.texts() if text not in known}
        words += sum(len(sentence.split()) for sentence in drawn)  # a set, as what is drawn may also be spoken
        await screen.choose(value)
        await screen.tap("next")
        taps += 2
    await screen.tap("save")
    taps += 1
    assert alice.saved_answers()
    seconds = words / WORDS_A_MINUTE * 60 + taps * SECONDS_A_TAP
    assert 40 < seconds < 60, f"{words} words, {taps} taps"
