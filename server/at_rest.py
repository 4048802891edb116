"""What a server has in memory for good, set apart, so that the collector of Python does not walk through it again.

Walking through modules, questionnaires and a long call list takes a fifth of a second and more, in which nobody is
answered. Whatever is set apart is still freed when nothing refers to it any more, unless it refers to itself.
"""

import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def set_apart() -> None:
    """Collect once more, then set apart what is there."""
    gc.collect()
    gc.freeze()


def set_apart_after(first: Callable[Given, Result]) -> Callable[Given, Result]:
    """The same work; what is there when it was done for the first time is set apart."""
    is_done = False

    def work(*given: Given.args, **named: Given.kwargs) -> Result:
        nonlocal is_done
        result = first(*given, **named)
        if not is_done:
            is_done = True
            set_apart()
        return result

    return work
