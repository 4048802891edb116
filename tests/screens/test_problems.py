"""When the diary cannot be shown, or cannot be sent: what happened, what it means, what to do."""

import asyncio

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.core.wire import FactChange
from diary_app.journal import Journal
from diary_app.places import Problem, problem_of
from diary_app.questionnaire import Filling
from diary_app.saving import Saved
from diary_app.screens.problem import EXPLANATIONS
from diary_app.sync.outcome import Standing, SyncOutcome, all_sent
from diary_app.updating import Updating
from diary_app.widgets.foot import ALL_SENT, SOMETHING, TROUBLED
from diary_app.widgets.update_card import NONE_FOUND
from tests.screens.conftest import CODE, FakeHost, Phone
from tests.storage.phones import added


async def test_a_lost_phone_is_locked(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.LOST)
    screen = await alice.open()
    assert EXPLANATIONS[Problem.LOCKED].happened in screen.texts()
    assert "12\u00a034\u00a056\u00a078" in screen.reads
    assert not screen.has("start")


async def test_a_replaced_phone_says_that_the_diary_has_moved(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.REPLACED)
    screen = await alice.open()
    assert EXPLANATIONS[Problem.REPLACED].happened in screen.texts()


async def test_a_new_code_brings_a_locked_phone_back(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.LOST)
    screen = await alice.open()
    await screen.tap("remedy")
    alice.link.accept = alice.confirm_everything
    await screen.type("code", CODE)
    await screen.tap("enrol")
    assert "Tonight's diary" in screen.texts()


async def test_what_the_study_says_next_is_believed(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.REPLACED)
    screen = await alice.open()
    alice.confirm_everything(DeviceState.ACTIVE)
    alice.state.heard(all_sent())
    await screen.settle()
    assert "Tonight's diary" in screen.texts()


async def test_without_the_code_one_gets_back_to_what_was_said(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.REPLACED)
    screen = await alice.open()
    await screen.tap("remedy")
    await screen.tap("back")
    assert EXPLANATIONS[Problem.REPLACED].happened in screen.texts()


async def test_storage_that_cannot_be_opened_is_explained_and_tried_again(alice: Phone) -> None:
    faults = [DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "no", "wait")]

    def open_journal() -> Journal:
        if faults:
            raise faults.pop()
        return Journal(alice.diary, alice.clock, alice.host.mode)

    alice.state = alice.state_with(open_journal)
    screen = await alice.open()
    assert EXPLANATIONS[Problem.STORAGE].happened in screen.texts()
    await screen.tap("remedy")
    assert "Tonight's diary" in screen.texts()


@pytest.mark.parametrize(
    "code", [Code.STORAGE_FULL, Code.STORAGE_TOO_NEW, Code.DATABASE_GUARDS_MISSING, Code.STORAGE_DAMAGED]
)
async def test_each_failure_of_the_storage_has_its_own_words(alice: Phone, code: Code) -> None:
    def open_journal() -> Journal:
        raise DiaryUnavailable(code, "no", "wait")

    alice.state = alice.state_with(open_journal)
    screen = await alice.open()
    assert EXPLANATIONS[problem_of(code)].happened in screen.texts()
    assert EXPLANATIONS[problem_of(code)] is not EXPLANATIONS[Problem.STORAGE]
    await screen.tap("language")
    assert "call" not in screen.reads


class CrampedJournal(Journal):
    """No room for drafts and entries while it is full."""

    full = False

    async def keep(self, filling: Filling) -> None:
        self._make_room()
        await super().keep(filling)

    async def save(self, filling: Filling, language: str) -> Saved:
        self._make_room()
        return await super().save(filling, language)

    def _make_room(self) -> None:
        if self.full:
            raise DiaryUnavailable(Code.STORAGE_FULL, "full", "delete photos")


@pytest.fixture
def cramped(alice: Phone) -> CrampedJournal:
    journal = CrampedJournal(alice.diary, alice.clock, alice.host.mode)
    alice.state = alice.state_with(lambda: journal)
    return journal


async def test_a_phone_that_fills_up_in_the_middle_loses_no_answer(alice: Phone, cramped: CrampedJournal) -> None:
    screen = await alice.open()
    await screen.tap("start")
    cramped.full = True
    await screen.choose(7)
    assert EXPLANATIONS[Problem.FULL].happened in screen.texts()
    await screen.tap("remedy")
    assert EXPLANATIONS[Problem.FULL].happened in screen.texts()
    cramped.full = False
    await screen.tap("remedy")
    assert screen.find("answers").value == "7"


async def test_a_phone_that_is_full_at_the_save_saves_after_room_is_made(alice: Phone, cramped: CrampedJournal) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    cramped.full = True
    await screen.tap("save")
    assert not alice.has_entry()
    cramped.full = False
    await screen.tap("remedy")
    await screen.tap("save")
    assert alice.saved_answers()["DMD01"] == "7"


class ForgetfulStorage(Journal):
    """The first Save is written, and then the storage fails: nobody hears of its end."""

    fails = True

    async def save(self, filling: Filling, language: str) -> Saved:
        saved = await super().save(filling, language)
        if self.fails:
            self.fails = False
            raise DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "the disk did not answer", "try again")
        return saved


@pytest.fixture
def forgetful(alice: Phone) -> ForgetfulStorage:
    journal = ForgetfulStorage(alice.diary, alice.clock, alice.host.mode)
    alice.state = alice.state_with(lambda: journal)
    return journal


