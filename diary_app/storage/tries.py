"""Wrong PINs slow down the next try: counted in the file, so that closing the app does not help.

The wait is measured by the clock and, while the app runs, by a second clock that nobody can set; the longer of the two
counts as passed. A clock set back starts the wait anew from the moment it is noticed, never with more than its length.
A clock set forward ends it: what a PIN of four to six digits can stop is said in `docs/decisions/0015`.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.times import format_utc, parse_utc
from diary_app.storage import meta
from diary_app.storage.database import Database
from diary_app.storage.meta import Name

FREE_TRIES = 3
WAITS = (30, 60, 5 * 60, 15 * 60, 60 * 60)


def wait_after(wrong: int) -> int:
    """Seconds to wait after so many wrong tries in a row."""
    return 0 if wrong <= FREE_TRIES else WAITS[min(wrong - FREE_TRIES, len(WAITS)) - 1]


@dataclass(frozen=True)
class Counted:
    """How many tries were wrong, and when the last one was."""

    wrong: int
    last: datetime


class Tries:
    """The wrong tries on this phone."""

    def __init__(self, database: Database, environment: Environment) -> None:
        self._database = database
        self._environment = environment
        self._noticed: float | None = None

    def wait_seconds(self) -> int:
        """Until another try is taken; 0 when one may be made now."""
        counted = self._counted()
        if counted is None or not wait_after(counted.wrong):
            return 0
        passed = max(self._by_the_clock(counted), self._in_this_run())
        return max(0, math.ceil(wait_after(counted.wrong) - passed))

    def count(self) -> None:
        """One more, before it is looked at; whoever ends the app in between, or tries in two windows, gains nothing."""
        with self._database.writing() as connection:
            counted = _counted(connection)
            self._put(connection, 1 + (counted.wrong if counted else 0))
        self._noticed = self._environment.monotonic()

    def forget(self) -> None:
        """The PIN was right."""
        with self._database.writing() as connection:
            meta.drop(connection, Name.PIN_TRIES)

    def _by_the_clock(self, counted: Counted) -> float:
        passed = (self._environment.now() - counted.last).total_seconds()
        if passed < 0:
            self._store(counted.wrong)
        return max(0.0, passed)

    def _in_this_run(self) -> float:
        if self._noticed is None:
            self._noticed = self._environment.monotonic()
        return self._environment.monotonic() - self._noticed

    def _counted(self) -> Counted | None:
        with self._database.reading() as connection:
            return _counted(connection)

    def _store(self, wrong: int) -> None:
        with self._database.writing() as connection:
            self._put(connection, wrong)

    def _put(self, connection: Connection, wrong: int) -> None:
        meta.put(connection, Name.PIN_TRIES, f"{wrong} {format_utc(self._environment.now())}")


def _counted(connection: Connection) -> Counted | None:
    wrong, _, last = (meta.get(connection, Name.PIN_TRIES) or "").partition(" ")
    return Counted(int(wrong), parse_utc(last)) if wrong else None
