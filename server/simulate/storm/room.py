"""Room on a disk in a storm: while it is full, SQLite gets no page more than are left, whoever opens the database."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from diary_app.core.errors import XerodiaryError
from server.db.engine import is_full
from server.full_disk import DiskFull

_PLENTY = 2**30
#: As SQLite names it, and the server after it.
_FULL = "SQLITE_FULL"
_CHANGES = "changes before this transaction"


class Room:
    """What is left on one disk, which several databases in turn may lie on, while it is full: so many pages for each.

    None: there is not even room for the log of a transaction, so that whoever changed anything fails to commit.
    """

    def __init__(self) -> None:
        self.is_full = False
        self.left: int | None = 0

    def of(self, engine: Engine | type[Engine], *, may_lack_a_log: bool = True) -> None:
        """That engine's database lies on it; nothing of the engine is in use yet.

        `may_lack_a_log`: whether `left` may be None; listening to each commit of a phone costs as much as many of them.
        """
        event.listen(engine, "connect", self._limit)
        if may_lack_a_log:
            event.listen(engine, "commit", self._refuse)

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Every database that is opened meanwhile lies on it, whoever makes the engine."""
        self.of(Engine)
        try:
            yield
        finally:
            event.remove(Engine, "connect", self._limit)
            event.remove(Engine, "commit", self._refuse)

    def explains(self, said: DBAPIError | XerodiaryError | str) -> bool:
        """Whether something was refused for want of it, in the database's own words, while there was none."""
        match said:
            case DBAPIError():
                is_about_it = is_full(said)
            case DiskFull():
                is_about_it = True
            case XerodiaryError():
                is_about_it = _FULL in said.message
            case _:
                is_about_it = _FULL in said
        return is_about_it and self.is_full

    def fill(self, engine: Engine) -> None:
        """There is none from now on."""
        self._set(engine, is_full=True)

    def free(self, engine: Engine) -> None:
        """There is room again."""
        self._set(engine, is_full=False)

    def _limit(self, connection: sqlite3.Connection, _: object) -> None:
        if self.is_full and self.left is not None:
            (size,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {max(1, size + self.left)}")

    def _refuse(self, connection: Connection) -> None:
        """As SQLite does where its log cannot be written; whoever fails to commit rolls back."""
        if not self.is_full or self.left is not None:
            return  # whoever is connected when that changes connects anew, so that nothing has to be counted before
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        before, connection.info[_CHANGES] = connection.info.get(_CHANGES, 0), driver.total_changes
        if driver.total_changes > before:
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode, full.sqlite_errorname = sqlite3.SQLITE_FULL, _FULL
            raise OperationalError("COMMIT", {}, full)

    def _set(self, engine: Engine, *, is_full: bool) -> None:
        self.is_full = is_full
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute(f"PRAGMA max_page_count = {1 if is_full else _PLENTY}")
