"""Bringing a database to this code's schema, alone and in one transaction, and saying no to one that is newer."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from diary_app.core.errors import Code, XerodiaryError
from server.db import guards
from server.db.engine import is_sqlite, reading
from server.db.tables import ERASABLE_TABLES, FACT_TABLES, WORKING_TABLES

_LOCK = 0x5865726F6469  # "Xerodi": the advisory lock that all migrations of all processes share
_BOOKKEEPING = "alembic_version"
#: One file a step, named for its schema: r0001 and what it is for.
_STEPS = Path(__file__).parent / "migrations" / "versions"


class DatabaseTooNew(XerodiaryError):
    """The database was used by a newer release."""


def upgrade(engine: Engine, *, application_role: str | None = None) -> None:
    """Migrate to the newest schema; does nothing when it is there. Raises `DatabaseTooNew`, `GuardsMissing`.

    `application_role`: the PostgreSQL role that serves without owning the tables; it is given its rights again.
    """
    if application_role is None and _is_current(engine):
        return
    with _alone(engine) as connection:
        if revision(connection) != newest():
            _climb(connection, newest())
        guards.check(connection)
        if application_role is not None:
            grant(connection, application_role)


@contextmanager
def filling(engine: Engine, schema: str) -> Iterator[Connection]:
    """A transaction for filling an empty database, at the schema of the rows that are added first; see `finish`."""
    with _alone(engine) as connection:
        if revision(connection) is None:
            _climb(connection, schema)
        yield connection


def finish(connection: Connection, *, application_role: str | None = None) -> None:
    """Bring what was filled to this code's schema. Raises `GuardsMissing`."""
    if revision(connection) != newest():
        _climb(connection, newest())
    guards.check(connection)
    if application_role is not None:
        grant(connection, application_role)


def knows(schema: str) -> bool:
    """Whether this release can bring a database of that schema up to date."""
    return schema in _known()


def newest() -> str:
    """The schema of this code."""
    return max(_known())


def grant(connection: Connection, role: str) -> None:
    """Let a PostgreSQL role add facts, and use the other tables freely, without owning anything."""
    for statement in grant_statements(connection.dialect.identifier_preparer.quote(role)):
        connection.exec_driver_sql(statement)


def grant_statements(role: str) -> tuple[str, ...]:
    """The SQL that `grant` runs, for who would rather run it by hand; `role` is quoted already."""
    facts = ", ".join(str(row.__tablename__) for row in FACT_TABLES)
    others = ", ".join(str(row.__tablename__) for row in (*WORKING_TABLES, *ERASABLE_TABLES))
    return (
        f"REVOKE ALL ON {facts}, {others}, {_BOOKKEEPING} FROM {role}",
        f"GRANT SELECT, INSERT ON {facts} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {others} TO {role}",
        f"GRANT SELECT ON {_BOOKKEEPING} TO {role}",
    )


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:  # on SQLite this is the write lock of the whole file
        if not is_sqlite(connection):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


def _is_current(engine: Engine) -> bool:
    with reading(engine) as connection:
        return revision(connection) == newest()


def revision(connection: Connection) -> str | None:
    """The database's schema, None when it is empty. Raises `DatabaseTooNew` for one that this code does not know."""
    current = _noted(connection)
    if current is not None and not knows(current):
        raise DatabaseTooNew(
            Code.DATABASE_TOO_NEW,
            f"The database has schema {current}; this release knows schemas up to {newest()}.",
            "Install the newer release again, or restore the backup made before it.",
        )
    return current


def _noted(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_BOOKKEEPING):
        return None
    found: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {_BOOKKEEPING}").scalar_one_or_none()  # noqa: S608
    return found


def _climb(connection: Connection, schema: str) -> None:
    from server.db import ladder  # noqa: PLC0415 - what it stands on is large, and hardly a start migrates

    ladder.climb(connection, schema)


@cache
def _known() -> frozenset[str]:
    return frozenset(file.stem[1:5] for file in _STEPS.glob("r[0-9]*.py"))
