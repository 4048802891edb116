"""Where works wait for the thread that does them: it is woken once for as many as it hopes for, not for each.

Each time a thread is woken, it and the one that woke it take turns at Python's interpreter lock; with a work each that
was a tenth of a sync.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Full(Exception):
    """As many wait as may."""


class Closed(Exception):
    """Nothing more is let in."""


class WaitingRoom(Generic[T]):
    """Any thread puts in; one takes out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._there: deque[T] = deque()
        self._changed = threading.Condition()
        self._hoped_for = 1
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._there)

    @property
    def is_open(self) -> bool:
        """Whether anything is let in."""
        return not self._is_closed

    def put(self, one: T) -> None:
        """Let it in. Raises `Full`, `Closed`."""
        with self._changed:
            if self._is_closed:
                raise Closed
            if len(self._there) >= self._most:
                raise Full
            self._there.append(one)
            if len(self._there) >= self._hoped_for:
                self._changed.notify()

    def close(self) -> None:
        """Let nothing more in; what is there is still taken out."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self, most: int, hoped_for: int, patience: float) -> list[T]:
        """Wait for one, then for others up to so many as long as any came in so many seconds; none when it is closed.

        At most `most` in the order in which they came.
        """
        with self._changed:
            self._hoped_for = 1
            while not self._there and not self._is_closed:
                self._changed.wait()
            self._hoped_for, before = hoped_for, 0
            while before < len(self._there) < hoped_for and not self._is_closed:
                before = len(self._there)
                self._changed.wait(patience)
            return [self._there.popleft() for _ in range(min(most, len(self._there)))]
