"""Bringing what the writer's thread has finished to the event loop: all of a batch with one call.

`asyncio.wrap_future` wakes the loop once for each, and each time both threads wait for Python's interpreter lock.
"""

import asyncio
import threading
from collections.abc import MutableMapping
from concurrent.futures import Future
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")
Waiting = tuple["asyncio.Future[Any]", Future[Any]]


async def finished(done: Future[T]) -> T:
    """What it came to; raises what it raised. Who is cancelled while waiting cancels it, if it has not begun."""
    if done.done() and not done.cancelled():
        return done.result()
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[T] = loop.create_future()
    letter_box = _LETTER_BOXES.get(loop) or _LETTER_BOXES.setdefault(loop, _LetterBox())
    done.add_done_callback(lambda it: letter_box.put(loop, waiter, it))
    try:
        return await waiter
    except asyncio.CancelledError:
        done.cancel()
        raise


class _LetterBox:
    """What is finished and not yet told to those who wait on one loop, which it does not keep alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: list[Waiting] = []

    def put(self, loop: asyncio.AbstractEventLoop, waiter: "asyncio.Future[Any]", done: Future[Any]) -> None:
        """From any thread; the loop is woken for the first one only. Nobody waits any more on one that is closed."""
        with self._lock:
            self._letters.append((waiter, done))
            is_first = len(self._letters) == 1
        if is_first and not loop.is_closed():
            loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        with self._lock:
            letters, self._letters = self._letters, []
        for waiter, done in letters:
            _tell(waiter, done)


def _tell(waiter: "asyncio.Future[Any]", done: Future[Any]) -> None:
    if waiter.done():
        return
    if done.cancelled():
        waiter.cancel()
    elif error := done.exception():
        waiter.set_exception(error)
    else:
        waiter.set_result(done.result())


_LETTER_BOXES: MutableMapping[asyncio.AbstractEventLoop, _LetterBox] = WeakKeyDictionary()
