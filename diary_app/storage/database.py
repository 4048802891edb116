"""The phone's SQLite file: how it is opened, how a transaction is made durable, what its failures are called.

Natively the journal is a write-ahead log. In a browser the only files are the ones mounted beforehand, and SQLite's
own syncs do not reach them, so the journal is truncated instead of removed and `flush` follows every commit.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.storage import guards, ladder

Flush = Callable[[], None]


class Journal(StrEnum):
    """How SQLite survives being killed in the middle of a write."""

    WAL = "wal"
    TRUNCATE = "truncate"


PLATFORM_JOURNAL = Journal.TRUNCATE if sys.platform == "emscripten" else Journal.WAL


def nothing_to_flush() -> None:
    """Where the file system itself syncs."""


class Database:
    """One file, one connection, one writer."""

    def __init__(self, path: str, *, flush: Flush = nothing_to_flush, journal: Journal = PLATFORM_JOURNAL) -> None:
        self.path = path
        self.engine = _engine(path, journal)
        self._flush = flush

    def prepare(self, copy_to: str | None = None, steps: Sequence[str] = ladder.STEPS) -> None:
        """Climb the ladder, copying the file first to `copy_to` (default: its path + `.copy`); check the guards.

        Raises `DiaryUnavailable` with the file as it was.
        """
        with self.reading() as connection:
            step = ladder.step_of(connection, steps)
        if 0 < step < len(steps):
            self._copy(copy_to or f"{self.path}.copy")
        if step < len(steps):
            with self.writing() as connection:
                ladder.climb(connection, steps)
        with self.reading() as connection:
            guards.check(connection)

    def check(self) -> None:
        """Look at every page of the file, and whether tables and indexes agree: else records were passed over unseen.

        A year takes some 40 ms in a browser. Raises `DiaryUnavailable` (storage_damaged).
        """
        with self.reading() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
        if found != "ok":
            raise _unavailable(f"malformed: {found}")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view. Raises `DiaryUnavailable`."""
        with _named_failures(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def past_damage(self) -> Iterator[Connection]:
        """A view in which single statements may fail: SQLite commits nothing after that. Raises `DiaryUnavailable`."""
        with _named_failures(), self.engine.connect() as connection:
            view = connection.begin()
            try:
                yield connection
            finally:
                view.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """All or nothing, durable when the block is left. Raises `DiaryUnavailable` with nothing changed."""
        with _named_failures():
            with self.engine.begin() as connection:
                yield connection
            self._flush()

    def reopen(self) -> None:
        """Close the file and open it again, as a new start of the app would."""
        self.engine.dispose()

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    def _copy(self, target: str) -> None:
        with _named_failures(), self.engine.connect() as connection:
            source = connection.connection.driver_connection
            assert source is not None
            ladder.copy_whole(source, target)
        self._flush()


def _engine(path: str, journal: Journal) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 10},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = full")
        connection.execute("PRAGMA temp_store = memory")
        connection.execute("PRAGMA foreign_keys = on")
        connection.execute("PRAGMA recursive_triggers = on")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # sqlite3's own implicit BEGIN would leave schema changes outside the transaction
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("BEGIN IMMEDIATE")

    return engine


#: How SQLite names a file of which some bytes are not as it wrote them.
_OF_DAMAGE = ("malformed", "not a database", "decode")


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise  # a guard spoke: a fault in this program, not of the phone
    except (DatabaseError, sqlite3.Error, OSError, UnicodeDecodeError) as error:  # the last: SQLite quoting damage
        raise _unavailable(str(error)) from error


def _unavailable(why: str) -> DiaryUnavailable:
    if "is full" in why:
        return DiaryUnavailable(
            Code.STORAGE_FULL, "The phone has no room left.", "Delete photos or apps you do not need, then save again."
        )
    if any(words in why for words in _OF_DAMAGE):
        return DiaryUnavailable(
            Code.STORAGE_DAMAGED,
            f"The diary's file is damaged: {why.splitlines()[0]}",
            "Do not use it further; contact the study team, who can read what is left.",
        )
    return DiaryUnavailable(
        Code.STORAGE_UNAVAILABLE,
        f"The diary's file cannot be used: {why.splitlines()[0]}",
        "Close the diary and open it again; if this comes back, contact the study team.",
    )
