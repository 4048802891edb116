"""Works wait for one thread, which takes what is there, and a little longer for as many as it hopes for."""

import threading
from concurrent.futures import Future

import pytest

from server.db.waiting_room import Closed, Full, WaitingRoom
from tests.server.gate import PATIENCE

A_MOMENT = 0.01


def taken(room: WaitingRoom[str], hoped_for: int) -> "Future[list[str]]":
    """By another thread, which keeps nobody from ending when it waits for ever."""
    future: Future[list[str]] = Future()
    threading.Thread(target=lambda: future.set_result(room.take(10, hoped_for, 10 * PATIENCE)), daemon=True).start()
    return future


def test_what_is_there_is_taken_in_the_order_in_which_it_came() -> None:
    room = WaitingRoom[str](10)
    for name in "abc":
        room.put(name)
    assert room.take(2, hoped_for=1, patience=PATIENCE) == ["a", "b"]
    assert room.take(2, hoped_for=1, patience=PATIENCE) == ["c"]


def test_whoever_takes_is_woken_by_the_first_one() -> None:
    room = WaitingRoom[str](10)
    waiting = taken(room, hoped_for=1)
    room.put("a")
    assert waiting.result(PATIENCE) == ["a"]


def test_as_many_are_waited_for_as_are_hoped_for() -> None:
    room = WaitingRoom[str](10)
    room.put("a")
    waiting = taken(room, hoped_for=3)
    room.put("b")
    room.put("c")
    assert waiting.result(PATIENCE) == ["a", "b", "c"]


def test_nobody_waits_for_those_who_do_not_come() -> None:
    room = WaitingRoom[str](10)
    room.put("a")
    assert room.take(10, hoped_for=5, patience=A_MOMENT) == ["a"]


def test_a_closed_room_is_emptied_and_lets_nothing_in() -> None:
    room = WaitingRoom[str](10)
    room.put("a")
    room.close()
    with pytest.raises(Closed):
        room.put("b")
    assert room.take(10, hoped_for=5, patience=PATIENCE) == ["a"]
    assert room.take(10, hoped_for=5, patience=PATIENCE) == []


def test_whoever_takes_is_woken_when_it_closes() -> None:
    room = WaitingRoom[str](10)
    waiting = taken(room, hoped_for=1)
    room.close()
    assert waiting.result(PATIENCE) == []


def test_only_so_many_wait() -> None:
    room = WaitingRoom[str](1)
    room.put("a")
    with pytest.raises(Full):
        room.put("b")
    assert len(room) == 1
