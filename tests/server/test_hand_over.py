"""What the writer's thread has finished reaches those who wait on the event loop."""

import asyncio
import threading
from concurrent.futures import Future

import pytest

from server.api.hand_over import finished


async def test_everybody_gets_what_is_theirs_from_another_thread() -> None:
    works: list[Future[int]] = [Future() for _ in range(200)]
    waiting = [asyncio.ensure_future(finished(work)) for work in works]
    await asyncio.sleep(0)

    def finish() -> None:
        for number, work in enumerate(works):
            work.set_result(number)

    thread = threading.Thread(target=finish)
    thread.start()
    assert await asyncio.gather(*waiting) == list(range(200))
    thread.join()


async def test_what_was_finished_before_is_handed_over_too() -> None:
    done: Future[str] = Future()
    done.set_result("stored")
    assert await finished(done) == "stored"


async def test_what_a_work_raised_is_raised_for_who_waits_for_it_alone() -> None:
    good, guilty = Future[str](), Future[str]()
    waiting = asyncio.gather(finished(good), finished(guilty), return_exceptions=True)
    await asyncio.sleep(0)
    guilty.set_exception(ValueError("mine"))
    good.set_result("stored")
    result, error = await waiting
    assert result == "stored"
    assert str(error) == "mine"


async def test_who_gives_up_takes_back_what_has_not_begun() -> None:
    work: Future[str] = Future()
    waiting = asyncio.ensure_future(finished(work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.cancelled()
