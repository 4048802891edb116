"""A study that this version of the app cannot read: one goes on by the last one it can, and is told to update."""

import pytest

from diary_app import resources
from diary_app.core.entries import Mode
from diary_app.core.records import RecordKind
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from diary_app.storage.diary import Diary
from diary_app.widgets.update_card import BY_STORE, NONE_FOUND, TOO_OLD
from tests.screens.conftest import CODE, Phone
from tests.screens.driving import Screen
from tests.storage.phones import enrol

NOW = resources.study_text("mesrix-more")
#: Of the next release: a key that is new, a table that is new, a questionnaire that is new, and another language.
NEWER = {
    "key": NOW.replace("late_reason = true", "late_reason = true\nweekends = false"),
    "table": f'{NOW}\n[[messages]]\nid = "welcome"\n',
    "questionnaire": NOW.replace('instrument = "DMD"\nversion = "1.0"', 'instrument = "DMD"\nversion = "9.9"'),
    "value": NOW.replace('default_window = "evening"', 'default_window = "sunset"'),
}


@pytest.fixture(params=sorted(NEWER))
def newer(request: pytest.FixtureRequest) -> str:
    study = NEWER[request.param]
    assert study != NOW
    return study


@pytest.fixture
def outdated(alice: Phone, newer: str) -> Phone:
    """The study has been changed, and Alice's app was not."""
    alice.diary.close()
    alice.diary = Diary.open(alice.file, alice.clock, can_show=resources.can_show)
    alice.enrol(study_text=newer)
    return alice


async def test_one_goes_on_filling_in_and_what_is_saved_is_kept(outdated: Phone) -> None:
    screen = await outdated.open()
    await screen.tap("start")
    await outdated.fill_in()
    await screen.tap("save")
    assert outdated.has_entry()
    assert outdated.entry().body.study_version == resources_version()
    assert outdated.link.woken


def resources_version() -> str:
    return NOW.split('version = "', 1)[1].split('"', 1)[0]


async def test_it_is_told_beside_the_diary_and_the_way_to_a_newer_version(outdated: Phone) -> None:
    outdated.host.mode = Mode.WEB
    screen = await outdated.open()
    assert TOO_OLD in screen.texts()
    await screen.tap("update-now")
    assert NONE_FOUND in screen.texts()
    outdated.host.published = True
    await screen.tap("update-now")
    assert outdated.host.told[-1] == "update"


async def test_a_native_app_is_updated_where_it_came_from(outdated: Phone) -> None:
    outdated.host.mode = Mode.OWN_PHONE
    screen = await outdated.open()
    assert BY_STORE.format(phone=outdated.state.phone_to_call) in screen.texts()
    assert not screen.has("update-now")


async def test_a_newer_app_reads_what_the_older_one_has_kept(outdated: Phone, newer: str) -> None:
    screen = await outdated.open()
    assert TOO_OLD in screen.texts()
    outdated.enrol(study_text=NOW)
    outdated.state.refresh()
    await screen.settle()
    assert TOO_OLD not in screen.texts()
    assert outdated.diary.study().text == NOW


async def test_who_has_no_study_that_can_be_read_is_told_to_update(phone: Phone, newer: str) -> None:
    phone.diary.close()
    phone.diary = Diary.open(phone.file, phone.clock, can_show=resources.can_show)
    phone.link.accept = lambda: phone.enrol(study_text=newer)
    screen = await phone.open()
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert phone.state.problem is Problem.UPDATE
    assert EXPLANATIONS[Problem.UPDATE].happened in screen.texts()
    assert not screen.has("otherwise"), "there is nothing to go on with"
    enrol(phone.diary, phone.clock, study_text=NOW)
    phone.state.open_again()
    await screen.settle()
    assert phone.state.problem is None


async def test_what_was_saved_before_is_still_there(alice: Phone) -> None:
    alice.diary.append(RecordKind.APP_EVENT, {})
    waiting = alice.diary.waiting()
    alice.enrol(study_text=NEWER["key"])
    screen: Screen = await alice.open()
    assert alice.diary.waiting() == waiting
    assert screen.has("start")
