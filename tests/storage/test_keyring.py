"""The PIN: four to six digits, kept nowhere; wrong ones slow down, whatever is done to the app or the clock."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from diary_app.core.pins import Lock
from diary_app.journal import Preference
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.storage.tries import wait_after
from server.simulate.environment import SimulatedEnvironment
from tests.storage.ciphers import QuickCipher
from tests.storage.phones import TODAY, enrol

PIN, OTHER, WRONG = "2580", "147036", "0000"
Restart = Callable[[], Diary]


@pytest.fixture
def restart(database: Database, clock: SimulatedEnvironment) -> Restart:
    """Each is a new start of the app."""
    return lambda: Diary(database, clock, QuickCipher())


@pytest.fixture
async def alice(restart: Restart, clock: SimulatedEnvironment) -> Diary:
    diary = restart()
    enrol(diary, clock)
    await diary.keyring.set_pin(PIN)
    return diary


async def try_wrong(diary: Diary, times: int, clock: SimulatedEnvironment) -> None:
    for _ in range(times):
        clock.advance(seconds=diary.keyring.wait_seconds())
        assert not await diary.keyring.unlock(WRONG)


async def test_first_pin_opens_the_diary(restart: Restart, clock: SimulatedEnvironment) -> None:
    diary = restart()
    enrol(diary, clock)
    assert diary.keyring.lock() is Lock.NO_PIN
    await diary.keyring.set_pin(PIN)
    assert diary.keyring.lock() is Lock.OPEN


async def test_a_new_start_asks_for_the_pin(alice: Diary, restart: Restart) -> None:
    again = restart()
    assert again.keyring.lock() is Lock.LOCKED
    assert not await again.keyring.unlock(WRONG)
    assert await again.keyring.unlock(PIN)
    assert again.keyring.lock() is Lock.OPEN


@pytest.mark.parametrize("pin", ["", "123", "1234567", "12a4", "１２３４", " 1234"])
async def test_a_pin_has_four_to_six_digits(alice: Diary, pin: str) -> None:
    for attempt in (alice.keyring.set_pin(pin), alice.keyring.unlock(pin), alice.keyring.change_pin(PIN, pin)):
        with pytest.raises(ValueError, match="4 to 6 digits"):
            await attempt


async def test_changed_pin_opens_what_the_old_one_sealed(alice: Diary, restart: Restart) -> None:
    await alice.write_draft("DMD", TODAY, {"page": 2})
    assert not await alice.keyring.change_pin(WRONG, OTHER)
    assert await alice.keyring.change_pin(PIN, OTHER)
    again = restart()
    assert not await again.keyring.unlock(PIN)
    assert await again.keyring.unlock(OTHER)
    assert again.draft("DMD", TODAY) == {"page": 2}


async def test_open_diary_still_tells_a_right_pin_from_a_wrong_one(alice: Diary) -> None:
    assert not await alice.keyring.unlock(WRONG)
    assert await alice.keyring.unlock(PIN)
    assert alice.keyring.lock() is Lock.OPEN


def test_waits_grow_to_an_hour_and_no_further() -> None:
    assert [wait_after(wrong) for wrong in range(10)] == [0, 0, 0, 0, 30, 60, 300, 900, 3600, 3600]
    assert wait_after(10_000) == 3600


async def test_three_slips_cost_nothing(alice: Diary, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 3, clock)
    assert alice.keyring.wait_seconds() == 0
    assert await alice.keyring.unlock(PIN)


async def test_during_a_wait_even_the_right_pin_is_not_tried(alice: Diary, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 4, clock)
    assert not await alice.keyring.unlock(PIN)
    clock.advance(seconds=29)
    assert alice.keyring.wait_seconds() == 1
    clock.advance(seconds=1)
    assert await alice.keyring.unlock(PIN)


async def test_trying_during_a_wait_does_not_prolong_it(alice: Diary, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 4, clock)
    clock.advance(seconds=10)
    assert not await alice.keyring.unlock(WRONG)
    assert alice.keyring.wait_seconds() == 20


async def test_right_pin_ends_the_count(alice: Diary, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 5, clock)
    clock.advance(minutes=1)
    assert await alice.keyring.unlock(PIN)
    await try_wrong(alice, 3, clock)
    assert alice.keyring.wait_seconds() == 0


async def test_closing_the_app_shortens_no_wait(alice: Diary, restart: Restart, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 6, clock)
    clock.advance(minutes=2)
    assert restart().keyring.wait_seconds() == 180


async def test_clock_set_back_never_makes_a_wait_longer(
    alice: Diary, restart: Restart, clock: SimulatedEnvironment
) -> None:
    await try_wrong(alice, 4, clock)
    clock.set_clock(timedelta(days=-400))
    assert alice.keyring.wait_seconds() == 30
    again = restart()
    assert again.keyring.wait_seconds() == 30
    clock.advance(seconds=30)
    assert again.keyring.wait_seconds() == 0


async def test_clock_set_back_every_minute_lets_a_wait_end(alice: Diary, clock: SimulatedEnvironment) -> None:
    await try_wrong(alice, 5, clock)
    for times in range(4):
        clock.advance(seconds=15)
        clock.set_clock(timedelta(hours=-1 - times))
        alice.keyring.wait_seconds()
    assert alice.keyring.wait_seconds() == 0


async def test_nothing_is_ever_wiped(alice: Diary, clock: SimulatedEnvironment) -> None:
    await alice.write_draft("DMD", TODAY, {"page": 2})
    alice.keyring.shut()
    await try_wrong(alice, 40, clock)
    clock.advance(hours=1)
    assert await alice.keyring.unlock(PIN)
    assert alice.draft("DMD", TODAY) == {"page": 2}


async def test_an_app_killed_as_its_new_code_was_taken_lets_another_pin_be_chosen(
    alice: Diary, restart: Restart, clock: SimulatedEnvironment
) -> None:
    """What is noted is noted with the enrolment itself; and it is over with the new PIN."""
    enrol(alice, clock)
    assert not alice.setting(Preference.PIN_FORGOTTEN)  # nobody has forgotten anything while the diary is open
    enrol(restart(), clock)
    again = restart()
    assert (again.keyring.lock(), again.setting(Preference.PIN_FORGOTTEN)) == (Lock.LOCKED, "yes")
    await again.keyring.set_pin(OTHER)
    assert not restart().setting(Preference.PIN_FORGOTTEN)
