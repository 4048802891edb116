"""A diary that is not kept in the evening: nowhere does the app speak of evenings, in either language."""

import re
from pathlib import Path

import pytest

from diary_app import resources
from diary_app.core.catalogue import read_po
from diary_app.core.facts import DeviceState
from diary_app.core.study import WindowRule, parse_study
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from diary_app.widgets.of_any_day import OF_ANY_DAY
from tests.screens.conftest import Phone
from tests.screens.driving import Screen
from tests.storage.phones import TODAY, evening

DANISH = Path(__file__).parents[2] / "assets/translations/da/LC_MESSAGES/diary.po"
EVENING = resources.study_text("mesrix-more")
OF_EVENINGS = {"en": r"(?i)evening|tonight|last night's", "da": r"(?i)aften|aftes"}
#: Said by the clock, whatever is asked; and the questions, which are the questionnaire's.
ALL_THE_SAME = {"Good evening", *(text for one in resources.instruments() for text in one.messages)}


def moved(opens: str, closes: str, late_until: str) -> str:
    """The same study with one window."""
    whole = f'[[diary.windows]]\nid = "only"\nopens = "{opens}"\ncloses = "{closes}"\nlate_until = "{late_until}"\n'
    text = re.sub(r"(?s)\[\[diary\.windows\]\].*?(?=\n\[(?!\[diary\.windows))", whole, EVENING, count=1)
    text = text.replace('default_window = "evening"', 'default_window = "only"')
    prompts = (
        'usual = "08:00"\nagain_after_minutes = 60\nlatest = "10:30"\nquiet_from = "21:00"\nquiet_until = "06:30"\n'
    )
    return re.sub(r"(?s)(?<=\[prompts\]\n).*?(?=\n\[|\Z)", prompts, text, count=1)


MORNING = moved("06:00", "11:00", "15:00")


@pytest.fixture(params=["en", "da"])
async def language(request: pytest.FixtureRequest, alice: Phone) -> str:
    """Alice's study asks in the morning; it is nine o'clock."""
    alice.enrol(study_text=MORNING)
    alice.clock.advance(hours=14)
    alice.diary.set_setting("language", request.param)
    return str(request.param)


def quiet_about_evenings(screen: Screen, language: str) -> None:
    greeted = {"Good evening", "Godaften"}
    said = [text for text in screen.texts() if text not in greeted]
    assert said
    assert [text for text in said if re.search(OF_EVENINGS[language], text)] == []


async def test_no_screen_speaks_of_evenings(alice: Phone, language: str) -> None:
    screen = await alice.open()
    assert {"en": "Today's diary", "da": "Dagens dagbog"}[language] in screen.texts()
    quiet_about_evenings(screen, language)
    for way in ("settings", "history"):
        await screen.tap(way)
        quiet_about_evenings(screen, language)
        await screen.tap("back")
    await screen.tap("start")
    await alice.fill_in()
    quiet_about_evenings(screen, language)
    await screen.tap("save")
    quiet_about_evenings(screen, language)


async def test_nor_does_it_later_on_the_day_or_when_it_is_closed(alice: Phone, language: str) -> None:
    screen = await alice.open()
    for hours in (4, 4, 8, 24):
        await alice.pass_time(hours=hours)
        quiet_about_evenings(screen, language)


async def test_what_is_late_on_its_own_day_is_todays(alice: Phone, language: str) -> None:
    screen = await alice.open()
    await alice.pass_time(hours=4)
    assert {"en": "Today's diary", "da": "Dagens dagbog"}[language] in screen.texts()


async def test_who_no_longer_takes_part_is_thanked_for_days(alice: Phone, language: str) -> None:
    alice.confirm_everything(DeviceState.WITHDRAWN)
    screen = await alice.open()
    quiet_about_evenings(screen, language)
    assert OF_ANY_DAY[EXPLANATIONS[Problem.WITHDRAWN].entries] != EXPLANATIONS[Problem.WITHDRAWN].entries


async def test_an_evening_study_keeps_its_words(alice: Phone) -> None:
    screen = await alice.open()
    assert "Tonight's diary" in screen.texts()
    await screen.tap("history")
    assert "Your evenings" in screen.texts()


async def test_the_words_follow_a_study_that_is_changed(alice: Phone) -> None:
    alice.diary.save_entry(evening(TODAY))
    screen = await alice.open()
    await screen.tap("history")
    alice.enrol(study_text=MORNING)
    alice.state.refresh()
    await screen.settle()
    assert "Your days" in screen.texts()


@pytest.mark.parametrize(
    ("window", "is_of_evenings"),
    [
        (("18:00", "+1 03:00", "+1 12:00"), True), (("15:00", "18:30", "23:00"), True),
        (("06:00", "11:00", "11:00"), False), (("12:00", "23:00", "23:00"), False),
        (("15:00", "18:00", "18:00"), False),
    ],
)  # fmt: skip
def test_what_an_evening_is(window: tuple[str, str, str], is_of_evenings: bool) -> None:
    opens, closes, late_until = window
    only = WindowRule.model_validate({"id": "only", "opens": opens, "closes": closes, "late_until": late_until})
    rule = parse_study(EVENING, file="study").diary.model_copy(update={"windows": (only,)})
    assert rule.is_of_evenings == is_of_evenings


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_message_about_evenings_has_one_about_days(language: str) -> None:
    """A new one is not forgotten, and none of those in its place speaks of them after all."""
    catalogue = resources.catalogue(language)
    messages = {message.id for message in read_po(DANISH.read_text(encoding="utf-8"))} - ALL_THE_SAME
    about = {one for one in messages if re.search(OF_EVENINGS[language], catalogue.text(one))}
    assert about - OF_ANY_DAY.keys() == set()
    assert not any(re.search(OF_EVENINGS[language], catalogue.text(one)) for one in OF_ANY_DAY.values())
