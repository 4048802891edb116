"""What is left for the page's own PIN screen, what comes from it, and when it gives way to the app."""

import json
import re
from typing import Any

import pytest

from diary_app.app import start
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.enrolling import Trouble
from diary_app.host import AtDoor
from diary_app.journal import Journal, Preference
from diary_app.pin_entry import PinTrouble
from diary_app.screens.pin import TROUBLES, Step
from diary_app.screens.start import OPENING
from diary_app.screens.welcome import TROUBLES as CODE_TROUBLES
from diary_app.state import DiaryState
from diary_app.web.pack import read_tree
from diary_app.web.shell import SHELL
from diary_app.widgets.theme import DARK, LIGHT, STRONG_DARK, STRONG_LIGHT, Palette
from tests.screens.conftest import CODE, FakeKeyring, Phone
from tests.screens.driving import Screen
from tests.screens.test_app import FakeServer, StandingClock

PIN, WRONG = "2580", "147036"


async def at_door(phone: Phone) -> Screen:
    """Alice's app starts while she is at the page's own PIN screen."""
    phone.lock(PIN)
    phone.host.at_door = AtDoor.PIN
    await phone.start_over()
    return await phone.open()


def left(phone: Phone) -> dict[str, Any]:
    """What the next start finds."""
    found: dict[str, Any] = json.loads(phone.host.doors[-1])
    return found


async def come(phone: Phone, pin: str, language: str = "en") -> None:
    await phone.state.door.came(language, pin)
    await phone.screen.settle()


async def test_until_there_is_a_pin_the_next_start_asks_for_the_code_or_for_nothing(phone: Phone) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    screen = await phone.open()
    assert (left(phone)["asks"], left(phone)["words"]) == ("code", {})
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert phone.host.doors[-1] == ""
    for step in (Step.NEW, Step.AGAIN):
        await screen.type(f"pin-{step}", PIN)
        await screen.tap("pin-on")
    assert (left(phone)["asks"], left(phone)["words"]["en"]["label"]) == ("pin", "Your PIN")


async def test_nothing_is_left_by_a_phone_that_has_no_pin(alice: Phone) -> None:
    await alice.open()
    assert not any(alice.host.doors)


async def test_every_language_of_the_study_is_left_and_no_secret(alice: Phone) -> None:
    alice.lock(PIN)
    await alice.open()
    text, found = alice.host.doors[-1], left(alice)
    assert found["language"] == "en"
    assert {language: words["on"] for language, words in found["words"].items()} == {
        "da": "Åbn dagbogen",
        "en": "Open the diary",
    }
    installation = alice.diary.installation()
    assert installation is not None
    secrets = (PIN, installation.token, installation.device, installation.participant)
    assert [one for one in secrets if one in text] == []


async def test_what_is_left_follows_the_language_and_the_looks(alice: Phone) -> None:
    alice.diary.set_setting(Preference.TEXT_SIZE, "larger")
    alice.diary.set_setting(Preference.CONTRAST, "strong")
    alice.diary.set_setting(Preference.BRIGHTNESS, "dark")
    alice.lock(PIN)
    screen = await alice.open(language="da")
    assert [left(alice)[name] for name in ("language", "percent", "brightness", "contrast")] == [
        "da", 150, "dark", "strong",
    ]  # fmt: skip
    await screen.tap("language")
    assert left(alice)["language"] == "en"


async def test_while_somebody_is_at_the_door_nothing_can_be_typed_behind_it(alice: Phone) -> None:
    screen = await at_door(alice)
    assert OPENING in screen.texts()
    assert not screen.has("pin-enter")
    assert alice.host.behind_door == []


async def test_the_right_pin_opens_the_diary_and_then_the_door(alice: Phone) -> None:
    screen = await at_door(alice)
    await come(alice, PIN)
    assert screen.has("start")
    assert alice.host.behind_door == [OPENING]


async def test_a_wrong_pin_is_told_by_the_app(alice: Phone) -> None:
    screen = await at_door(alice)
    await come(alice, WRONG)
    assert TROUBLES[PinTrouble.WRONG] in screen.texts()
    assert alice.host.behind_door == [OPENING]


async def test_a_forgotten_pin_leads_to_what_to_do(alice: Phone) -> None:
    screen = await at_door(alice)
    await come(alice, "")
    assert screen.has("new-code-for-pin")


async def test_the_language_chosen_at_the_door_stays(alice: Phone) -> None:
    screen = await at_door(alice)
    await come(alice, PIN, "da")
    assert "Udfyld dagbogen" in screen.texts()
    assert alice.diary.setting("language") == "da"


async def test_during_a_wait_a_pin_is_not_looked_at(alice: Phone) -> None:
    screen = await at_door(alice)
    assert alice.keyring is not None
    alice.keyring.free_at = alice.clock.monotonic() + 30
    await come(alice, PIN)
    assert screen.has("pin-enter")
    assert not alice.keyring.opened
    assert alice.keyring.tries == 0


async def test_there_is_no_door_during_a_wait_after_wrong_tries(alice: Phone) -> None:
    alice.lock(PIN)
    screen = await alice.open()
    for seconds in (30, 29, 0):
        alice.state.pin.seconds_to_wait = seconds
        await screen.settle()
    assert [bool(text) for text in alice.host.doors] == [True, False, True]


