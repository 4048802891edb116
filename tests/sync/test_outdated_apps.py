"""An app that is too old hears nothing but that: it sends what it holds, and keeps what it knows."""

from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from diary_app.core.errors import Code
from diary_app.core.windows import expand
from diary_app.core.wire import Protocol
from diary_app.sync import dialogue
from tests.sync.world import URL, Phone, Server

TODAY = date(2026, 11, 24)


def outdated() -> AbstractContextManager[Any]:
    """Every app speaks a protocol that no server knows any more."""
    return patch.object(dialogue, "CURRENT", Protocol(0, TODAY))


def evenings(alice: Phone) -> int:
    """How many evenings the app can show."""
    return sum(one.expected for one in expand(alice.diary.study(), alice.diary.facts(), TODAY))


async def test_its_evenings_stay_when_the_database_went_back(server: Server, alice: Phone, tmp_path: Path) -> None:
    await server.back_up(tmp_path / "backup")
    await server.restore(tmp_path / "backup")
    before, states = evenings(alice), alice.diary.day_states()
    with outdated():
        for _ in range(3):
            assert (await alice.sync()).code is Code.PROTOCOL_TOO_OLD
        assert before > 0
        assert (evenings(alice), alice.diary.day_states()) == (before, states)
        entry = alice.save(TODAY)
        await alice.sync()
    assert entry.text in server.texts("01-001")
    assert alice.diary.waiting() == 0


async def test_it_hears_everything_once_it_is_updated(server: Server, alice: Phone, tmp_path: Path) -> None:
    await server.back_up(tmp_path / "backup")
    await server.restore(tmp_path / "backup")
    with outdated():
        for _ in range(2):
            await alice.sync()
    alice.save(TODAY)
    await alice.sync()
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_it_sends_every_chain_anew_before_it_is_told(server: Server, alice: Phone, tmp_path: Path) -> None:
    await alice.engine.enrol(server.code("01-001"), URL)
    alice.save(TODAY)
    await alice.sync()
    await server.back_up(tmp_path / "backup")
    await server.restore(tmp_path / "backup")
    with outdated():
        ended = await alice.sync()
    assert (ended.code, ended.waiting) == (Code.PROTOCOL_TOO_OLD, 0)
