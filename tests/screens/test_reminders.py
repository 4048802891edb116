"""Allowing reminders after the practice: with a reason, with one button, and quietly without."""

import asyncio

import pytest

from diary_app.host import Permission
from diary_app.reminding import Reminding
from diary_app.screens.reminders import ANSWERS
from tests.screens.conftest import FakeHost, Phone


@pytest.fixture
def asked(phone: Phone) -> Phone:
    """Alice has practised; her browser can remind."""
    phone.host.permission = Permission.ASK
    phone.state = phone.state_with(phone.journal)
    phone.train()
    return phone


async def test_after_the_practice_reminders_are_offered(phone: Phone) -> None:
    phone.host.permission = Permission.ASK
    phone.enrol()
    screen = await phone.open()
    await screen.tap("practise")
    await phone.fill_in()
    await screen.tap("save")
    assert screen.has("allow")
    assert "Time for the diary" in screen.reads


async def test_allowed_reminders_can_be_tried(asked: Phone) -> None:
    screen = await asked.open()
    await screen.tap("allow")
    await screen.tap("test")
    assert "Diary: Time for the diary" in asked.host.told
    await screen.tap("on")
    assert "Tonight's diary" in screen.texts()


async def test_not_now_is_quiet_and_not_asked_again(asked: Phone) -> None:
    screen = await asked.open()
    await screen.tap("not-now")
    assert "Tonight's diary" in screen.texts()
    screen = await asked.restart()
    assert "Tonight's diary" in screen.texts()


async def test_a_browser_that_said_no_is_explained(asked: Phone) -> None:
    asked.host.answer = Permission.DENIED
    screen = await asked.open()
    await screen.tap("allow")
    assert ANSWERS[Permission.DENIED] in screen.texts()
    await screen.tap("on")
    assert "Tonight's diary" in screen.texts()


@pytest.mark.parametrize("button", ["allow", "not-now"])
async def test_the_storage_is_asked_for_with_the_reason(asked: Phone, button: str) -> None:
    screen = await asked.open()
    assert asked.host.kept is False
    await screen.tap(button)
    assert asked.host.kept is True


class UnansweredHost(FakeHost):
    """Firefox asks the person whether it shall keep the storage, and lets the question lie for as long as they do."""

    async def keep_storage(self) -> bool:
        await asyncio.Event().wait()
        return False


async def test_nobody_is_kept_by_a_question_of_the_browser_that_they_let_lie() -> None:
    led_on: list[bool] = []
    going = asyncio.ensure_future(Reminding(UnansweredHost(), lambda: led_on.append(True)).go_on())
    await asyncio.sleep(0)
    assert led_on
    going.cancel()


async def test_where_nothing_can_remind_nothing_is_asked(alice: Phone) -> None:
    screen = await alice.open()
    assert "Tonight's diary" in screen.texts()


async def test_a_browser_that_can_install_offers_it(phone: Phone) -> None:
    phone.host.installable = True
    phone.state = phone.state_with(phone.journal)
    screen = await phone.open()
    await screen.tap("install")
    assert not phone.host.installable
    assert not screen.has("install")


async def test_outside_the_home_screen_one_may_go_on_knowing_what_it_means(phone: Phone) -> None:
    phone.host.on_home_screen = False
    screen = await phone.open()
    assert "can be cleared after a week without use" in screen.reads
    await screen.tap("otherwise")
    assert screen.has("code")
