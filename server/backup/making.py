"""Making a backup while the server serves: one snapshot, a draft that is verified, and only then its name.

A run that breaks leaves nothing under the name of a backup.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from diary_app import VERSION
from diary_app.core.errors import Code, CommandRefused
from server.backup import archive
from server.backup.archive import Manifest
from server.backup.enclosed import files_of
from server.db import migrate
from server.db.engine import NOT_NOW, reading
from server.secret_files import make_folder
from server.services import Services

SUFFIX, DRAFT = ".zip", ".part"
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Made:
    """A backup that was verified after it was written."""

    file: Path
    manifest: Manifest
    bytes: int


def make(services: Services, folder: Path, now: datetime) -> Made:
    """Write a backup into the folder. Raises `CommandRefused` (backup_failed); earlier backups stay as they are."""
    file = folder / name_of(services.study.id, now)
    draft = file.with_name(file.name + DRAFT)
    try:
        make_folder(folder)
        manifest = _write(services, draft, now)
        with archive.opened(draft) as written:
            written.verify()
        draft.replace(file)
        _sync_folder(folder)
        return Made(file, manifest, file.stat().st_size)
    except (OSError, *NOT_NOW, CommandRefused) as error:
        raise _failed(folder, error) from error
    finally:
        _remove(draft)


def name_of(study: str, at: datetime) -> str:
    """The file's name; names sort by time."""
    return f"xerodiary-{study}-{at.astimezone(UTC).strftime(_STAMP)}{SUFFIX}"


def moment_of(study: str, name: str) -> datetime | None:
    """When a backup of that study was made, by its name; None for any other file."""
    try:
        return datetime.strptime(name, f"xerodiary-{study}-{_STAMP}{SUFFIX}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _write(services: Services, draft: Path, now: datetime) -> Manifest:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream, reading(services.engine) as connection:
        about = Manifest(
            app_version=VERSION, schema_revision=migrate.newest(), database=connection.dialect.name,
            study=services.study.id, study_version=services.study.version, epoch=services.epoch, taken_at=now,
            sealing_key=services.sealing.public, files={}, tables=(),
        )  # fmt: skip
        manifest = archive.write(stream, connection, about, files_of(services))
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _sync_folder(folder: Path) -> None:
    """The new name is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return  # the folder cannot be written; that has been said


def _failed(folder: Path, error: Exception) -> CommandRefused:
    match error:
        case CommandRefused():
            why = error.message
        case OSError():
            why = error.strerror or type(error).__name__
        case _:
            why = f"the database cannot be read ({type(error).__name__})"
    return CommandRefused(
        Code.BACKUP_FAILED,
        f"No backup was made in {folder}: {why}.",
        "Earlier backups are as they were. See to disk space, rights and the database, then make one again.",
    )
