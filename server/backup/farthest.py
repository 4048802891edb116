"""How far the database had come, noted outside it: one that holds less was put back by something else than a restore.

A snapshot of a machine, a recovery to a point in time, or a standby that took over brings back an earlier database
under the epoch that it had. Phones would seem copied, and codes and log-ins that were ended would be good again. A
database knows which epochs it follows, so that one from before the last restore does not pass for the restored one.
"""

import os
import signal
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.times import format_utc
from server.backup.mark import FILE, Farthest, noted, write
from server.db import participants, parts, site_facts, state
from server.db.engine import DatabaseUnavailable, reading
from server.logs import logger
from server.services import Services

_log = logger()


def of(connection: Connection, now: datetime) -> Farthest:
    """How far the database is."""
    (changes,) = parts.sums(connection, [(parts.FIRST, None)])
    reached, given = changes + site_facts.count(connection), participants.highest_change(connection)
    return Farthest(parts.epoch(connection), reached, format_utc(now), given=given)


def note(services: Services, now: datetime) -> int:
    """Note how far the database is, durable on return; 1 when that was news, also that it went back.

    That it went back stays noted until it is another epoch, however much comes in meanwhile.
    """
    file = services.settings.var_folder / FILE
    before = noted(file)  # ahead of the database: whoever shares the file notes what is in the database already
    with reading(services.engine) as connection:
        here, follows = of(connection, now), state.epochs_before(connection)
        swept_at = state.value(connection, state.SWEPT_AT)
    if before is not None:
        is_earlier = _is_earlier(here, before, follows)
        if (is_earlier and before.set_back) or (here.epoch, here.reached) == (before.epoch, before.reached):
            return 0
        if is_earlier:
            here = replace(before, set_back=swept_at or before.at)
    try:
        write(file, here, services.environment.new_id())
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


def is_set_back(services: Services) -> bool:
    """Whether the database is an earlier one than that of the mark, or was when somebody looked."""
    before = noted(services.settings.var_folder / FILE)
    with reading(services.engine) as connection:
        here, follows = of(connection, services.environment.now()), state.epochs_before(connection)
    return before is not None and _is_earlier(here, before, follows)


def _is_earlier(here: Farthest, before: Farthest, follows: Collection[str]) -> bool:
    if here.epoch != before.epoch:
        return before.epoch not in follows
    return bool(before.set_back) or here.reached < before.reached


def require_reached(services: Services) -> None:
    """Raises `DatabaseUnavailable` (database_set_back) when an earlier database is in place of a later one."""
    note(services, services.environment.now())
    before = noted(services.settings.var_folder / FILE)
    if before is not None and is_set_back(services):
        raise DatabaseUnavailable(
            Code.DATABASE_SET_BACK,
            f"The database held more at {before.at}; an earlier one is in its place.",
            "If it is the right one, run `xerodiary db new-epoch --yes`: phones then send again what it lacks. "
            "Otherwise put back the one that is missing.",
        )
