"""What every part of the server works with, opened once per process and handed down."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, XerodiaryError
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce
from server.access.account_names import note_missing
from server.access.resealing import reseal
from server.background import Background
from server.backup import mark
from server.clocks import Latest
from server.db import guards, migrate, state, vocabulary
from server.db.devices import Activation
from server.db.engine import DatabaseUnavailable, check_durability, is_sqlite, make_engine, reading, sqlite_file
from server.db.writer import InlineWriter, ThreadedWriter, Writer
from server.full_disk import DATABASE, room_for
from server.licensing import Licensed, read_folder
from server.live_study import keep_study, read_study, require_usable, versions_in_force
from server.measured import Measured
from server.own_secret import former_secret, own_secret
from server.push_services import PushServices, push_services
from server.sealing import SealingKey, another_key, sealing_key
from server.secret_files import make_folder
from server.settings import Settings
from server.ways import require_guarded

_STARTS = "starts"


class DatabaseInUse(XerodiaryError):
    """Another process serves from the same SQLite file."""


@dataclass
class Services:
    """An open database with everything that goes with it.

    `versions`: every version of the study that was live, oldest first; the last one is `study`.
    `licensed`: words of questionnaires that are not ours. `secret` keys hashes; `epoch` names this copy of the data;
    `sealing` opens what locked phones send; `push` says where reminders may be pushed to. `phones`: installations whose
    token was looked up before, as nothing changes it. `measured`: how much each sends. `former_secret`: the secret
    before, while it is kept.
    `backup_failed`: the turn of a backup that failed and the moment, while the database has no room for noting that.
    `is_behind`: whether the last sweep of this process found that somebody had graded in the future. `graded`: when
    this process last graded for a phone or for staff.
    """

    settings: Settings
    environment: Environment
    engine: Engine
    writer: Writer
    study: Study
    versions: tuple[InForce, ...]
    licensed: Licensed
    epoch: str
    secret: bytes = field(repr=False)
    sealing: SealingKey = field(repr=False)
    push: PushServices = field(repr=False)
    _to_close: ExitStack = field(default_factory=ExitStack, repr=False)
    phones: dict[str, Activation] = field(default_factory=dict, repr=False)
    measured: Measured = field(default_factory=Measured, repr=False)
    background: Background = field(default_factory=Background, repr=False)
    former_secret: bytes | None = field(default=None, repr=False)
    is_behind: bool = False
    graded: Latest = field(default_factory=Latest, repr=False)
    backup_failed: tuple[datetime, datetime] | None = None

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """By which something that was made here may be known: the secret, and the one before while it is kept."""
        return (self.secret,) if self.former_secret is None else (self.secret, self.former_secret)

    def close(self) -> None:
        """End what runs beside, store what waits, then let go of the database."""
        self.background.stop()
        self._to_close.close()


def open_services(settings: Settings, environment: Environment, *, threaded: bool = False) -> Services:
    """Migrate, check the guards and open. Raises `XerodiaryError` with a remedy when that cannot be done.

    `threaded`: for `serve`, which writes through one thread and holds a SQLite file alone.
    """
    with room_for(settings.var_folder), ExitStack() as opened:
        study = read_study(settings)
        licensed = read_folder(settings.licence_folder)
        require_usable(study, licensed, environment)
        secret, former, sealing = own_secret(settings, environment), former_secret(settings), sealing_key(settings)
        push = push_services(settings)
        engine = _engine(settings, opened)
        if threaded:
            hold_alone(engine, opened)
        epoch, versions = _prepare(settings, environment, engine, study)
        _require_own_key(engine, sealing)
        if former is not None:
            with reachable(), engine.begin() as connection:
                reseal(connection, environment, secret, former)
        writer: Writer = ThreadedWriter(engine) if threaded else InlineWriter(engine)
        opened.callback(writer.close)
        return Services(
            settings,
            environment,
            engine,
            writer,
            study,
            versions,
            licensed,
            epoch,
            secret,
            sealing,
            push,
            opened.pop_all(),
            former_secret=former,
        )


def services_within(connection: Connection, settings: Settings, environment: Environment, engine: Engine) -> Services:
    """Services for a transaction that fills an empty database; nothing of them is to be closed."""
    study, licensed = read_study(settings), read_folder(settings.licence_folder)
    require_usable(study, licensed, environment)
    epoch, versions = _begun(connection, settings, environment, study)
    secret, former, sealing = own_secret(settings, environment), former_secret(settings), sealing_key(settings)
    if former is not None:
        reseal(connection, environment, secret, former)
    return Services(
        settings, environment, engine, InlineWriter(engine), study, versions, licensed, epoch, secret, sealing,
        push_services(settings), former_secret=former,
    )  # fmt: skip


def renew_sealing_key(settings: Settings) -> None:
    """Go on with the key that is in the file, or with a fresh one where there is none. Raises `XerodiaryError`."""
    with ExitStack() as opened:
        public, engine = sealing_key(settings).public, _engine(settings, opened)
        with reachable():
            _migrate(settings, engine)
            with engine.begin() as connection:
                state.set_value(connection, state.SEALING_KEY, public)


def _engine(settings: Settings, opened: ExitStack) -> Engine:
    require_guarded(settings)
    engine = make_engine(settings.database_url)
    opened.callback(engine.dispose)
    if file := sqlite_file(engine):
        make_folder(file.parent)
    return engine


def _prepare(
    settings: Settings, environment: Environment, engine: Engine, study: Study
) -> tuple[str, tuple[InForce, ...]]:
    """Everything in the database that must be so before the first request; the epoch and the study's versions."""
    with reachable():
        _migrate(settings, engine)
        with reading(engine) as connection:
            check_durability(connection)
            guards.check(connection)
        with engine.begin() as connection:
            return _begun(connection, settings, environment, study)


