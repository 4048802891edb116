"""The erasure list: whose contact data was erased and when, kept beside the backups so that none brings it back.

A backup cannot know what was erased after it was taken, and neither can a database that is lost; so whatever erases
contact data notes it here first. A line is a moment, a participant and a field, `*` for everything; never a value.

Lines stand in the order in which things were erased, but for what two processes erased at the same time. Which of them
a copy has not made yet is told by its own facts, which have the same moments, and not by when the copy was taken: a
clock may have been wrong when one of them was written.
"""

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete

from diary_app.core.facts import ContactChange, ContactField
from diary_app.core.times import format_utc, parse_utc
from server.db import contact_details, staff_facts
from server.db.tables import ERASABLE_TABLES, METADATA
from server.secret_files import make_folder
from server.settings import Settings

FILE = "erased.list"
EVERYTHING = "*"
#: Also behind what is left of a line that was cut short.
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) (\S+)$")
#: For so long two erasures may be under way beside each other, so that the second is made before the first.
_BESIDE = timedelta(minutes=5)


@dataclass(frozen=True)
class Erasure:
    """One participant's contact data was erased: one field of it, or everything."""

    at: datetime
    participant: str
    field: str = EVERYTHING


def folder_of(settings: Settings) -> Path:
    """Where backups go when nobody says otherwise, and where the list is."""
    return settings.backup_folder or settings.var_folder / "backups"


def note(folder: Path, erasures: Iterable[Erasure]) -> None:
    """Add lines, durable on return; one that was cut short, as on a full disk, does not spoil the next."""
    lines = [f"{format_utc(one.at)} {one.participant} {one.field}\n" for one in erasures]
    if not lines:
        return
    make_folder(folder)
    with (folder / FILE).open("ab+") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 1))
        cut_short = stream.read(1) not in (b"", b"\n")
        stream.write(("\n" * cut_short + "".join(lines)).encode())
        stream.flush()
        os.fsync(stream.fileno())


def noted(file: Path) -> list[Erasure]:
    """Every line; nothing where there is no list. A line cut short by a power cut is passed over."""
    if not file.is_file():
        return []
    lines = map(_LINE.search, file.read_text(encoding="utf-8").splitlines())
    return [Erasure(parse_utc(line[1]), line[2], line[3]) for line in lines if line]


def not_made(connection: Connection, noted: Sequence[Erasure]) -> list[Erasure]:
    """Those that came after everything that this database has erased by itself: it is a copy of before them.

    One that was noted and never reached is among them. Erasing too much is put right sooner than too little. So is one
    that stands just before the last that was made, unless something was said later of what it is about.
    """
    said = _said(connection) if noted else []
    made = {erasure for erasure, change in said if change == ContactChange.ERASED}
    number = max((number for number, one in enumerate(noted, 1) if _is_made(one, made)), default=0)
    beside = [one for one in noted[:number] if abs(noted[number - 1].at - one.at) < _BESIDE and not _is_made(one, made)]
    return [one for one in beside if not any(_is_later(other, one) for other, _ in said)] + list(noted[number:])


def erase(connection: Connection, erasure: Erasure) -> None:
    """Remove the participant from every table of contact data, or only the field."""
    if erasure.field == EVERYTHING:
        for row in ERASABLE_TABLES:
            table = METADATA.tables[str(row.__tablename__)]
            if "participant" in table.columns:
                connection.execute(delete(table).where(table.c.participant == erasure.participant))
    elif erasure.field in set(ContactField):
        left = {**contact_details.of(connection, erasure.participant), ContactField(erasure.field): ""}
        contact_details.save(connection, erasure.participant, left)


def _said(connection: Connection) -> list[tuple[Erasure, str]]:
    """What the facts say of contact data, each of one field, as the erasure that it would be, and the change it is."""
    facts = staff_facts.every_of_kinds(connection, ["contact_detail"])
    said = ((one, json.loads(one.body)) for one in facts)
    return [(Erasure(one.at, one.participant, str(body["field"])), str(body["change"])) for one, body in said]


def _is_later(other: Erasure, one: Erasure) -> bool:
    return other.participant == one.participant and one.field in (EVERYTHING, other.field) and other.at > one.at


def _is_made(one: Erasure, made: set[Erasure]) -> bool:
    """Everything was erased with any field of it."""
    fields = [one.field] if one.field != EVERYTHING else list(ContactField)
    return any(Erasure(one.at, one.participant, field) in made for field in fields)
