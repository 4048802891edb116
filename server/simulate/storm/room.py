"""Room on a disk in a storm: while it is full, SQLite gets no page more than are left, whoever opens the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

_PLENTY = 2**30


class Room:
    """What is left on one disk, which several databases in turn may lie on: pages for each, while it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.left = 0

    def of(self, engine: Engine) -> None:
        """That engine's database lies on it; nothing of the engine is in use yet."""

        event.listen(engine, "connect", self._limit)

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Every database that is opened meanwhile lies on it, whoever makes the engine."""
        event.listen(Engine, "connect", self._limit)
        try:
            yield
        finally:
            event.remove(Engine, "connect", self._limit)

    def fill(self, engine: Engine) -> None:
        """There is none from now on."""
        self._set(engine, is_full=True)

    def free(self, engine: Engine) -> None:
        """There is room again."""
        self._set(engine, is_full=False)

    def _limit(self, connection: sqlite3.Connection, _: object) -> None:
        if self.is_full:
            (size,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {max(1, size + self.left)}")

    def _set(self, engine: Engine, *, is_full: bool) -> None:
        self.is_full = is_full
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute(f"PRAGMA max_page_count = {1 if is_full else _PLENTY}")
