"""What happened in a storm, line by line, and its digest: two runs of one seed are the same when their digests are."""

import hashlib
import sqlite3
from datetime import datetime
from typing import TextIO

from sqlalchemy import Engine

from diary_app.core.times import format_utc


class Log:
    """Every step, every message at the bytes of the wire, and at the end every stored row. `kept`: where it is written.

    A message is named by its own digest, so that the log stays readable.
    """

    def __init__(self, kept: TextIO | None = None) -> None:
        self._kept = kept
        self._hashed = hashlib.sha256()

    def line(self, at: datetime, what: str) -> None:
        """Something happened at that true moment."""
        self._add(f"{format_utc(at)} {what}")

    def message(self, at: datetime, what: str, *parts: bytes) -> None:
        """Bytes travelled."""
        self._add(f"{format_utc(at)} {what} {' '.join(hashlib.sha256(part).hexdigest() for part in parts)}")

    def stored(self, whose: str, engine: Engine) -> None:
        """All rows of a database, in the order in which SQLite wrote them."""
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            for statement in driver.iterdump():
                if statement.startswith("INSERT"):
                    self._add(f"{whose} {statement}")

    def digest(self) -> str:
        """SHA-256 of everything so far, in hexadecimal."""
        return self._hashed.hexdigest()

    def _add(self, line: str) -> None:
        self._hashed.update(line.encode())
        self._hashed.update(b"\n")
        if self._kept is not None:
            self._kept.write(line + "\n")
