"""The study's own database, looked at without changing anything in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from diary_app.core.environment import Environment
from diary_app.core.errors import XerodiaryError
from server.db import guards, migrate
from server.db.engine import check_durability, is_sqlite, make_engine, reading, sqlite_file
from server.qualify.finding import Finding, Verdict, held
from server.settings import Settings
from server.trail.verify import verify

CLOCKS_APART = timedelta(seconds=5)
REACHABLE = "database: reachable"


def database(settings: Settings, environment: Environment) -> Iterator[Finding]:
    """Reachable, at the newest schema, guarded, durable, its trail whole, its clock ours."""
    engine = make_engine(settings.database_url)
    remedy = "Check XERODIARY_DATABASE_URL and that the database runs; `xerodiary db upgrade` makes it."
    file = sqlite_file(engine)
    if file is not None and not file.is_file():  # opening it would create it
        yield held(REACHABLE, "it answers", f"{file} is not there", holds=False, remedy=remedy)
        return
    try:
        with reading(engine) as connection:
            yield Finding(REACHABLE, "it answers", _version(connection), Verdict.PASSED)
            yield from _looked_at(connection, environment)
    except (DBAPIError, XerodiaryError) as error:
        seen = error.message if isinstance(error, XerodiaryError) else type(error.orig).__name__
        yield held(REACHABLE, "it answers", seen, holds=False, remedy=remedy)
    finally:
        engine.dispose()


def _looked_at(connection: Connection, environment: Environment) -> Iterator[Finding]:
    yield _clock(connection, environment)
    revision, newest = migrate.revision(connection), migrate.newest()
    yield held(
        "database: schema", newest, revision or "empty", holds=revision == newest, remedy="xerodiary db upgrade",
    )  # fmt: skip
    if revision != newest:
        return
    yield _refusal("database: guards", "no fact can be changed", lambda: guards.check(connection))
    yield _refusal("database: durable", "a commit is on disk", lambda: check_durability(connection))
    flaws = len(verify(connection).found)
    yield held(
        "database: trail", "nothing was changed, left out or cut off", f"{flaws} flaws", holds=not flaws,
        remedy="xerodiary verify names them; keep the database as it is.",
    )  # fmt: skip


def _refusal(name: str, expected: str, check: Callable[[], None]) -> Finding:
    try:
        check()
    except XerodiaryError as error:
        return held(name, expected, error.message, holds=False, remedy=error.remedy)
    return Finding(name, expected, "so it is", Verdict.PASSED)


def _version(connection: Connection) -> str:
    if is_sqlite(connection):
        return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar_one()}"
    return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


def _clock(connection: Connection, environment: Environment) -> Finding:
    """On SQLite both are the same machine's; on PostgreSQL they need not be."""
    statement = (
        "SELECT strftime('%s', 'now')" if is_sqlite(connection) else "SELECT extract(epoch FROM clock_timestamp())"
    )
    theirs = datetime.fromtimestamp(float(connection.exec_driver_sql(statement).scalar_one()), UTC)
    apart = abs(environment.now() - theirs)
    return held(
        "clock: database", f"at most {CLOCKS_APART.seconds} s from ours", f"{apart.total_seconds():.0f} s",
        holds=apart <= CLOCKS_APART, remedy="Let both machines follow a time server.",
    )  # fmt: skip
