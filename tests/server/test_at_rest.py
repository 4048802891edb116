"""What a server has for good is set apart from what the collector walks through, once."""

import gc
from collections.abc import Iterator

import pytest

from server.at_rest import set_apart_after


@pytest.fixture(autouse=True)
def nothing_stays_apart() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_only_what_is_there_after_the_first_time_is_set_apart() -> None:
    kept: list[list[int]] = []

    def work(number: int) -> int:
        kept.extend([number] for _ in range(1_000))
        return number

    often, before = set_apart_after(work), gc.get_freeze_count()
    assert often(1) == 1
    apart = gc.get_freeze_count()
    assert apart >= before + 1_000
    assert often(2) == 2
    assert gc.get_freeze_count() <= apart


def test_work_that_failed_is_not_yet_done() -> None:
    def work(number: int) -> float:
        return 1 / number

    often, before = set_apart_after(work), gc.get_freeze_count()
    with pytest.raises(ZeroDivisionError):
        often(0)
    assert gc.get_freeze_count() <= before
    often(1)
    assert gc.get_freeze_count() > before
