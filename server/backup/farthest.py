"""How far the database had come, noted outside it: one that holds less was put back by something else than a restore.

A snapshot of a machine, a recovery to a point in time, or a standby that took over brings back an earlier database
under the epoch of the later one. Phones would seem copied, and codes and log-ins that were ended would be good again.
"""

import os
import signal
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.times import format_utc
from server.db import parts, site_facts, state
from server.db.engine import DatabaseUnavailable, reading
from server.logs import logger
from server.secret_files import make_folder
from server.services import Services

_log = logger()
FILE = "farthest"
_WORDS = (3, 4)


@dataclass(frozen=True)
class Farthest:
    """`reached`: a number that grows with every fact and record in one epoch; `at`: when it was noted.

    `set_back`: empty, or the last moment that the database knew of when less was first found in it.
    """

    epoch: str
    reached: int
    at: str
    set_back: str = ""


def of(connection: Connection, now: datetime) -> Farthest:
    """How far the database is."""
    (changes,) = parts.sums(connection, [(parts.FIRST, None)])
    return Farthest(parts.epoch(connection), changes + site_facts.count(connection), format_utc(now))


def note(services: Services, now: datetime) -> int:
    """Note how far the database is, durable on return; 1 when that was news, also that it went back.

    That it went back stays noted until it is another epoch, however much comes in meanwhile.
    """
    file = services.settings.var_folder / FILE
    before = noted(file)  # ahead of the database: whoever shares the file notes what is in the database already
    with reading(services.engine) as connection:
        here = of(connection, now)
        swept_at = state.value(connection, state.SWEPT_AT)
    if before is not None and before.epoch == here.epoch:
        if before.set_back or here.reached == before.reached:
            return 0
        if here.reached < before.reached:
            here = replace(before, set_back=swept_at or before.at)
    try:
        _write(file, here, services.environment.new_id())
    except OSError as error:  # a full disk keeps nobody from serving; what was noted before still holds
        _log.error("farthest_not_noted", reason=type(error).__name__)
        return 0
    return 1


def guard(services: Services, now: datetime) -> int:
    """Note it, and end the server when the database went back: every phone that it heard would seem copied."""
    done = note(services, now)
    if is_set_back(services):
        _log.error("database_set_back", remedy="xerodiary db new-epoch")
        os.kill(os.getpid(), signal.SIGTERM)
    return done


def noted(file: Path) -> Farthest | None:
    """What was noted last; None where nothing legible was."""
    words = file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []
    if len(words) not in _WORDS or not words[1].isdigit():
        return None
    return Farthest(words[0], int(words[1]), *words[2:])


def is_set_back(services: Services) -> bool:
    """Whether the database holds less than it once did in this epoch, or did when somebody looked."""
    before = noted(services.settings.var_folder / FILE)
    with reading(services.engine) as connection:
        here = of(connection, services.environment.now())
    return (
        before is not None and before.epoch == here.epoch and (bool(before.set_back) or here.reached < before.reached)
    )


def require_reached(services: Services) -> None:
    """Raises `DatabaseUnavailable` (database_set_back) when the database once held more in this epoch."""
    note(services, services.environment.now())
    before = noted(services.settings.var_folder / FILE)
    if before is not None and is_set_back(services):
        raise DatabaseUnavailable(
            Code.DATABASE_SET_BACK,
            f"The database held more at {before.at}; an earlier one is in its place.",
            "If it is the right one, run `xerodiary db new-epoch --yes`: phones then send again what it lacks. "
            "Otherwise put back the one that is missing.",
        )


def _write(file: Path, here: Farthest, draft_name: str) -> None:
    """Whole under its name, also after a power cut; processes may share the folder."""
    make_folder(file.parent)
    draft = file.with_name(f"{FILE}.{draft_name}")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            stream.write(f"{here.epoch} {here.reached} {here.at} {here.set_back}".rstrip() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