def _begun(
    connection: Connection, settings: Settings, environment: Environment, study: Study
) -> tuple[str, tuple[InForce, ...]]:
    # Of several servers that start one goes after the other, so that none finds a version half begun.
    state.value_or_first(connection, _STARTS, "")
    vocabulary.note_legible(connection)
    keep_study(connection, environment, study, str(settings.study_file or f"studies/{study.id}.toml"))
    versions = versions_in_force(connection, study)
    note_missing(connection, environment)
    return _epoch(connection, settings, environment), versions


def _epoch(connection: Connection, settings: Settings, environment: Environment) -> str:
    """Which copy of the data this is. A new one takes the place of the one that was marked here last."""
    new = environment.new_id()
    epoch = state.value_or_first(connection, state.EPOCH, new)
    if epoch == new and (before := mark.noted(settings.var_folder / mark.FILE)) is not None:
        state.follow(connection, before.epoch)
    return epoch


@contextmanager
def reachable() -> Iterator[None]:
    """What fails inside because of the database itself is told in words. Raises `DatabaseUnavailable`, `DiskFull`."""
    try:
        with room_for(DATABASE):
            yield
    except DBAPIError as error:
        raise DatabaseUnavailable(
            Code.DATABASE_UNAVAILABLE,
            f"The database cannot be opened: {str(error.orig).splitlines()[0]}.",
            "Check XERODIARY_DATABASE_URL, that the database is running, and that this user may write there.",
        ) from error


def _migrate(settings: Settings, engine: Engine) -> None:
    if settings.database_owner_url is None or is_sqlite(engine):
        _upgrade(engine)
        return
    owner = make_engine(settings.database_owner_url.get_secret_value())
    try:
        _upgrade(owner, engine.url.username)
    finally:
        owner.dispose()


def _upgrade(engine: Engine, role: str | None = None) -> None:
    with reading(engine) as connection:  # before anything is changed, so that the release of before can go on
        vocabulary.require_legible(connection)
    migrate.upgrade(engine, application_role=role)


def _require_own_key(engine: Engine, sealing: SealingKey) -> None:
    """Every server of the study opens what phones seal. Raises `SettingInvalid`."""
    with reachable(), engine.begin() as connection:
        if state.value_or_first(connection, state.SEALING_KEY, sealing.public) != sealing.public:
            raise another_key()


def is_without_database(settings: Settings) -> bool:
    """Whether the SQLite file that is set does not exist, so that opening makes an empty one."""
    file = sqlite_file(make_engine(settings.database_url))
    return file is not None and not file.exists()


def hold_alone(engine: Engine, opened: ExitStack) -> None:
    """Keep every other server from a SQLite file until `opened` is closed. Raises `DatabaseInUse`."""
    file = sqlite_file(engine)
    if file is None:
        return
    make_folder(file.parent)
    lock = opened.enter_context(file.with_name(file.name + ".lock").open("a+"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DatabaseInUse(
            Code.DATABASE_IN_USE,
            f"Another server{_holder(lock)} already serves from {file}.",
            "Stop it first. To serve with several processes, put the data into PostgreSQL (XERODIARY_DATABASE_URL).",
        ) from error
    with suppress(OSError):  # on a full disk nobody is told which process it is; the lock holds all the same
        os.ftruncate(lock.fileno(), 0)
        os.write(lock.fileno(), str(os.getpid()).encode())


def _holder(lock: IO[str]) -> str:
    lock.seek(0)
    process = lock.read(20).strip()
    return f" (process {process})" if process.isdigit() else ""
