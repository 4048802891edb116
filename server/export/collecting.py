"""Python's search for cycles held off while one participant is read or written.

It runs after so many new objects, and from time to time over every object that the process has. Thousands of rows
without a cycle set it off again and again; a tenth of an export went into it.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """For some hundredths of a second, as nothing is collected in other threads either."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
