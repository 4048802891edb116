"""The PIN: chosen twice, asked for at the start and after a while away, forgotten without losing anything."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.core.records import RecordKind
from diary_app.journal import Preference
from diary_app.locking import LOCK_AFTER_SECONDS
from diary_app.pin_entry import PinEntry, PinTrouble
from diary_app.places import Problem
from diary_app.screens.pin import STEPS, TROUBLES, Step
from diary_app.storage.diary import Diary
from diary_app.sync.outcome import all_sent
from diary_app.widgets.foot import SOMETHING, SOMETHING_NEEDS_PIN
from server.simulate.environment import SimulatedEnvironment
from tests.screens.conftest import CODE, FakeKeyring, Phone
from tests.storage.ciphers import QuickCipher, SlowCipher

PIN, OTHER = "2580", "147036"


@pytest.fixture
def locked(alice: Phone) -> Phone:
    """Alice chose a PIN; the app starts."""
    alice.lock(PIN)
    return alice


async def type_pin(phone: Phone, step: Step, pin: str) -> None:
    await phone.screen.type(f"pin-{step}", pin)
    await phone.screen.tap("pin-on")


async def test_a_code_leads_to_a_pin_and_the_pin_to_practice(phone: Phone) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    screen = await phone.open()
    await screen.type("code", CODE)
    await screen.tap("enrol")
    await type_pin(phone, Step.NEW, PIN)
    await type_pin(phone, Step.AGAIN, PIN)
    assert "Try it once first" in screen.texts()
    assert phone.keyring.pin == PIN


async def test_two_different_pins_are_told_and_asked_again(phone: Phone) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    phone.enrol()
    screen = await phone.open()
    await type_pin(phone, Step.NEW, PIN)
    await type_pin(phone, Step.AGAIN, OTHER)
    assert TROUBLES[PinTrouble.DIFFERENT] in screen.texts()
    assert screen.has("pin-new")
    assert phone.keyring.pin == ""


class FullKeyring(FakeKeyring):
    """No room for a PIN."""

    async def set_pin(self, pin: str) -> None:
        raise DiaryUnavailable(Code.STORAGE_FULL, "full", "delete photos")


async def test_a_new_pin_that_finds_no_room_is_said_not_to_be_kept(phone: Phone) -> None:
    phone.keyring = FullKeyring(phone.clock)
    phone.enrol()
    screen = await phone.open()
    await type_pin(phone, Step.NEW, PIN)
    await type_pin(phone, Step.AGAIN, PIN)
    assert TROUBLES[PinTrouble.NOT_KEPT] in screen.texts()


@pytest.mark.parametrize("easy", ["1111", "1234", "4321", "1212"])
async def test_a_pin_that_is_easy_to_guess_is_declined_and_another_asked_for(phone: Phone, easy: str) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    phone.enrol()
    screen = await phone.open()
    await type_pin(phone, Step.NEW, easy)
    assert TROUBLES[PinTrouble.EASY] in screen.texts()
    await type_pin(phone, Step.NEW, PIN)
    await type_pin(phone, Step.AGAIN, PIN)
    assert phone.keyring.pin == PIN


async def test_an_easy_pin_that_is_in_use_opens_the_diary_and_can_be_changed(alice: Phone) -> None:
    alice.lock("1234")
    screen = await alice.open()
    await type_pin(alice, Step.ENTER, "1234")
    await screen.tap("settings")
    await screen.tap("change-pin")
    await type_pin(alice, Step.OLD, "1234")
    assert screen.has("pin-new")


@pytest.mark.parametrize("typed", ["", "123", "12a"])
async def test_a_pin_has_at_least_four_digits(phone: Phone, typed: str) -> None:
    phone.keyring = FakeKeyring(phone.clock)
    phone.enrol()
    screen = await phone.open()
    await type_pin(phone, Step.NEW, typed)
    assert screen.find("pin-on").disabled


async def test_a_pin_is_hidden_and_asked_for_with_number_keys(locked: Phone) -> None:
    screen = await locked.open()
    field = screen.find("pin-enter")
    assert (field.password, field.can_reveal_password, field.keyboard_type.value) == (True, False, "number")


async def test_while_locked_nothing_of_the_diary_is_shown(locked: Phone) -> None:
    screen = await locked.open()
    assert STEPS[Step.ENTER].title in screen.texts()
    assert not {"start", "settings", "history"} & set(screen.keys())
    assert "12\u00a034\u00a056\u00a078" in screen.reads
    assert locked.state.today is None


async def test_a_locked_phone_goes_on_sending(locked: Phone) -> None:
    screen = await locked.open()
    locked.confirm_everything()
    locked.state.heard(all_sent())
    await screen.settle()
    assert "Everything on this phone has been received by the study." in screen.texts()
    assert screen.has("pin-enter")


async def test_what_only_the_pin_can_send_is_not_promised_to_go_by_itself(phone: Phone) -> None:
    phone.diary.close()
    phone.diary = Diary.open(phone.file, phone.clock, cipher=QuickCipher())
    phone.enrol()
    await phone.diary.keyring.set_pin(PIN)
    await phone.diary.write(RecordKind.TRAINING, {})
    phone.diary.keyring.shut()
    screen = await phone.open()
    assert SOMETHING_NEEDS_PIN in screen.texts()
    await type_pin(phone, Step.ENTER, PIN)
    assert (SOMETHING in screen.texts(), phone.link.woken) == (True, 1)


async def test_the_pin_opens_the_diary(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    assert "Tonight's diary" in screen.texts()


async def test_a_wrong_pin_is_told_calmly_and_forgotten(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, OTHER)
    assert TROUBLES[PinTrouble.WRONG] in screen.texts()
    assert screen.find("pin-enter").value == ""


class WatchedClock(SimulatedEnvironment):
    """Notes what is on the screen whenever somebody waits."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.shown: list[int] = []
        self.entry: PinEntry | None = None

    async def sleep(self, seconds: float) -> None:
        assert self.entry is not None
        self.shown.append(self.entry.seconds_to_wait)
        await super().sleep(seconds)


