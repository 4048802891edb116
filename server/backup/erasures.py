"""The erasure list: whose contact data was erased and when, kept beside the backups so that none brings it back.

A backup cannot know what was erased after it was taken, and neither can a database that is lost; so whatever erases
contact data also notes it here. A line is a moment and a participant, nothing else.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete

from diary_app.core.times import format_utc, parse_utc
from server.db.tables import ERASABLE_TABLES, METADATA
from server.secret_files import make_folder

FILE = "erased.list"


@dataclass(frozen=True)
class Erasure:
    """One participant's contact data was erased."""

    at: datetime
    participant: str


def note(folder: Path, erasure: Erasure) -> None:
    """Add a line, durable on return. `folder`: where the backups are."""
    make_folder(folder)
    with (folder / FILE).open("a", encoding="utf-8") as stream:
        stream.write(f"{format_utc(erasure.at)} {erasure.participant}\n")
        stream.flush()
        os.fsync(stream.fileno())


def noted(file: Path) -> list[Erasure]:
    """Every line; nothing where there is no list. A line cut short by a power cut is passed over."""
    if not file.is_file():
        return []
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [Erasure(parse_utc(words[0]), words[1]) for words in lines if len(words) == 2]


def erase(connection: Connection, participant: str) -> None:
    """Remove the participant from every table of contact data."""
    for row in ERASABLE_TABLES:
        table = METADATA.tables[str(row.__tablename__)]
        if "participant" in table.columns:
            connection.execute(delete(table).where(table.c.participant == participant))
