"""The state of sending in words: how much waits, whether there is a connection, when the study was last heard."""

import pytest

from diary_app.core.errors import Code
from diary_app.sync.outcome import Standing, SyncOutcome, all_sent, offline
from diary_app.sync.transport import ServerUnreachable
from diary_app.sync.trouble import Hindrance
from diary_app.widgets.foot import ALL_SENT, HINDERED, TROUBLED
from tests.screens.conftest import Phone
from tests.screens.driving import Screen

WAITS = "It is sent by itself when there is a connection."
THEY_WAIT = "They are sent by themselves when there is a connection."


async def saved_twice(phone: Phone) -> Screen:
    """The evening is filled in, and one answer changed."""
    screen = await phone.open()
    await screen.tap("start")
    await phone.fill_in()
    await screen.tap("save")
    await phone.pass_time(minutes=30)
    await screen.tap("change")
    await screen.tap("line-DMD01")
    await screen.choose(8)
    await screen.tap("next")
    await screen.tap("save")
    await phone.pass_time(minutes=30)
    return screen


async def test_days_whose_answers_wait_are_counted_and_not_versions(alice: Phone) -> None:
    screen = await saved_twice(alice)
    assert alice.diary.waiting() > 2
    assert f"Not sent yet: answers from one day. {THEY_WAIT}" in screen.texts()
    await screen.tap("settings")
    lines = {"Saved here: answers from one day.", f"Not sent yet: answers from one day. {THEY_WAIT}"}
    assert lines <= set(screen.texts())


async def test_where_no_answers_wait_it_says_only_that_something_does(alice: Phone) -> None:
    screen = await alice.open()
    assert f"Not everything has been sent yet. {WAITS}" in screen.texts()


async def test_without_a_connection_it_says_so(alice: Phone) -> None:
    screen = await saved_twice(alice)
    alice.state.heard(offline(1, ServerUnreachable()))
    await screen.settle()
    assert f"No connection just now. Not sent yet: answers from one day. {THEY_WAIT}" in screen.texts()


@pytest.mark.parametrize("hindrance", Hindrance)
async def test_what_can_be_done_about_the_network_here_is_said(alice: Phone, hindrance: Hindrance) -> None:
    screen = await saved_twice(alice)
    alice.state.heard(SyncOutcome(Standing.OFFLINE, 1, hindrance=hindrance))
    await screen.settle()
    assert HINDERED[hindrance] in screen.texts()
    assert "log in first" in HINDERED[hindrance]


async def test_about_the_network_nothing_is_said_while_nothing_waits(alice: Phone) -> None:
    alice.confirm_everything()
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.OFFLINE, 0, hindrance=Hindrance.NO_ANSWER))
    await screen.settle()
    assert HINDERED[Hindrance.NO_ANSWER] not in screen.texts()


@pytest.mark.parametrize(("days", "is_said"), [(2, False), (21, True)])
async def test_after_days_offline_it_is_said_what_to_do(alice: Phone, days: int, is_said: bool) -> None:
    alice.confirm_everything()
    screen = await alice.open()
    await alice.pass_time(days=days)
    await screen.tap("start")
    await alice.fill_in()
    await screen.tap("save")
    alice.state.heard(offline(1, ServerUnreachable()))
    await screen.settle()
    words = f"The study has heard nothing from this phone for {days} days."
    assert (words in screen.reads) is is_said


async def test_when_all_is_sent_it_says_when_the_study_was_heard(alice: Phone) -> None:
    screen = await alice.open()
    alice.confirm_everything()
    alice.state.heard(all_sent())
    await screen.settle()
    assert {ALL_SENT, "Last contact today at 19:00."} <= set(screen.texts())


async def test_an_older_contact_has_its_day(alice: Phone) -> None:
    alice.confirm_everything()
    screen = await alice.open()
    await alice.pass_time(days=2)
    assert "Last contact Sunday 22 November at 19:00." in screen.texts()


async def test_nothing_to_send_and_no_connection_is_no_trouble(alice: Phone) -> None:
    alice.confirm_everything()
    screen = await alice.open()
    alice.state.heard(offline(0, ServerUnreachable()))
    await screen.settle()
    assert ALL_SENT in screen.texts()


async def test_a_problem_says_whom_to_call(alice: Phone) -> None:
    screen = await alice.open()
    alice.state.heard(SyncOutcome(Standing.PROBLEM, 1, Code.DEVICE_UNKNOWN))
    await screen.settle()
    assert TROUBLED.format(phone="12\u00a034\u00a056\u00a078") in screen.texts()