async def test_after_wrong_tries_the_wait_is_counted_down() -> None:
    clock = WatchedClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    keyring = FakeKeyring(clock, PIN, tries=2)
    clock.entry = PinEntry(clock, lambda: keyring, lambda: None)
    clock.entry.ask()
    clock.entry.type_pin(OTHER)
    await clock.entry.go_on()
    assert clock.shown == list(range(30, 0, -1))
    assert clock.entry.seconds_to_wait == 0


class StoppingClock(SimulatedEnvironment):
    """While it stands, whoever waits waits for good."""

    stands = False

    async def sleep(self, seconds: float) -> None:
        if self.stands:
            await asyncio.Event().wait()
        await super().sleep(seconds)


async def test_a_wait_that_was_there_at_the_start_is_counted_on_after_another_page(tmp_path: Path) -> None:
    clock = StoppingClock(datetime(2026, 11, 22, 18, tzinfo=UTC))
    phone = Phone(str(tmp_path / "diary.db"), clock)
    phone.train()
    phone.keyring = FakeKeyring(clock, PIN, free_at=clock.monotonic() + 30)
    clock.stands = True
    screen = await phone.open()
    assert "You can try again in 30 seconds." in screen.texts()
    await screen.tap("forgotten")
    clock.stands = False
    await screen.tap("back")
    await type_pin(phone, Step.ENTER, PIN)
    assert "Tonight's diary" in screen.texts()
    screen.close()
    phone.diary.close()


async def test_while_one_has_to_wait_no_pin_is_taken(locked: Phone) -> None:
    screen = await locked.open()
    locked.state.pin.seconds_to_wait = 12
    await screen.settle()
    assert "You can try again in 12 seconds." in screen.texts()
    await type_pin(locked, Step.ENTER, PIN)
    assert screen.has("pin-enter")


