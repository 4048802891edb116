"""The app is open in two windows on one phone: they take turns with the server, which sees one phone."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Awaitable, Callable
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.storage import one_window
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.transport import Answer
from tests.sync.world import URL, Phone, Server

Phones = Callable[[str], Phone]
TALK = """
import sys, time
from diary_app.storage.one_window import alone
with alone(sys.argv[1]):
    print("talking", flush=True)
    time.sleep(60)
"""


def before_the_answer_is_read(phone: Phone, act: Callable[[], Awaitable[None]]) -> None:
    """`act` happens once, when an answer is on its way back."""
    post, to_do = phone.network.post, [act]

    async def slow(path: str, body: bytes, token: str | None = None) -> Answer:
        answer = await post(path, body, token)
        while to_do:
            await to_do.pop()()
        return answer

    phone.network.post = slow  # type: ignore[method-assign]


async def test_a_window_does_not_send_while_the_other_one_does(alice: Phone, phone: Phones, server: Server) -> None:
    beside = phone("alice")
    ended: list[SyncOutcome] = []

    async def other_window() -> None:
        for _ in range(2):
            server.environment.advance(seconds=1)
            ended.append(await beside.sync())

    before_the_answer_is_read(alice, other_window)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert [(one.standing, one.code) for one in ended] == [(Standing.WAITING, Code.SENDING_ELSEWHERE)] * 2
    for one in (beside, alice, beside):
        server.environment.advance(seconds=1)
        assert (await one.sync()).standing is Standing.ALL_SENT
    assert server.rows("SELECT state, doubtful FROM device") == [("active", 0)]


async def test_what_another_window_saves_last_is_not_called_sent(alice: Phone, phone: Phones, server: Server) -> None:
    beside = phone("alice")
    exchange = alice.engine._dialogue.exchange_all  # noqa: SLF001

    async def and_then_another_saves() -> None:
        await exchange()
        beside.save(server.environment.now().date())

    with patch.object(alice.engine._dialogue, "exchange_all", and_then_another_saves):  # noqa: SLF001
        ended = await alice.sync()
    assert (ended.standing, ended.waiting) == (Standing.WAITING, 1)
    assert (await alice.sync()).standing is Standing.ALL_SENT


async def test_two_windows_do_not_enrol_at_once(server: Server, phone: Phones) -> None:
    first, second = phone("alice"), phone("alice")
    code = server.code("01-001")
    refused: list[Code] = []

    async def other_window() -> None:
        with pytest.raises(DiaryUnavailable) as told:
            await second.engine.enrol(code, URL)
        refused.append(told.value.code)

    before_the_answer_is_read(first, other_window)
    await first.engine.enrol(code, URL)
    assert refused == [Code.SENDING_ELSEWHERE]
    assert server.rows("SELECT state, doubtful FROM device") == [("active", 0)]
    assert second.diary.installation() is not None


async def test_a_window_that_was_killed_while_it_sent_holds_up_nobody(alice: Phone) -> None:
    other = await create_subprocess_exec(sys.executable, "-c", TALK, str(alice.file), stdout=PIPE)
    assert other.stdout is not None
    assert await other.stdout.readline() == b"talking\n"
    assert (await alice.sync()).code is Code.SENDING_ELSEWHERE
    other.kill()
    await other.wait()
    assert (await alice.sync()).standing is Standing.ALL_SENT


async def test_a_phone_without_room_for_the_lock_sends_all_the_same(
    alice: Phone, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_window, "SUFFIX", "/no such folder/lock")
    alice.save(server.environment.now().date())
    assert (await alice.sync()).standing is Standing.ALL_SENT
