"""What staff have typed, from sheets of paper and of interviews, as it is stored."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.entries import EntryVersion
from diary_app.core.paper import KINDS, TypedEntry, entry_version
from server.db import staff_facts
from server.db.staff_facts import ParticipantFact
from server.intake.known import fact_from_row


@dataclass(frozen=True)
class Transcribed:
    """One sheet or interview: who typed it and when, what was said, and the entry that it is."""

    participant: str
    fact: str
    author: str
    at: datetime
    change_no: int
    sheet: TypedEntry
    version: EntryVersion

    @property
    def may_count(self) -> bool:
        """Whether its date fits its evening, or nobody expected that evening."""
        return not self.sheet.code


def transcribed(connection: Connection, participants: Collection[str]) -> list[Transcribed]:
    """All of these participants, each participant's in the order of typing."""
    return [from_row(row) for row in staff_facts.of_kinds(connection, participants, sorted(KINDS))]


def counting_sheets(rows: Iterable[Transcribed]) -> list[Transcribed]:
    """Those that may count."""
    return [one for one in rows if one.may_count]


def from_row(row: ParticipantFact) -> Transcribed:
    """A stored fact of one of `KINDS`."""
    sheet: TypedEntry = fact_from_row(row).detail
    version = entry_version(row.participant, row.id, row.sequence, row.hash, sheet)
    return Transcribed(row.participant, row.id, row.author, row.at, row.revision, sheet, version)
