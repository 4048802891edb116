"""The database as a rehearsal at the terminal finds it: opened to be read, never brought up to date, never written to.

A command that opens it in the usual way would make the configured study file live.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.study_versions import InForce
from server.db import migrate, participants, state
from server.db.engine import make_engine, reading, sqlite_file
from server.licensing import Licensed, read_folder
from server.live_study import versions_of
from server.rehearsal.proposed import Ground
from server.services import reachable
from server.settings import Settings
from server.ways import require_guarded


@dataclass(frozen=True)
class Opened:
    """A snapshot of the database, and what a new version is held against."""

    connection: Connection
    ground: Ground


@contextmanager
def opened(settings: Settings, today: date) -> Iterator[Opened]:
    """Of the study that was live last. Raises `CommandRefused` where there is none, `XerodiaryError`."""
    require_guarded(settings)
    licensed, engine = read_folder(settings.licence_folder), make_engine(settings.database_url)
    try:
        _require_there(engine)
        with reachable(), reading(engine) as connection:
            yield Opened(connection, ground_of(connection, _versions(connection), licensed, today))
    finally:
        engine.dispose()


def ground_of(connection: Connection, versions: tuple[InForce, ...], licensed: Licensed, today: date) -> Ground:
    """What a new version is held against, with the sites that have participants by now."""
    return Ground(versions, licensed, frozenset(participants.sites(connection)), today)


def _versions(connection: Connection) -> tuple[InForce, ...]:
    """Of the study that was live last. Raises `CommandRefused`."""
    schema = migrate.revision(connection)
    study = state.newest_study(connection) if schema == migrate.newest() else None
    if schema is not None and schema != migrate.newest():
        raise CommandRefused(
            Code.DATABASE_UNAVAILABLE,
            "The database has schema {schema}, and this release works with {newest}.",
            "Start the server once with this release and the study file that is in use.",
            schema=schema,
            newest=migrate.newest(),
        )
    if study is None:
        raise _nothing_live()
    return versions_of(connection, study)


def _require_there(engine: Engine) -> None:
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        raise _nothing_live()


def _nothing_live() -> CommandRefused:
    return CommandRefused(
        Code.NOT_FOUND,
        "No version of a study is live in this database.",
        "Look at XERODIARY_DATABASE_URL; before a server has run there is nobody whom a version could touch.",
    )
