"""A server whose disk is full in storms: it refuses, says so, loses nothing, and confirms nothing that it has not."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.exc import DBAPIError

from diary_app.sync.transport import Answer
from server.db import records
from server.simulate.storm.counts import Kind
from server.simulate.storm.house import House
from server.simulate.storm.steps import Do
from server.simulate.storm.wire import Message
from tests.simulate.stories import Story, lived_through

pytestmark = pytest.mark.usefixtures("quiet")


def full_for_two_evenings() -> Story:
    """What is sent meanwhile waits on the phone."""
    story = Story()
    story.befalls_server(2, 12, Do.SERVER_FULL)
    for day in range(1, 6):
        story.fills_in(day)
        for hour in (18.2, 18.4, 18.6):  # the last pages have room for one or two
            story.happens(day, hour, Do.SYNC, fates=[])
    story.befalls_server(4, 12, Do.SERVER_FREE)
    return story


def killed_while_full() -> Story:
    """The power goes in between, and comes back to a disk that is full."""
    story = full_for_two_evenings()
    story.befalls_server(3, 12, Do.KILL_SERVER, when="after_commit", commits=1, in_job=False)
    return story


def what_has_no_room_is_left_out() -> AbstractContextManager[Any]:
    """Records that cannot be written are passed over, and the rest of their push is committed and confirmed."""
    add = records.add

    def careless(*given: Any) -> None:
        with suppress(DBAPIError):
            add(*given)

    return patch.object(records, "add", careless)


@pytest.mark.parametrize(("story", "kills"), [(full_for_two_evenings, 0), (killed_while_full, 1)])
async def test_nothing_is_lost_while_there_is_no_room(tmp_path: Path, story: Callable[[], Story], kills: int) -> None:
    told, while_full = story(), list[bool]()
    power_back = House._power_back  # noqa: SLF001

    def back(self: House) -> None:
        while_full.append(self._room.is_full)
        power_back(self)

    with patch.object(House, "_power_back", back):
        ended = await lived_through(told.plan(days=8), tmp_path)
    ended.storm.close()
    assert while_full == [True] * kills
    assert ended.storm.house.befell[Kind.SERVER_FULL] > 0
    assert [ended.states()[told.date(day)] for day in range(1, 6)] == ["done"] * 5
    assert ended.found == []


async def test_a_phone_is_told_to_come_again(tmp_path: Path) -> None:
    answers: list[Answer] = []
    answered = House.answer

    async def answer(self: House, message: Message) -> Answer:
        answers.append(await answered(self, message))
        return answers[-1]

    with patch.object(House, "answer", answer):
        ended = await lived_through(full_for_two_evenings().plan(days=8), tmp_path)
    ended.storm.close()
    refused = [one for one in answers if one.status != 200]
    assert refused
    assert all(one.status == 503 and one.retry_after and b"database_unavailable" in one.body for one in refused)


async def test_a_server_that_leaves_out_what_has_no_room_is_found(tmp_path: Path) -> None:
    with what_has_no_room_is_left_out():
        ended = await lived_through(full_for_two_evenings().plan(days=8), tmp_path)
    ended.storm.close()
    assert any("says that everything is sent" in one for one in ended.found), ended.found
