"""The phone's schema as a numbered ladder: each step is frozen SQL, climbed once, in one transaction.

`PRAGMA user_version` says on which step a file stands. Steps on fact tables only add. Before a file with content is
changed it is copied whole; the copy has a fixed name because a browser has only the files it was given.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from sqlalchemy import Connection

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.storage import guards

FIRST = """
CREATE TABLE installation (
    number INTEGER PRIMARY KEY NOT NULL,
    device VARCHAR NOT NULL UNIQUE,
    token VARCHAR NOT NULL,
    predecessor VARCHAR NOT NULL,
    begun_at VARCHAR NOT NULL
);
CREATE TABLE enrolment (
    number INTEGER PRIMARY KEY NOT NULL,
    device VARCHAR NOT NULL,
    participant VARCHAR NOT NULL,
    site VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    server_url VARCHAR NOT NULL,
    completed_at VARCHAR NOT NULL
);
CREATE TABLE record (
    id VARCHAR PRIMARY KEY NOT NULL,
    device VARCHAR NOT NULL,
    sequence INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    previous VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    made_at VARCHAR NOT NULL,
    instrument VARCHAR,
    diary_day VARCHAR,
    content BLOB NOT NULL,
    UNIQUE (device, sequence)
);
CREATE INDEX record_by_day ON record (instrument, diary_day);
CREATE TABLE receipt (
    record VARCHAR NOT NULL,
    epoch VARCHAR NOT NULL,
    accepted INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    received_at VARCHAR NOT NULL,
    PRIMARY KEY (record, epoch)
);
CREATE TABLE server_fact (
    id VARCHAR NOT NULL,
    epoch VARCHAR NOT NULL,
    change_no INTEGER NOT NULL,
    at VARCHAR NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id, epoch)
);
CREATE TABLE study_version (
    sha256 VARCHAR PRIMARY KEY NOT NULL,
    version VARCHAR NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE meta (
    name VARCHAR PRIMARY KEY NOT NULL,
    value VARCHAR NOT NULL
);
CREATE TABLE draft (
    instrument VARCHAR NOT NULL,
    diary_day VARCHAR NOT NULL,
    saved_at VARCHAR NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (instrument, diary_day)
);
CREATE TABLE day_state (
    instrument VARCHAR NOT NULL,
    diary_day VARCHAR NOT NULL,
    epoch VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    reason VARCHAR,
    entry VARCHAR,
    received_at VARCHAR,
    PRIMARY KEY (instrument, diary_day)
);
"""

WORDINGS = """
CREATE TABLE wording (
    sha256 VARCHAR PRIMARY KEY NOT NULL,
    text TEXT NOT NULL
);
"""

SEALING = """
ALTER TABLE record ADD COLUMN envelope BLOB;
CREATE TABLE data_key (
    id VARCHAR PRIMARY KEY NOT NULL,
    wrap BLOB NOT NULL,
    made_at VARCHAR NOT NULL
);
"""

STEPS: tuple[str, ...] = (FIRST, WORDINGS, SEALING)


def step_of(connection: Connection, steps: Sequence[str] = STEPS) -> int:
    """The step on which the file stands; 0 for an empty one. Raises `DiaryUnavailable` (storage_too_new)."""
    step: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if step > len(steps):
        raise DiaryUnavailable(
            Code.STORAGE_TOO_NEW,
            f"The diary was last used by a newer app (its file is version {step}, this app knows {len(steps)}).",
            "Update the app; nothing is lost.",
        )
    return step


def climb(connection: Connection, steps: Sequence[str] = STEPS) -> None:
    """Bring the schema up to date inside the caller's transaction, guards included."""
    done = step_of(connection, steps)
    for number, step in enumerate(steps[done:], start=done + 1):
        for statement in step.split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {number}")
    guards.install(connection)


def copy_whole(source: sqlite3.Connection, target: str) -> None:
    """Copy every page of the database; needs no journal file beside the copy. Raises sqlite3.Error."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = off")
        source.backup(copy)
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy of the diary made before its change cannot be read")
