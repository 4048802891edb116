"""The backup of every night: made by one process, counted against those before, with a look at the whole trail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from diary_app.core.errors import CommandRefused
from server.backup import making, standing
from server.backup.making import DRAFT, Made
from server.backup.standing import Standing
from server.db import claims
from server.db.engine import reading
from server.db.writer import LAST
from server.logs import logger
from server.services import Services
from server.trail.verify import verify

_log = logger()
_CLAIM = "backup"
_LEASE = timedelta(hours=6)
_ABANDONED = timedelta(days=1)
_AT_LEAST = 3


def back_up(services: Services, now: datetime) -> int:
    """Make tonight's backup if it is due and nobody else makes it; how many were made."""
    folder = services.settings.backup_folder
    if folder is None:
        return 0
    if services.backup_failed is not None:
        _note_failed(services, *services.backup_failed)
    turn = last_due(now, services.settings.backup_hour, services.study.sites[0].zone)
    if not services.writer.run(LAST, lambda connection: claims.take(connection, _CLAIM, turn, now, _LEASE)):
        return 0
    try:
        made = making.make(services, folder, now)
    except CommandRefused as failure:
        _note_failure(services, turn, now, failure)
        return 0
    stands = _note(services, turn, made)
    if stands.is_sound:
        days = services.settings.backup_keep_days
        expire(folder, services.study.id, made, now - timedelta(days=days), at_least=max(days, _AT_LEAST))
    return 1


def watch(services: Services, now: datetime) -> int:
    """Say what is wrong with the backups; how many things."""
    if services.settings.backup_folder is None:
        return 0
    with reading(services.engine) as connection:
        stands = standing.read(connection)
    if stands.is_late(now):
        _log.error("backup_late", made_at=stands.made_at and stands.made_at.isoformat())
    for name in stands.fell:
        _log.error("rows_fell", table=name, most=stands.most[name])
    if stands.flaws:
        _log.error("trail_broken", places=stands.flaws)
    return len(stands.fell) + stands.is_late(now) + bool(stands.flaws)


def last_due(now: datetime, hour: int, zone: str) -> datetime:
    """The last moment before `now` at which it was that hour there."""
    there = now.astimezone(ZoneInfo(zone))
    due = there.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if due > there:
        due = (due.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=due.tzinfo)
    return due.astimezone(now.tzinfo)


def expire(folder: Path, study: str, newest: Made, before: datetime, *, at_least: int) -> int:
    """Delete this study's backups of before that moment, never the one just made; how many.

    As many as `at_least` are left, whatever the clock says: one that is far ahead makes every one of them look old.
    """
    old = [*_superseded(folder, study, before, at_least), *_abandoned(folder, study, before - _ABANDONED)]
    gone = [file for file in old if file != newest.file]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


def _superseded(folder: Path, study: str, before: datetime, at_least: int) -> list[Path]:
    made = ((making.moment_of(study, file.name), file) for file in folder.iterdir())
    known = sorted(((at, file) for at, file in made if at is not None), reverse=True)
    return [file for at, file in known[at_least:] if at < before]


def _abandoned(folder: Path, study: str, before: datetime) -> Iterator[Path]:
    """Drafts of runs that were killed."""
    for file in folder.glob(f"*{DRAFT}"):
        begun = making.moment_of(study, file.name.removesuffix(DRAFT))
        if begun is not None and begun < before:
            yield file


def _note(services: Services, turn: datetime, made: Made) -> Standing:
    with reading(services.engine) as connection:
        before, flaws = standing.read(connection), len(verify(connection).found)
    stands = before.after(made, flaws)
    services.writer.run(LAST, lambda connection: standing.write(connection, stands))
    services.writer.run(LAST, lambda connection: claims.done(connection, _CLAIM, turn))
    _log.info("backup_made", file=made.file.name, rows=sum(made.manifest.rows.values()), bytes=made.bytes)
    for name in stands.fell:
        _log.error("rows_fell", table=name, before=before.most[name], now=made.manifest.rows[name])
    if flaws:
        _log.error("trail_broken", places=flaws)
    return stands


def _note_failure(services: Services, turn: datetime, now: datetime, failure: CommandRefused) -> None:
    _log.error("backup_failed", error_code=failure.code.value, why=failure.message)
    services.backup_failed = (turn, now)
    _note_failed(services, turn, now)


def _note_failed(services: Services, turn: datetime, failed_at: datetime) -> None:
    """So that it is told everywhere, and whoever looks next tries again. A full database raises: later, then.

    By then another process may be at it, have made one, or have noted a failure of its own: those say more.
    """

    def work(connection: Connection) -> None:
        stands = standing.read(connection)
        if not stands.has_news_since(failed_at):
            standing.write(connection, stands.model_copy(update={"failed_at": failed_at}))
        claims.give_back(connection, _CLAIM, turn, failed_at)

    services.writer.run(LAST, work)
    services.backup_failed = None