async def test_a_save_that_nobody_heard_the_end_of_is_not_made_twice(alice: Phone, forgetful: ForgetfulStorage) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    assert EXPLANATIONS[Problem.STORAGE].happened in screen.texts()
    await screen.tap("remedy")
    await screen.tap("save")
    assert screen.has("change")
    assert len(alice.diary.entries("DMD", alice.today)) == 1
    assert alice.diary.draft("DMD", alice.today) is None


async def test_what_is_changed_after_such_a_save_is_a_change_of_it(alice: Phone, forgetful: ForgetfulStorage) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    first = alice.entry()
    await screen.tap("remedy")
    await screen.tap("line-DMD01")
    await screen.choose(1)
    await screen.tap("next")
    await screen.tap("save")
    assert (alice.entry().body.parent, alice.saved_answers()["DMD01"]) == (first.id, "1")


async def test_sending_does_not_hide_a_full_phone(alice: Phone, cramped: CrampedJournal) -> None:
    screen = await alice.open()
    await screen.tap("start")
    cramped.full = True
    await screen.choose(7)
    alice.state.heard(all_sent())
    await screen.settle()
    assert EXPLANATIONS[Problem.FULL].happened in screen.texts()


async def test_whoever_withdrew_is_thanked_and_asked_nothing(alice: Phone) -> None:
    alice.confirm_everything(DeviceState.WITHDRAWN)
    screen = await alice.open()
    assert EXPLANATIONS[Problem.WITHDRAWN].happened in screen.texts()
    assert not screen.has("start")


async def test_after_the_last_evening_one_is_thanked(alice: Phone) -> None:
    body = {"kind": "status", "status": "completed", "effective": "2026-11-21", "reason": "planned"}
    over = FactChange(change_no=9, id="55555555-5555-4555-8555-555555555555", at=alice.clock.now(), body=body)
    alice.enrol(facts=(added(), over))
    screen = await alice.open()
    assert "Your diary has come to its end" in screen.texts()
    assert screen.has("look-back")


@pytest.mark.parametrize(
    ("offset", "words"),
    [(-2 * 24 * 3600, "2 days ahead"), (3 * 3600, "3 hours behind"), (-400, "7 minutes ahead")],
)
async def test_a_wrong_clock_is_told_and_stops_nothing(alice: Phone, offset: int, words: str) -> None:
    alice.confirm_everything(clock_offset_ms=offset * 1000)
    screen = await alice.open()
    assert words in screen.reads
    assert screen.has("start")


async def test_a_clock_that_is_nearly_right_is_not_mentioned(alice: Phone) -> None:
    alice.confirm_everything(clock_offset_ms=290_000)
    screen = await alice.open()
    assert "automatic" not in screen.reads


async def test_an_old_app_may_still_be_used_for_tonight(alice: Phone) -> None:
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 0, Code.PROTOCOL_TOO_OLD))
    await screen.settle()
    await screen.tap("otherwise")
    assert screen.has("start")


async def test_an_app_too_old_for_the_study_is_told_to_update(alice: Phone) -> None:
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 0, Code.PROTOCOL_TOO_OLD))
    await screen.settle()
    assert EXPLANATIONS[Problem.UPDATE].happened in screen.texts()
    alice.host.published = True
    await screen.tap("remedy")
    assert alice.host.told[-2:] == ["looked for an update", "update"]
    assert NONE_FOUND not in screen.texts()


async def test_where_no_newer_version_can_be_had_it_says_so_and_leads_on(alice: Phone) -> None:
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 0, Code.PROTOCOL_TOO_OLD))
    await screen.settle()
    await screen.tap("remedy")
    assert NONE_FOUND in screen.texts()
    assert EXPLANATIONS[Problem.UPDATE].remedy not in screen.texts(), "there is nothing to update to"
    assert not screen.find("remedy").disabled
    await screen.tap("otherwise")
    assert screen.has("start")


class SlowHost(FakeHost):
    """Looking takes until `found` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.found = asyncio.Event()

    async def look_for_update(self) -> bool:
        await super().look_for_update()
        await self.found.wait()
        return True


async def test_while_it_looks_for_a_newer_version_it_looks_once() -> None:
    host = SlowHost()
    updating = Updating(host, lambda: None)
    looking = asyncio.ensure_future(updating.look_and_take())
    await asyncio.sleep(0)
    await updating.look_and_take()
    assert (updating.looking, host.told) == (True, ["looked for an update"])
    host.found.set()
    await looking
    assert (updating.looking, host.told[-1]) == (False, "update")


async def test_what_is_sent_is_said_in_words(alice: Phone) -> None:
    screen = await alice.open()
    assert SOMETHING in screen.texts()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 1, Code.DEVICE_UNKNOWN))
    await screen.settle()
    assert TROUBLED.format(phone="12\u00a034\u00a056\u00a078") in screen.texts()
    await screen.tap("new-code")
    assert screen.has("code")


async def test_an_entry_received_shows_when(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    alice.clock.advance(minutes=14)
    await alice.receive(alice.entry())
    assert "Received by the study 19:14." in screen.texts()


async def test_when_everything_has_arrived_nothing_waits(alice: Phone) -> None:
    screen = await alice.open()
    alice.confirm_everything()
    alice.state.refresh()
    await screen.settle()
    assert ALL_SENT in screen.texts()


async def test_a_newer_version_is_offered_not_imposed(alice: Phone) -> None:
    alice.host.newer = True
    screen = await alice.open()
    assert "Tonight's diary" in screen.texts()
    await screen.tap("update")
    assert "update" in alice.host.told