@pytest.mark.parametrize("state", [DeviceState.LOST, DeviceState.REPLACED, DeviceState.WITHDRAWN])
async def test_where_there_is_something_else_to_say_the_door_opens_by_itself(alice: Phone, state: DeviceState) -> None:
    alice.confirm_everything(state)
    await at_door(alice)
    assert alice.host.behind_door == [OPENING]
    assert not any(alice.host.doors)
    await come(alice, PIN)
    assert alice.keyring is not None
    assert not alice.keyring.opened, "a PIN that comes after all is not tried"


async def test_a_diary_that_is_gone_opens_the_door_to_the_welcome(phone: Phone) -> None:
    phone.host.at_door = AtDoor.PIN
    await phone.start_over()
    screen = await phone.open()
    assert screen.has("code")
    assert phone.host.behind_door == [OPENING]


async def greeted(phone: Phone) -> Screen:
    """A first visit: the page asks for the code while the app is loading."""
    phone.host.at_door = AtDoor.CODE
    await phone.start_over()
    return await phone.open()


async def test_while_somebody_is_greeted_nothing_can_be_typed_behind(phone: Phone) -> None:
    screen = await greeted(phone)
    assert OPENING in screen.texts()
    assert not screen.has("code")
    assert phone.host.behind_door == []


async def test_the_right_code_opens_the_door_to_what_comes_next(phone: Phone) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    screen = await greeted(phone)
    await come(phone, CODE, "da")
    assert screen.has(f"pin-{Step.NEW}")
    assert phone.host.behind_door == [phone.state.say(OPENING)]
    assert phone.state.say.language == "da"


async def test_a_slip_in_the_code_is_told_by_the_app_beside_what_was_typed(phone: Phone) -> None:
    screen = await greeted(phone)
    await come(phone, "ABCD-EFGH-JKMN")
    assert CODE_TROUBLES[Trouble.SLIP] in screen.texts()
    assert phone.state.enrolment.typed == "ABCD-EFGH-JKMN"
    assert phone.host.behind_door == [OPENING]
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert phone.state.belonging is not None


async def test_somebody_greeted_in_error_is_asked_for_the_pin_by_the_app(alice: Phone) -> None:
    alice.lock(PIN)
    screen = await greeted(alice)
    assert screen.has("pin-enter")
    assert alice.host.behind_door == [OPENING]
    await come(alice, CODE)
    assert alice.state.enrolment.typed == "", "the code comes too late to be tried"


async def test_a_file_that_cannot_be_read_opens_the_door_to_the_problem(alice: Phone) -> None:
    def open_journal() -> Journal:
        raise DiaryUnavailable(Code.STORAGE_TOO_NEW, "no", "wait")

    alice.host.at_door = AtDoor.PIN
    alice.state = alice.state_with(open_journal)
    await alice.open()
    assert alice.host.behind_door == [OPENING]


async def test_a_file_that_fails_while_the_pin_is_tried_opens_the_door_and_says_so(alice: Phone) -> None:
    class Failing(FakeKeyring):
        def wait_seconds(self) -> int:
            raise DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "no", "wait")

        async def unlock(self, pin: str) -> bool:
            raise DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "no", "wait")

    alice.keyring = Failing(alice.clock, PIN)
    alice.host.at_door = AtDoor.PIN
    await alice.start_over()
    screen = await alice.open()
    await come(alice, PIN)
    assert TROUBLES[PinTrouble.NOT_OPENED] in screen.texts()
    assert alice.host.behind_door == [OPENING]


async def test_the_app_listens_for_the_door(alice: Phone) -> None:
    alice.host.at_door = AtDoor.PIN
    screen, clock, states = Screen(), StandingClock(alice.clock.now()), list[DiaryState]()
    await screen.start(lambda page: states.append(start(page, alice.host, clock, lambda _: FakeServer())))
    (state,) = states
    state.door.stands = True  # nobody is enrolled in this file, so it has been opened
    assert alice.host.knock is not None
    alice.host.knock("en", "")
    await screen.settle()
    assert (state.door.stands, state.pin.step) == (False, Step.FORGOTTEN)
    screen.close()


def tokens(block: str) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", block)}


@pytest.mark.parametrize(
    ("selectors", "palette"),
    [
        ([":root"], LIGHT),
        ([":root", ":root[data-contrast=strong]"], STRONG_LIGHT),
        ([":root[data-brightness=dark]"], DARK),
        ([":root[data-brightness=dark][data-contrast=strong]"], STRONG_DARK),
    ],
)
def test_the_page_wears_the_colours_of_the_app(selectors: list[str], palette: Palette) -> None:
    sheet = read_tree(SHELL)["boot.css"].decode()
    worn = tokens("".join(sheet[sheet.index(f"{selector} {{") :].split("}", 1)[0] for selector in selectors))
    assert {"background", "surface", "ink", "muted", "line", "accent", "on_accent"} <= set(worn)
    assert worn == {name: getattr(palette, name) for name in worn}, "the later of two blocks counts"
