"""Opening the database: the same promises on SQLite and PostgreSQL.

Every transaction of a plain engine may write and takes SQLite's write lock at its start (`BEGIN IMMEDIATE`), so that it
never fails half-way. `reading(engine)` gives a transaction that cannot write, holds up nobody and sees one snapshot.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from diary_app.core.errors import Code, RequestRefused, XerodiaryError
from server.db import driver

BUSY_SECONDS = 10
RETRY_SECONDS = 5
KEPT_OPEN = 15  # opening one costs more than everything a short request does with it
#: Statements that a connection keeps parsed: the server has more than the driver's 128, and parsed them at every use.
_PARSED = 1000
_SWITCHES = 20
_WAL = "PRAGMA journal_mode = WAL"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
)
#: The database cannot be used, or no connection to it is free: whoever is not answering a request tries again later.
NOT_NOW = (DBAPIError, NoConnectionFree)
#: A firewall that drops a connection tells nobody; the system alone would wait a quarter of an hour for an answer.
_NOTICING = {
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": BUSY_SECONDS * 1000,
}  # fmt: skip
_DURABLE = ("on", "remote_apply")
#: SQLite: busy, locked, no memory, read-only, I/O, corrupt, full, cannot open, lock protocol.
_SQLITE_TROUBLE = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 15})
#: PostgreSQL: connection, transaction rolled back by the server, no resources, operator, system.
_POSTGRESQL_TROUBLE = ("08", "40", "53", "57", "58")
_POSTGRESQL_FULL = "53100"


class DatabaseUnavailable(XerodiaryError):
    """The database cannot be opened or used as it is set up."""


def make_engine(url: str | URL) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://...`; nothing is opened before the first use."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite" if parsed.database in (None, "", ":memory:"):
            raise DatabaseUnavailable(
                Code.SETTING_INVALID,
                "A database in memory forgets everything that it has receipted.",
                "Set XERODIARY_DATABASE_URL to sqlite:///path/to/file.sqlite.",
            )
        case "sqlite":
            return _sqlite(parsed)
        case "postgresql":
            return _postgresql(parsed)
    raise DatabaseUnavailable(
        Code.SETTING_INVALID,
        f"{parsed.get_backend_name()} is not a database that Xerodiary can use.",
        "Set XERODIARY_DATABASE_URL to sqlite:///path/to/file.sqlite or postgresql://user:password@host/name.",
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only transaction on one snapshot; writing through it raises."""
    options: dict[str, Any] = (
        {"reading": True} if is_sqlite(engine) else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    )
    with engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def looking_again(engine: Engine) -> Iterator[Callable[[], AbstractContextManager[Connection]]]:
    """For many small reads one after the other, each of which sees what was committed until then.

    On PostgreSQL they share a connection, as every new transaction costs several messages to and fro.
    """
    if is_sqlite(engine):
        yield lambda: reading(engine)
        return
    with engine.connect() as connection:
        shared = connection.execution_options(isolation_level="AUTOCOMMIT")
        yield lambda: nullcontext(shared)


def is_sqlite(source: Engine | Connection) -> bool:
    """Which of the two dialects."""
    return source.dialect.name == "sqlite"


def at_file(file: Path) -> Engine:
    """An engine for that SQLite file, whatever its path: in the text of an address ? and % say something else."""
    return make_engine(URL.create("sqlite", database=str(file)))


def sqlite_file(engine: Engine) -> Path | None:
    """Where the SQLite database is; None on PostgreSQL."""
    return Path(str(engine.url.database)) if is_sqlite(engine) else None


def check_durability(connection: Connection) -> None:
    """Raises `DatabaseUnavailable` when PostgreSQL would confirm a commit before it is on disk."""
    if is_sqlite(connection):
        return
    level = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    if level not in _DURABLE:
        raise DatabaseUnavailable(
            Code.SETTING_INVALID,
            f"PostgreSQL's synchronous_commit is {level}: a receipt could be sent for an entry that is lost.",
            "Set synchronous_commit = on for this database or role.",
        )


def is_trouble(error: DBAPIError) -> bool:
    """Whether the database itself is in trouble (full, lost, locked), rather than one statement at fault."""
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_TROUBLE
    state = getattr(error.orig, "sqlstate", None)
    return state.startswith(_POSTGRESQL_TROUBLE) if state else type(error.orig).__name__ == "OperationalError"


def is_rolled_back(error: DBAPIError) -> bool:
    """Whether PostgreSQL undid a transaction because of another one, so that it may succeed when it is run again."""
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("40")


def is_full(error: DBAPIError) -> bool:
    """Whether the database has no room on its disk."""
    number, state = getattr(error.orig, "sqlite_errorcode", 0), getattr(error.orig, "sqlstate", None)
    return number & 0xFF == sqlite3.SQLITE_FULL or state == _POSTGRESQL_FULL


def unavailable(error: DBAPIError) -> RequestRefused:
    """What a phone or a browser is told then; it names nothing of the statement or its values."""
    return RequestRefused(
        Code.DATABASE_UNAVAILABLE,
        "The database cannot be used just now ({what}).",
        "Nothing is lost: what was not confirmed is sent again. Whoever runs the server checks disk and database.",
        retry_after=RETRY_SECONDS,
        what=getattr(error.orig, "sqlite_errorname", None) or type(error.orig).__name__,
    )


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "cached_statements": _PARSED},
        hide_parameters=True,
        pool_size=KEPT_OPEN,
        max_overflow=0,
    )
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(_dialect: object, _record: object, said: Sequence[Any], _named: object) -> None:
    """A new file is for its owner only, whatever the umask; SQLite gives what it lays beside it the same rights."""
    with suppress(OSError):  # it is there already, or SQLite says why it cannot be made
        os.close(os.open(said[0], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver would open deferred transactions, and only before some statements
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    _switch_to_wal(connection)


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Where another process is just setting the file up, SQLite says "locked" at once, whatever the busy timeout."""
    for _ in range(_SWITCHES):
        try:
            connection.execute(_WAL)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN EXCLUSIVE")  # here the busy timeout holds: it waits for whoever has the file
            connection.execute("ROLLBACK")
        else:
            return
    connection.execute(_WAL)


def _begin_sqlite(connection: Connection) -> None:
    only_reads = bool(connection.get_execution_options().get("reading"))
    if connection.info.get("only_reads") != only_reads:
        driver.begin(connection, f"PRAGMA query_only = {'ON' if only_reads else 'OFF'}")
        connection.info["only_reads"] = only_reads
    driver.begin(connection, "BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    noticing = {name: value for name, value in _NOTICING.items() if name not in url.query}
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"options": "-c timezone=UTC", "connect_timeout": BUSY_SECONDS, **noticing},
        pool_pre_ping=True,
        hide_parameters=True,  # an error may be logged, the values of a statement may not
    )
