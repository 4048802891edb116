"""How far the database had come, noted outside it: one that holds less was put back by something else than a restore.

A snapshot of a machine, a recovery to a point in time, or a standby that took over brings back an earlier database
under the epoch of the later one. Phones would seem copied, and codes and log-ins that were ended would be good again.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.times import format_utc
from server.db import parts, site_facts
from server.db.engine import DatabaseUnavailable, reading
from server.logs import logger
from server.secret_files import make_folder
from server.services import Services

_log = logger()
FILE = "farthest"
_WORDS = 3


@dataclass(frozen=True)
class Farthest:
    """`reached`: a number that grows with every fact and record in one epoch; `at`: when it was noted."""

    epoch: str
    reached: int
    at: str


def of(connection: Connection, now: datetime) -> Farthest:
    """How far the database is."""
    (changes,) = parts.sums(connection, [(parts.FIRST, None)])
    return Farthest(parts.epoch(connection), changes + site_facts.count(connection), format_utc(now))


def note(services: Services, now: datetime) -> int:
    """Note how far the database is, durable on return; 1 when it has moved on, and an error line when it went back."""
    file = services.settings.var_folder / FILE
    with reading(services.engine) as connection:
        here = of(connection, now)
    before = noted(file)
    if _is_behind(here, before):
        _log.error("database_set_back", holds=here.reached, held=before.reached if before else 0)
        return 0
    if before is not None and (before.epoch, before.reached) == (here.epoch, here.reached):
        return 0
    _write(file, here)
    return 1


def noted(file: Path) -> Farthest | None:
    """What was noted last; None where nothing legible was."""
    words = file.read_text(encoding="utf-8").split() if file.is_file() else []
    if len(words) != _WORDS or not words[1].isdigit():
        return None
    return Farthest(words[0], int(words[1]), words[2])


def require_reached(services: Services) -> None:
    """Raises `DatabaseUnavailable` (database_set_back) when the database once held more in this epoch."""
    before = noted(services.settings.var_folder / FILE)
    with reading(services.engine) as connection:
        here = of(connection, services.environment.now())
    if before is not None and _is_behind(here, before):
        raise DatabaseUnavailable(
            Code.DATABASE_SET_BACK,
            f"The database holds less than it did at {before.at}; an earlier one is in its place.",
            "If it is the right one, run `xerodiary db new-epoch --yes`: phones then send again what it lacks. "
            "Otherwise put back the one that is missing.",
        )


def _is_behind(here: Farthest, before: Farthest | None) -> bool:
    return before is not None and here.epoch == before.epoch and here.reached < before.reached


def _write(file: Path, here: Farthest) -> None:
    """Whole under its name, also after a power cut."""
    make_folder(file.parent)
    draft = file.with_name(f"{FILE}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(f"{here.epoch} {here.reached} {here.at}\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
