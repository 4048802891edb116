"""Python's search for cycles held off while one participant is read or written.

It runs after so many new objects, and from time to time over every object that the process has. Thousands of rows
without a cycle set it off again and again; a tenth of an export went into it.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Inside:
    """How many are at it, and whether the search was on before the first came."""

    def __init__(self) -> None:
        self.lock, self.number, self.was_on = Lock(), 0, False


_INSIDE = _Inside()


@contextmanager
def uncollected() -> Iterator[None]:
    """For one participant at a time, as nothing is collected in other threads either; the last one out ends it."""
    with _INSIDE.lock:
        if _INSIDE.number == 0:
            _INSIDE.was_on = gc.isenabled()
            gc.disable()
        _INSIDE.number += 1
    try:
        yield
    finally:
        with _INSIDE.lock:
            _INSIDE.number -= 1
            if _INSIDE.number == 0 and _INSIDE.was_on:
                gc.enable()
