"""Restoring a backup into an empty database of either kind, in one transaction: all of it, or nothing.

The copy is another epoch. Phones then send again what the backup does not hold, working tables are made anew from the
facts, and what was erased since is erased again.
"""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, table
from sqlalchemy.exc import DBAPIError, StatementError

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, CommandRefused
from server.access.account_names import put_back
from server.backup import archive, erasures, mark, rows
from server.backup.archive import Archive, Digest, Manifest, TableContent
from server.backup.enclosed import names_in, put_keys_back
from server.backup.erasures import Erasure
from server.db import migrate, participants, state, vocabulary
from server.db.engine import is_sqlite, is_trouble, make_engine, reading
from server.db.tables import METADATA
from server.full_disk import room_for
from server.intake.rebuild import rebuild
from server.live_study import read_study
from server.services import hold_alone, reachable, services_within
from server.settings import SettingInvalid, Settings
from server.trail.verify import verify
from server.ways import require_guarded

#: What rows raise that were changed by somebody who made every hash fit.
_SENSELESS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, StatementError)


@dataclass(frozen=True)
class Restored:
    """What is in the database now. `erased`: whose contact data; `flaws`: places at which the trail does not hold."""

    manifest: Manifest
    epoch: str
    participants: int
    erased: int
    flaws: int


def restore(
    file: Path, settings: Settings, environment: Environment, erased: Sequence[Erasure] | None = None
) -> Restored:
    """Fill the empty database that the settings name. Raises `XerodiaryError`; then the database is as it was.

    `erased`: the list of whose contact data ever was; otherwise that which lies beside the file.
    """
    if erased is None:
        erased = erasures.noted(file.with_name(erasures.FILE))
    with archive.opened(file) as backup, ExitStack() as opened, room_for(settings.var_folder):
        _require_ours(backup, settings)
        backup.verify()
        engine = _empty_database(settings, backup.manifest, opened)
        put_keys_back(backup.manifest.files, backup.enclosed, settings)
        with reachable():
            try:
                return _fill(backup, settings, environment, engine, erased)
            except _SENSELESS as error:
                if isinstance(error, DBAPIError) and is_trouble(error):
                    raise
                raise archive.unreadable(file, f"its rows make no sense ({type(error).__name__})") from error


def _require_ours(backup: Archive, settings: Settings) -> None:
    manifest = backup.manifest
    if not migrate.knows(manifest.schema_revision):
        raise archive.too_new(backup.file, f"schema {manifest.schema_revision}")
    if (configured := read_study(settings).id) != manifest.study:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"The backup is of study {manifest.study}, and {configured} is set up here.",
            "Set XERODIARY_STUDY, or take study.toml out of the backup and name it in XERODIARY_STUDY_FILE.",
        )


def _empty_database(settings: Settings, manifest: Manifest, opened: ExitStack) -> Engine:
    """The database, held alone where it is a file. Raises `CommandRefused` (database_not_empty)."""
    require_guarded(settings)
    engine = make_engine(settings.database_url)
    opened.callback(engine.dispose)
    hold_alone(engine, opened)
    with reachable(), reading(engine) as connection:
        _require_empty(connection, manifest)
    return engine


def _require_empty(connection: Connection, manifest: Manifest) -> None:
    if migrate.revision(connection) not in (None, manifest.schema_revision) or _holds_rows(connection):
        raise CommandRefused(
            Code.DATABASE_NOT_EMPTY,
            "The database holds something already; a backup is restored into an empty one only.",
            "Nothing was changed. Name another database in XERODIARY_DATABASE_URL, or move the old one aside; "
            "keep it until the restored one has been looked at.",
        )


def _holds_rows(connection: Connection) -> bool:
    there = set(inspect(connection).get_table_names()) & set(METADATA.tables)
    return any(connection.scalar(select(func.count()).select_from(table(name))) for name in sorted(there))


def _fill(
    backup: Archive, settings: Settings, environment: Environment, engine: Engine, erased: Sequence[Erasure]
) -> Restored:
    manifest = backup.manifest
    with ExitStack() as opened:
        owner, role = _owner(settings, engine, opened)
        connection = opened.enter_context(migrate.filling(owner, manifest.schema_revision))
        _require_empty(connection, manifest)  # once more, now that nobody else can fill it
        for content in manifest.tables:
            _fill_table(connection, backup, content)
        migrate.finish(connection, application_role=role)
        vocabulary.require_legible(connection)
        since = erasures.not_made(connection, erased)
        for one in since:
            erasures.erase(connection, one)
        if manifest.sealing_key:  # a bundle has none: the server that is made from it goes on with its own
            state.set_value(connection, state.SEALING_KEY, manifest.sealing_key)
        services = services_within(connection, settings, environment, engine)
        put_back(connection, services.study.languages[0], names_in(manifest.files, backup.enclosed))
        rebuilt = rebuild(connection, services, environment.now())
        left = mark.noted(settings.var_folder / mark.FILE)
        participants.count_from(connection, environment.now(), left.given if left else 0)  # see `new_epoch.begin`
        flaws = len(verify(connection).found)
    return Restored(manifest, services.epoch, rebuilt, len({one.participant for one in since}), flaws)


def _owner(settings: Settings, engine: Engine, opened: ExitStack) -> tuple[Engine, str | None]:
    """Who may make tables, and the role that is given its rights to them; on SQLite everybody may."""
    if settings.database_owner_url is None or is_sqlite(engine):
        return engine, None
    owner = make_engine(settings.database_owner_url.get_secret_value())
    opened.callback(owner.dispose)
    return owner, engine.url.username


def _fill_table(connection: Connection, backup: Archive, content: TableContent) -> None:
    """Add the rows, read them back and compare. Raises `CommandRefused` (backup_failed)."""
    shape = content.shape
    with closing(backup.table_lines(shape.name)) as lines:
        rows.insert_lines(connection, shape, lines)
    if Digest().exhaust(rows.lines(connection, shape)).content(shape) != content:
        raise CommandRefused(
            Code.BACKUP_FAILED,
            f"The rows of {shape.name} are not the same in the database as in the backup.",
            "Nothing was kept. Look at the database's encoding, which has to be UTF-8, and at its disk.",
        )
