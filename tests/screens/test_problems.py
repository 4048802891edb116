"""When the diary cannot be shown, or cannot be sent: what happened, what it means, what to do."""

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.journal import Journal
from diary_app.places import Problem
from diary_app.screens.problem import EXPLANATIONS
from diary_app.sync.outcome import Standing, SyncOutcome, all_sent
from diary_app.widgets.foot import ALL_SENT, TROUBLED, WAITING
from tests.screens.conftest import CODE, Phone


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


async def test_an_app_too_old_for_the_study_is_told_to_update(alice: Phone) -> None:
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 0, Code.PROTOCOL_TOO_OLD))
    await screen.settle()
    assert EXPLANATIONS[Problem.UPDATE].happened in screen.texts()
    await screen.tap("remedy")
    assert "update" in alice.host.told


async def test_what_is_sent_is_said_in_words(alice: Phone) -> None:
    screen = await alice.open()
    assert WAITING in screen.texts()
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