async def test_after_five_minutes_away_the_pin_is_asked_again(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await be_away(locked, LOCK_AFTER_SECONDS)
    assert screen.has("pin-enter")


async def test_a_short_absence_asks_nothing(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await be_away(locked, LOCK_AFTER_SECONDS - 1)
    assert "Tonight's diary" in screen.texts()


async def be_away(phone: Phone, seconds: float) -> None:
    phone.state.go_away()
    phone.clock.advance(seconds=seconds)
    phone.state.come_back()
    await phone.screen.settle()


async def test_a_lock_puts_the_past_away(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("history")
    await be_away(locked, LOCK_AFTER_SECONDS)
    assert (locked.state.history.past, screen.has("pin-enter")) == (None, True)
    await type_pin(locked, Step.ENTER, PIN)
    assert "November 2026" in screen.texts()


async def test_a_lock_in_the_middle_of_a_question_loses_no_answer(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("start")
    await screen.choose(7)
    await be_away(locked, LOCK_AFTER_SECONDS)
    assert not screen.has("answers")
    await type_pin(locked, Step.ENTER, PIN)
    assert screen.find("answers").value == "7"


async def test_after_a_lock_nobody_is_asked_about_an_evening_that_has_closed(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("start")
    await screen.choose(7)
    await be_away(locked, 24 * 60 * 60)
    await type_pin(locked, Step.ENTER, PIN)
    assert (screen.has("answers"), screen.page.route) == (False, "/")
    assert "Tonight's diary" in screen.texts()
    assert locked.diary.draft("DMD", locked.today)["answers"] == {"DMD01": "7"}


async def test_a_lock_in_the_middle_of_the_practice_loses_no_answer(phone: Phone) -> None:
    phone.lock(PIN)
    phone.enrol()
    screen = await phone.open()
    await type_pin(phone, Step.ENTER, PIN)
    await screen.tap("practise")
    await screen.choose(7)
    await be_away(phone, LOCK_AFTER_SECONDS)
    await type_pin(phone, Step.ENTER, PIN)
    assert screen.find("answers").value == "7"


async def test_a_problem_on_the_screen_does_not_keep_the_diary_open(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    locked.state.show_problem(Problem.FULL)
    await be_away(locked, LOCK_AFTER_SECONDS)
    assert screen.has("pin-enter")


async def test_a_start_in_the_middle_of_a_question_goes_on_there_after_the_pin(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("start")
    await screen.choose(7)
    locked.keyring.shut()
    screen = await locked.restart()
    await type_pin(locked, Step.ENTER, PIN)
    assert screen.find("answers").value == "7"


async def test_a_lock_while_changing_an_entry_keeps_the_change(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("start")
    await locked.fill_in()
    await screen.tap("save")
    await screen.tap("change")
    await screen.tap("line-DMD01")
    await screen.choose(1)
    await be_away(locked, LOCK_AFTER_SECONDS)
    await type_pin(locked, Step.ENTER, PIN)
    assert screen.find("answers").value == "1"


async def test_a_lock_while_a_save_waits_for_the_draft_loses_no_answer(phone: Phone) -> None:
    cipher = SlowCipher()
    phone.train()
    phone.diary.close()
    phone.diary = Diary.open(phone.file, phone.clock, cipher=cipher)
    await phone.diary.keyring.set_pin(PIN)
    screen = await phone.open()
    await screen.tap("start")
    await phone.fill_in()
    phone.state.go_away()
    phone.clock.advance(seconds=LOCK_AFTER_SECONDS)
    cipher.meanwhile.append(phone.state.come_back)
    phone.state.answering.tell_who_tapped(helped=True)
    await asyncio.sleep(0)  # its draft is being sealed
    await screen.tap("save")
    assert screen.has("pin-enter")
    await type_pin(phone, Step.ENTER, PIN)
    assert "Your answers" in screen.texts()
    await screen.tap("save")
    assert phone.saved_answers()["DMD01"] == "7"


async def test_a_forgotten_pin_ends_with_a_new_code_and_a_new_pin(locked: Phone) -> None:
    screen = await locked.open()
    await screen.tap("forgotten")
    assert "Your entries are safe and are still sent." in screen.reads
    await screen.tap("new-code-for-pin")
    locked.link.accept = lambda: locked.diary.set_setting(Preference.PIN_FORGOTTEN, "yes")  # as storage keeps it
    await screen.type("code", CODE)
    await screen.tap("enrol")
    await type_pin(locked, Step.NEW, OTHER)
    await type_pin(locked, Step.AGAIN, OTHER)
    assert "Tonight's diary" in screen.texts()
    assert locked.keyring.pin == OTHER


async def test_a_new_code_still_stands_for_the_pin_after_a_restart(locked: Phone) -> None:
    locked.diary.set_setting(Preference.PIN_FORGOTTEN, "yes")
    screen = await locked.open()
    assert screen.has("pin-new")


async def test_whoever_remembers_the_pin_goes_back(locked: Phone) -> None:
    screen = await locked.open()
    await screen.tap("forgotten")
    await screen.tap("new-code-for-pin")
    await screen.tap("back")
    await screen.tap("back")
    assert screen.has("pin-enter")


async def test_the_pin_is_changed_in_settings(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("settings")
    await screen.tap("change-pin")
    for step, pin in [(Step.OLD, PIN), (Step.NEW, OTHER), (Step.AGAIN, OTHER)]:
        await type_pin(locked, step, pin)
    assert "Settings" in screen.texts()
    assert locked.keyring.pin == OTHER


async def test_a_wrong_old_pin_changes_nothing(locked: Phone) -> None:
    screen = await locked.open()
    await type_pin(locked, Step.ENTER, PIN)
    await screen.tap("settings")
    await screen.tap("change-pin")
    await type_pin(locked, Step.OLD, OTHER)
    assert TROUBLES[PinTrouble.WRONG] in screen.texts()
    await screen.tap("back")
    assert (screen.has("change-pin"), locked.keyring.pin) == (True, PIN)


async def test_a_lost_phone_is_said_to_be_lost_before_any_pin(locked: Phone) -> None:
    locked.confirm_everything(DeviceState.LOST)
    screen = await locked.open()
    assert not screen.has("pin-enter")
