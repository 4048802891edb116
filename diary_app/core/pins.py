"""How a diary stands to its PIN, and which PINs are too easy to guess to be chosen.

A PIN that is in use opens the diary however easy it is.
"""

from enum import StrEnum

_UP = "01234567890"
_DOWN = _UP[::-1]


class Lock(StrEnum):
    """How the diary on this phone stands to its PIN."""

    NO_PIN = "no_pin"
    LOCKED = "locked"
    OPEN = "open"


def is_easy(pin: str) -> bool:
    """The same digit throughout, digits in a row, or a pattern that repeats."""
    return pin in _UP or pin in _DOWN or _repeats(pin)


def _repeats(pin: str) -> bool:
    """Whether a first part of at most half the length goes on to the end: 1111, 1212, 12121, 258258."""
    lengths = range(1, len(pin) // 2 + 1)
    return any(pin == (pin[:length] * len(pin))[: len(pin)] for length in lengths)
