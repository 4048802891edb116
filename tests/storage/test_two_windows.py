"""The app is open in two windows on one file: neither loses what the other does, nor throws a PIN of the other away."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.pins import Lock
from diary_app.core.records import RecordKind
from diary_app.core.sealing import without_waiting
from diary_app.storage import meta, one_window
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.storage.meta import Name
from diary_app.storage.tries import Tries
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm.pins import StormCipher
from tests.storage.ciphers import QuickCipher
from tests.storage.phones import TODAY, enrol, evening

PIN, OTHER = "2580", "147036"
Window = Callable[[], Diary]


class Interrupted(StormCipher):
    """`meanwhile` happens once, in the middle of sealing."""

    def __init__(self, environment: SimulatedEnvironment) -> None:
        super().__init__(environment)
        self.meanwhile: list[Callable[[], object]] = []

    async def encrypt(self, key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        while self.meanwhile:
            self.meanwhile.pop()()
        return await super().encrypt(key, nonce, plain, associated)


class Between(Database):
    """`meanwhile` happens once, just before something is written."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.meanwhile: list[Callable[[], object]] = []

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        while self.meanwhile:
            self.meanwhile.pop()()
        with super().writing() as connection:
            yield connection


@pytest.fixture
def window(file: str, clock: SimulatedEnvironment) -> Iterator[Window]:
    """Each is the app of a process of its own."""
    with ExitStack() as opened:

        def window() -> Diary:
            diary = Diary.open(file, clock, cipher=QuickCipher())
            opened.callback(diary.close)
            return diary

        yield window


@pytest.fixture
async def alice(window: Window, clock: SimulatedEnvironment) -> Diary:
    diary = window()
    enrol(diary, clock)
    return diary


async def test_a_second_first_pin_does_not_replace_the_one_just_chosen(alice: Diary, window: Window) -> None:
    beside = window()
    assert beside.keyring.lock() is Lock.NO_PIN
    await alice.keyring.set_pin(PIN)
    made = await alice.write_entry(evening())
    with pytest.raises(DiaryUnavailable) as refused:
        await beside.keyring.set_pin(OTHER)
    assert refused.value.code is Code.DIARY_LOCKED
    assert beside.keyring.lock() is Lock.LOCKED
    assert await beside.keyring.unlock(PIN)
    assert [one.id for one in beside.entries_of("DMD")] == [made.id]


@pytest.mark.parametrize("is_draft", [False, True])
async def test_nothing_is_sealed_under_a_pin_that_is_gone(alice: Diary, window: Window, is_draft: bool) -> None:
    await alice.keyring.set_pin(PIN)
    beside = window()
    assert beside.keyring.lock() is Lock.LOCKED  # the PIN was forgotten, and a new code allows another one
    await beside.keyring.set_pin(OTHER)
    with pytest.raises(DiaryUnavailable) as refused:
        await (alice.write_draft("DMD", TODAY, {"page": 1}) if is_draft else alice.write_entry(evening()))
    assert refused.value.code is Code.DIARY_LOCKED
    assert alice.keyring.lock() is Lock.LOCKED
    assert beside.waiting() == 0
    assert await alice.keyring.unlock(OTHER)
    made = await alice.write_entry(evening())
    later = window()
    assert await later.keyring.unlock(OTHER)
    assert [one.id for one in later.entries_of("DMD")] == [made.id]


async def test_a_pin_changed_in_both_windows_is_changed_by_one(file: str, clock: SimulatedEnvironment) -> None:
    cipher = Interrupted(clock)
    diary, beside = (Diary.open(file, clock, cipher=one) for one in (cipher, StormCipher(clock)))
    enrol(diary, clock)
    await diary.keyring.set_pin(PIN)
    changed: list[bool] = []
    cipher.meanwhile.append(lambda: changed.append(without_waiting(beside.keyring.change_pin(PIN, OTHER))))
    assert not await diary.keyring.change_pin(PIN, "9182")
    assert changed == [True]
    diary.keyring.shut()
    assert await diary.keyring.unlock(OTHER)
    diary.close()
    beside.close()


async def test_an_open_window_goes_on_when_the_other_changes_the_pin(alice: Diary, window: Window) -> None:
    await alice.keyring.set_pin(PIN)
    beside = window()
    assert await beside.keyring.unlock(PIN)
    assert await beside.keyring.change_pin(PIN, OTHER)
    made = await alice.write_entry(evening())
    assert [one.id for one in alice.entries_of("DMD")] == [made.id]


def test_a_try_in_another_window_is_counted_too(database: Database, clock: SimulatedEnvironment) -> None:
    first, second = Between(database.path), Database(database.path)
    first.meanwhile.append(Tries(second, clock).count)
    Tries(first, clock).count()
    with database.reading() as connection:
        assert (meta.get(connection, Name.PIN_TRIES) or "").split()[0] == "2"
    first.close()
    second.close()


def test_both_windows_save_on_one_chain(file: str, clock: SimulatedEnvironment) -> None:
    diary, beside = Diary.open(file, clock), Diary.open(file, clock)
    device = enrol(diary, clock)
    for number in range(3):
        for one in (diary, beside):
            one.append(RecordKind.APP_EVENT, {"note": f"{number}"})
    kept = diary.conversation.records_after(device, 0, 10)
    assert [one.sequence for one in kept] == [1, 2, 3, 4, 5, 6]
    diary.close()
    beside.close()


@pytest.mark.parametrize("left", [b"half a page", b"\0" * 4096])
def test_a_damaged_lock_holds_up_nobody(file: str, left: bytes) -> None:
    """A disk may leave anything there; what the phone holds is sent, and from the next time on it is a lock again."""
    Path(f"{file}{one_window.SUFFIX}").write_bytes(left)
    with one_window.alone(file):
        pass
    with one_window.alone(file), pytest.raises(DiaryUnavailable) as refused, one_window.alone(file):
        raise AssertionError
    assert refused.value.code is Code.SENDING_ELSEWHERE


def test_one_window_at_a_time_talks(file: str, clock: SimulatedEnvironment) -> None:
    diary, beside = Diary.open(file, clock), Diary.open(file, clock)
    with diary.alone():
        with pytest.raises(DiaryUnavailable) as refused, beside.alone():
            raise AssertionError
        assert refused.value.code is Code.SENDING_ELSEWHERE
    with beside.alone():
        pass
    diary.close()
    beside.close()
